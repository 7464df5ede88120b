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
    if (entry.user != options.account.name) {
        command.user = entry.user;
    }
    return command;
}

/// Reports what is wrong with an entry, at a place of its line.
void refuse(Crontab& crontab, CrontabEntry& entry, std::string_view text, std::size_t column,
            std::string message) {
    entry.good = false;
    crontab.diagnostics.push_back({Severity::error, entry.line, column,
                                   std::max<std::size_t>(text.size(), 1), std::move(message)});
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

void check_users(Crontab& crontab, const Account& account) {
    std::map<std::string_view, bool> known;
    for (CrontabEntry& entry : crontab.entries) {
        if (entry.user.empty() || entry.user == account.name) {
            continue;
        }
        const std::string user = "the user '" + printable(entry.user, 40) + "'";
        if (!account.is_root) {
            refuse(crontab, entry, entry.user, entry.user_column,
                   user + ": only root can run commands as others, and this program runs as '" +
                       printable(account.name, 40) + "'");
            continue;
        }
        const auto [place, is_new] = known.try_emplace(entry.user, false);
        if (is_new) place->second = find_account(entry.user).has_value();
        if (!place->second) {
            refuse(crontab, entry, entry.user, entry.user_column,
                   user + " does not exist on this machine");
        }
    }
}

std::vector<Job> make_jobs(Crontab& crontab, const JobOptions& options) {
    std::vector<Job> jobs;
    jobs.reserve(crontab.entries.size());
    JobMaker maker(options);
    for (CrontabEntry& entry : crontab.entries) {
        if (!entry.good) continue;
        Result<Job> job = maker.make(entry);
        if (job) {
            jobs.push_back(*std::move(job));
        } else {
            refuse(crontab, entry, entry.raw_command, entry.command_column, job.error().message);
        }
    }
    return jobs;
}

JobMaker::JobMaker(JobOptions options)
    : options_(std::move(options)), path_(printable_path(options_.path)) {
    model_.set_overlap(Overlap::allow).set_source(path_);
}

Result<Job> JobMaker::make(const CrontabEntry& entry) {
    const Shared<Command>& terms = terms_of(entry);
    const std::string_view command = entry.command;
    Job job = model_;
    job.set_schedule(entry.schedule).set_source(path_ + ':' + std::to_string(entry.line));
    Status status = job.set_name(entry.name);
    if (status) status = job.set_task(CommonCommands::task_of(terms, {&command, 1}, entry.input));
    if (!status) return tl::unexpected(std::move(status).error());
    return job;
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
