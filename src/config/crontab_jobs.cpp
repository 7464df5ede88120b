#include "config/crontab_jobs.hpp"

#include <algorithm>
#include <map>
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

/// What the commands of a user have in common, as far as the file's assignments are the same.
Command common_of(const CrontabEntry& entry, const JobOptions& options) {
    Command command;
    command.environment = environment_of(entry, options);
    const std::string_view shell = find_variable(command.environment, "SHELL").value_or("");
    command.argv = {std::string(shell.empty() ? default_shell : shell), "-c"};
    command.working_directory = find_variable(command.environment, "HOME").value_or("");
    command.or_in_root = true;
    command.new_privileges = options.new_privileges;
    const std::string& own =
        options.program_user.empty() ? options.account.name : options.program_user;
    const std::string& user = entry.user.empty() ? options.account.name : entry.user;
    if (user != own) command.user = user;
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

std::optional<Diagnostic> UserCheck::fault_of(const CrontabEntry& entry) {
    if (entry.user.empty() || entry.user == account_.name) return std::nullopt;
    const std::string user = "the user '" + printable(entry.user, 40) + "'";
    const auto fault = [&entry](std::string message) {
        return Diagnostic{Severity::error, entry.line, entry.user_column,
                          std::max<std::size_t>(entry.user.size(), 1), std::move(message)};
    };
    if (!account_.is_root) {
        return fault(user +
                     ": only root can run commands as other users, and this program runs as '" +
                     printable(account_.name, 40) + "'");
    }
    auto place = known_.find(entry.user);
    if (place == known_.end()) {
        place = known_.emplace(entry.user, find_account(entry.user).has_value()).first;
    }
    if (!place->second) return fault(user + " does not exist on this machine");
    return std::nullopt;
}

void check_users(Crontab& crontab, const Account& account) {
    UserCheck users(account);
    for (CrontabEntry& entry : crontab.entries) {
        if (auto fault = users.fault_of(entry)) {
            entry.good = false;
            crontab.diagnostics.push_back(*std::move(fault));
        }
    }
}

std::vector<Job> make_jobs(Crontab& crontab, const JobOptions& options) {
    std::vector<Job> jobs;
    jobs.reserve(crontab.entries.size());
    JobMaker maker(options);
    for (CrontabEntry& entry : crontab.entries) {
        if (!entry.good) continue;
        if (auto job = maker.make(entry)) {
            jobs.push_back(*std::move(job));
        } else {
            entry.good = false;
            crontab.diagnostics.push_back(std::move(job).error());
        }
    }
    return jobs;
}

JobMaker::JobMaker(JobOptions options)
    : options_(std::move(options)), path_(printable_path(options_.path)) {
    model_.set_overlap(Overlap::allow).set_source(path_);
}

tl::expected<Job, Diagnostic> JobMaker::make(const CrontabEntry& entry) {
    const Shared<Command>& terms = terms_of(entry);
    const std::string_view command = entry.command;
    Job job = model_;
    job.set_schedule(entry.schedule).set_source(path_ + ':' + std::to_string(entry.line));
    Status status = job.set_name(entry.name);
    if (status)
        status = job.set_task(model::CommonCommands::task_of(terms, {&command, 1}, entry.input));
    if (status) return job;
    return tl::unexpected(Diagnostic{Severity::error, entry.line, entry.command_column,
                                     std::max<std::size_t>(entry.raw_command.size(), 1),
                                     std::move(status).error().message});
}

const Shared<Command>& JobMaker::terms_of(const CrontabEntry& entry) {
    if (assignments_ != entry.assignments) {
        by_user_.clear();
        assignments_ = entry.assignments;
    }
    const auto [place, is_new] = by_user_.try_emplace(entry.user);
    if (is_new) place->second = commands_.one_of(common_of(entry, options_));
    return place->second;
}

}  // namespace quantum::config
