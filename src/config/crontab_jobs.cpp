#include "config/crontab_jobs.hpp"

#include <utility>

#include "quantum/command.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view default_shell = "/bin/sh";
constexpr std::string_view default_path = "/usr/bin:/bin";

/// Whose entry it is. That there is such a user has been checked.
Account account_of(const CrontabEntry& entry, const JobOptions& options) {
    if (entry.user.empty() || entry.user == options.account.name) {
        return options.account;
    }
    return find_account(entry.user).value_or(options.account);
}

Command make_command(const CrontabEntry& entry, const JobOptions& options) {
    Command command;
    command.environment = environment_of(entry, options);
    const std::string_view shell = find_variable(command.environment, "SHELL").value_or("");
    command.argv = {std::string(shell.empty() ? default_shell : shell), "-c", entry.command};
    command.working_directory = find_variable(command.environment, "HOME").value_or("");
    command.or_in_root = true;
    command.input = entry.input;
    command.new_privileges = options.new_privileges;
    if (entry.user != options.account.name) {
        command.user = entry.user;
    }
    return command;
}

}  // namespace

Environment base_environment(const Account& account, const Environment& inherited,
                             const Environment& assignments) {
    Environment environment = {
        {"SHELL", std::string(default_shell)},
        {"PATH", std::string(default_path)},
        {"HOME", account.home},
        {"LOGNAME", account.name},
        {"USER", account.name},
    };
    for (const Environment* const variables : {&inherited, &assignments}) {
        for (const auto& [name, value] : *variables) set_variable(environment, name, value);
    }
    return environment;
}

Environment environment_of(const CrontabEntry& entry, const JobOptions& options) {
    const Account account = account_of(entry, options);
    Environment environment = base_environment(account, options.inherited, *entry.assignments);
    set_variable(environment, "LOGNAME", account.name);
    set_variable(environment, "USER", account.name);
    return environment;
}

std::vector<Diagnostic> foreign_users(const Crontab& crontab, const Account& account) {
    std::vector<Diagnostic> diagnostics;
    for (const CrontabEntry& entry : crontab.entries) {
        if (entry.user.empty() || entry.user == account.name) {
            continue;
        }
        const std::string user = "the user '" + printable(entry.user, 40) + "'";
        if (!account.is_root) {
            diagnostics.push_back(
                {Severity::error, entry.line, entry.user_column, entry.user.size(),
                 user + ": only root can run commands as others, and this program runs as '" +
                     printable(account.name, 40) + "'"});
        } else if (!find_account(entry.user)) {
            diagnostics.push_back({Severity::error, entry.line, entry.user_column,
                                   entry.user.size(), user + " does not exist on this machine"});
        }
    }
    return diagnostics;
}

Result<std::vector<Job>> make_jobs(const Crontab& crontab, const JobOptions& options) {
    std::vector<Job> jobs;
    jobs.reserve(crontab.entries.size());
    const std::string path = printable(options.path, 200);
    const std::vector<Diagnostic> foreign = foreign_users(crontab, options.account);
    if (!foreign.empty()) {
        return tl::unexpected(
            Error{ErrorCode::invalid_argument, describe(foreign.front())}.within(path));
    }
    for (const CrontabEntry& entry : crontab.entries) {
        const std::string source = path + ':' + std::to_string(entry.line);
        Job job;
        Status status = job.set_name(entry.name);
        if (status) {
            status = job.set_task(make_command(entry, options));
        }
        if (!status) {
            return tl::unexpected(std::move(status).error().within(source));
        }
        job.set_schedule(entry.schedule).set_overlap(Overlap::allow).set_source(source);
        jobs.push_back(std::move(job));
    }
    return jobs;
}

}  // namespace quantum::config
