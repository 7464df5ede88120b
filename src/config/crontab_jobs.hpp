#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"

#include "config/account.hpp"
#include "config/crontab.hpp"
#include "model/packed_command.hpp"

namespace quantum::config {

struct JobOptions {
    std::string_view path;  ///< the file's, for messages and for the jobs' source
    Account account;        ///< who runs this program, and so the jobs that name no other user
    Environment inherited;  ///< what jobs see besides what cron gives them; the file may change it
    bool new_privileges = false;  ///< Command::new_privileges of each
};

/// SHELL, PATH, HOME, LOGNAME and USER as cron sets them, then the inherited variables, then the
/// assignments, the later over the earlier.
[[nodiscard]] Environment base_environment(const Account& account, const Environment& inherited,
                                           const Environment& assignments);

/// What a command of this entry sees: SHELL, PATH, HOME, LOGNAME and USER as cron sets them, the
/// inherited variables, and the file's assignments in force at the entry's line. LOGNAME and USER
/// are always those of the account it runs under.
[[nodiscard]] Environment environment_of(const CrontabEntry& entry, const JobOptions& options);

/// Makes jobs of the entries of one file, one after the other. What they say alike is held once.
class JobMaker {
public:
    explicit JobMaker(JobOptions options);

    /// Of a good entry, whose user exists. Error: why its command cannot be run.
    [[nodiscard]] tl::expected<Job, Diagnostic> make(const CrontabEntry& entry);

private:
    /// Under what the commands of a user run.
    [[nodiscard]] const Shared<Command>& terms_of(const CrontabEntry& entry);

    const JobOptions options_;
    const std::string path_;
    Job model_;
    CommonCommands commands_;
    std::shared_ptr<const Environment> assignments_;  ///< that `by_user_` holds for
    std::map<std::string, Shared<Command>, std::less<>> by_user_;
};

/// Finds users that entries cannot run as.
class UserCheck {
public:
    explicit UserCheck(const Account& account) : account_(account) {}

    /// Why the entry cannot run as its user: there is none of that name, or, where the account is
    /// not root's, it is another than the account.
    [[nodiscard]] std::optional<Diagnostic> fault_of(const CrontabEntry& entry);

private:
    const Account& account_;
    std::map<std::string, bool, std::less<>> known_;
};

/// Reports the entries that name a user they cannot run as. They are not good.
void check_users(Crontab& crontab, const Account& account);

/// The jobs of a crontab's good entries: each runs `SHELL -c command` in HOME as its user, and its
/// overlap is allowed, as in cron. An entry whose command cannot be run so is reported and no more
/// good.
[[nodiscard]] std::vector<Job> make_jobs(Crontab& crontab, const JobOptions& options);

}  // namespace quantum::config
