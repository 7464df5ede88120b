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
    std::string_view path;  ///< the path of the file, for messages and the source of jobs
    Account account;        ///< the user of jobs that do not name another user
    Environment inherited;  ///< what jobs get besides cron's variables; the file may change it
    bool new_privileges = false;  ///< Command::new_privileges of each job
    /// The name of the program's own user, if `account` is another one. Empty: it is not.
    std::string program_user{};
};

/// SHELL, PATH, HOME, LOGNAME and USER as set by cron, then the inherited variables, then the
/// assignments; later values override earlier ones.
[[nodiscard]] Environment base_environment(const Account& account, const Environment& inherited,
                                           const Environment& assignments);

/// The environment of this entry's command: SHELL, PATH, HOME, LOGNAME and USER as set by cron, the
/// inherited variables, and the file's assignments in force at its line. LOGNAME and USER always
/// name the account it runs under.
[[nodiscard]] Environment environment_of(const CrontabEntry& entry, const JobOptions& options);

/// Creates jobs from the entries of one file, one after the other. What they have in common is
/// stored once.
class JobMaker {
public:
    explicit JobMaker(JobOptions options);

    /// For a good entry whose user exists. The error says why its command cannot be run.
    [[nodiscard]] tl::expected<Job, Diagnostic> make(const CrontabEntry& entry);

private:
    /// The terms under which the commands of a user run.
    [[nodiscard]] const Shared<Command>& terms_of(const CrontabEntry& entry);

    const JobOptions options_;
    const std::string path_;
    Job model_;
    model::CommonCommands commands_;
    std::shared_ptr<const Environment> assignments_;  // those for which `by_user_` is valid
    std::map<std::string, Shared<Command>, std::less<>> by_user_;
};

/// Finds users that entries cannot run as.
class UserCheck {
public:
    explicit UserCheck(const Account& account) : account_(account) {}

    /// Why the entry cannot run as its user: the user does not exist or, if the account is not
    /// root's, is not the account itself.
    [[nodiscard]] std::optional<Diagnostic> fault_of(const CrontabEntry& entry);

private:
    const Account& account_;
    std::map<std::string, bool, std::less<>> known_;
};

/// Reports entries whose user they cannot run as, and marks them as not good.
void check_users(Crontab& crontab, const Account& account);

/// The jobs of a crontab's good entries: each runs `SHELL -c command` in HOME as its user, with
/// overlap allowed, as in cron. An entry whose command cannot be run is reported and marked as not
/// good.
[[nodiscard]] std::vector<Job> make_jobs(Crontab& crontab, const JobOptions& options);

}  // namespace quantum::config
