#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"

#include "config/account.hpp"
#include "config/crontab.hpp"

namespace quantum::config {

struct JobOptions {
    std::string_view path;  ///< the file's, for messages and for the jobs' source
    Account account;        ///< who runs this program, and so the jobs
    Environment inherited;  ///< what jobs see besides what cron gives them; the file may change it
};

/// SHELL, PATH, HOME, LOGNAME and USER as cron sets them, then the inherited variables, then the
/// assignments, the later over the earlier.
[[nodiscard]] Environment base_environment(const Account& account, const Environment& inherited,
                                           const Environment& assignments);

/// What a command of this entry sees: SHELL, PATH, HOME, LOGNAME and USER as cron sets them, the
/// inherited variables, and the file's assignments in force at the entry's line. LOGNAME and USER
/// are always the account's.
[[nodiscard]] Environment environment_of(const CrontabEntry& entry, const JobOptions& options);

/// An entry that names another user than the account; the message says what may be done.
[[nodiscard]] std::vector<Diagnostic> foreign_users(const Crontab& crontab, const Account& account);

/// The jobs of a crontab without errors: each runs `SHELL -c command` in HOME, and its overlap is
/// allowed, as in cron.
///
/// Errors: an entry of a system crontab that names another user than the account.
[[nodiscard]] Result<std::vector<Job>> make_jobs(const Crontab& crontab, const JobOptions& options);

}  // namespace quantum::config
