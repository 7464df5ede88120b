#include "config/command_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "config/crontab_jobs.hpp"
#include "config/job_keys.hpp"
#include "config/task_settings.hpp"
#include "run/process/identity.hpp"

namespace quantum::config {
namespace {

constexpr std::array on_crash_words{Word<OnCrash>{"end", OnCrash::end},
                                    Word<OnCrash>{"wait", OnCrash::wait}};

}  // namespace

/// The program and its words; none where they could not be read.
std::vector<std::string> CommandReader::read_argv(const TomlSetting& what,
                                                  const Environment& environment) const {
    if (what.key == "shell") {
        auto line = job_.in.text(what);
        if (!line) return {};
        const std::string_view shell = find_variable(environment, "SHELL").value_or("");
        return {std::string(shell.empty() ? "/bin/sh" : shell), "-c", std::move(*line)};
    }
    if (what.value->is_string()) {
        job_.in.refuse(
            what,
            "is a string, but must be a list of strings: [\"program\", \"word\"]; for a shell "
            "command use the key 'shell'");
        return {};
    }
    auto words = job_.in.texts(what).value_or(std::vector<std::string>());
    if (what.value->is_array() && what.value->as_array()->empty()) {
        job_.in.refuse(what, "has no program");
    }
    return words;
}

std::optional<Command> CommandReader::read(const TomlSetting& what) const {
    Command command;
    const Account account = read_identity(command);
    read_environment(command, account);
    command.argv = read_argv(what, command.environment);
    command.working_directory = find_variable(command.environment, "HOME").value_or("");
    command.or_in_root = job_.find("working_directory") == nullptr;
    if (const TomlSetting* const setting = job_.find("working_directory")) {
        command.working_directory = job_.in.text(*setting).value_or("");
    }
    if (const TomlSetting* const setting = job_.find("input"))
        command.input = job_.in.text(*setting);
    if (const TomlSetting* const setting = job_.find("timeout"))
        command.timeout = job_.in.duration(*setting);
    if (const TomlSetting* const setting = job_.find("kill_after")) {
        command.kill_after = job_.in.duration(*setting).value_or(command.kill_after);
    }
    if (const TomlSetting* const setting = job_.find("success_codes"))
        read_success_codes(*setting, command);
    if (const TomlSetting* const setting = job_.find("on_crash")) {
        command.on_crash = job_.in.word(*setting, on_crash_words);
    }
    command.output_file = read_output_file(job_);
    if (command.argv.empty()) return std::nullopt;
    return command;
}

void CommandReader::read_success_codes(const TomlSetting& setting, Command& command) const {
    const auto* const list = setting.value->as_array();
    if (list == nullptr || list->empty()) {
        job_.in.refuse(setting, "must be a list of exit codes, such as [0, 3]");
        return;
    }
    std::vector<int> codes;
    for (const toml::node& node : *list) {
        const auto code = job_.in.integer(TomlReader::element(setting, node), 0, 255);
        if (code) codes.push_back(static_cast<int>(*code));
    }
    if (!codes.empty()) command.success_codes = std::move(codes);
}

void CommandReader::read_environment(Command& command, const Account& account) const {
    Environment assignments;
    // Both count, the job's own over the defaults.
    for (const TomlSettingTable* const settings : {&job_.settings.defaults, &job_.settings.own}) {
        const auto env = settings->find("env");
        if (env == settings->end()) continue;
        const toml::table* const table = job_.in.table(env->second);
        if (table == nullptr) continue;
        for (const TomlSetting& variable : TomlReader::settings(*table)) {
            if (variable.key.empty() || variable.key.find('=') != std::string_view::npos) {
                job_.in.refuse_key(variable, "env: '" + printable(variable.key) +
                                                 "' is not a valid variable name");
                continue;
            }
            if (const auto value = job_.in.text(variable)) {
                set_variable(assignments, variable.key, *value);
            }
        }
    }
    command.environment = base_environment(account, job_.options.inherited, assignments);
    if (const TomlSetting* const setting = job_.find("env_file")) {
        command.environment_file = job_.in.text(*setting).value_or("");
    }
    if (const TomlSetting* const setting = job_.find("secrets")) {
        if (const toml::table* const table = job_.in.table(*setting)) {
            for (const TomlSetting& secret : TomlReader::settings(*table)) {
                if (auto file = job_.in.text(secret)) {
                    command.secrets.push_back(
                        {std::string(secret.key), secret_place(job_, secret, std::move(*file))});
                }
            }
        }
    }
}

/// Gives back whose account it runs under.
Account CommandReader::read_identity(Command& command) const {
    Account account = job_.options.account;
    if (const TomlSetting* const setting = job_.find("user")) {
        const std::string user = job_.in.text(*setting).value_or(account.name);
        if (user != account.name) {
            const auto other = find_account(user);
            if (!job_.options.account.is_root) {
                job_.in.refuse(
                    *setting,
                    "only root can run commands as other users, and this program runs as '" +
                        printable(account.name, 40) + "'");
            } else if (!other) {
                job_.in.refuse(*setting,
                               "'" + printable(user, 40) + "' is not a user on this machine");
            }
            command.user = user;
            account = other.value_or(account);
            if (other) check_allowed(*setting, account.name);
        }
    }
    command.new_privileges = job_.options.new_privileges;
    if (const TomlSetting* const setting = job_.find("group")) {
        command.group = job_.in.text(*setting).value_or("");
        const std::size_t errors = job_.in.errors();
        if (job_.options.account.is_root && command.user.empty()) {
            check_allowed(*setting, account.name);
        }
        if (job_.in.errors() == errors) check_group(*setting, account.name, command.group);
    }
    if (const TomlSetting* const setting = job_.find("umask")) {
        if (const auto mask = job_.in.octal(*setting, 0777)) {
            command.file_mode_mask = static_cast<unsigned>(*mask);
        }
    }
    if (const TomlSetting* const setting = job_.find("nice")) {
        if (const auto nice = job_.in.integer(*setting, -20, 19))
            command.nice = static_cast<int>(*nice);
    }
    if (const TomlSetting* const setting = job_.find("new_privileges")) {
        command.new_privileges = job_.in.boolean(*setting).value_or(false);
    }
    if (const TomlSetting* const setting = job_.find("limits"))
        read_limits(*setting, command.limits);
    return account;
}

/// As whom a job runs beside this program is said twice, so that a job alone cannot.
void CommandReader::check_allowed(const TomlSetting& setting, const std::string& user) const {
    const auto& allowed = job_.options.allow_run_as;
    if (!job_.options.account.is_root || job_.options.system ||
        std::any_of(allowed.begin(), allowed.end(),
                    [&user](const std::string& name) { return name == "*" || name == user; })) {
        return;
    }
    job_.in.refuse(setting, "jobs in this file may not run as '" + printable(user, 40) +
                                "'; to allow it, add allow_run_as = [\"" + printable(user, 40) +
                                "\"] at the top of the file");
}

/// A group may open more than its user could: disks, shadow, the socket of a container engine.
void CommandReader::check_group(const TomlSetting& setting, const std::string& user,
                                const std::string& group) const {
    if (!job_.options.account.is_root || group.empty()) return;
    const auto& allowed = job_.options.allow_run_as_group;
    if (std::any_of(allowed.begin(), allowed.end(),
                    [&group](const std::string& name) { return name == "*" || name == group; })) {
        return;
    }
    const auto own = run::has_group(user, group);
    if (own && *own) return;
    if (!own) return job_.in.refuse(setting, own.error().message);
    const std::string shown = printable(group, 40);
    job_.in.refuse(setting, "'" + shown + "' is not a group of '" + printable(user, 40) +
                                "'; to allow it, add allow_run_as_group = [\"" + shown +
                                "\"] at the top of the file");
}

void CommandReader::read_limits(const TomlSetting& setting, ResourceLimits& limits) const {
    const toml::table* const table = job_.in.table(setting);
    if (table == nullptr) return;
    const auto count = [this](const TomlSetting& limit) -> std::optional<std::uint64_t> {
        const auto value = job_.in.integer(limit, 1, most_counted);
        if (!value) return std::nullopt;
        return static_cast<std::uint64_t>(*value);
    };
    for (const TomlSetting& limit : TomlReader::settings(*table)) {
        if (limit.key == "address_space") {
            limits.address_space = job_.in.size(limit);
        } else if (limit.key == "cpu") {
            const auto cpu = job_.in.duration(limit);
            if (cpu && *cpu < std::chrono::seconds(1)) job_.in.refuse(limit, "must be at least 1s");
            if (cpu) {
                limits.cpu_seconds = static_cast<std::uint64_t>(
                    std::chrono::ceil<std::chrono::seconds>(*cpu).count());
            }
        } else if (limit.key == "open_files") {
            limits.open_files = count(limit);
        } else if (limit.key == "processes") {
            limits.processes = count(limit);
        } else if (limit.key == "file_size") {
            limits.file_size = job_.in.size(limit);
        } else if (limit.key == "core_size") {
            limits.core_size = job_.in.size(limit);
        } else {
            job_.in.unknown(limit, "the limits", limit_keys);
        }
    }
}

}  // namespace quantum::config
