#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/command.hpp"

#include "config/crontab_jobs.hpp"
#include "config/job_keys.hpp"
#include "config/job_reader.hpp"
#include "run/process/identity.hpp"

// What a job runs, and as whom.
namespace quantum::config {
namespace {

constexpr std::array on_crash_words{Word<OnCrash>{"end", OnCrash::end},
                                    Word<OnCrash>{"wait", OnCrash::wait}};

}  // namespace

/// The program and its words; none where they could not be read.
std::vector<std::string> JobReader::read_argv(const TomlSetting& what,
                                              const Environment& environment) {
    if (what.key == "shell") {
        auto line = in_.text(what);
        if (!line) return {};
        const std::string_view shell = find_variable(environment, "SHELL").value_or("");
        return {std::string(shell.empty() ? "/bin/sh" : shell), "-c", std::move(*line)};
    }
    if (what.value->is_string()) {
        in_.refuse(what,
                   "is a text, where a list of words is wanted: [\"program\", \"word\"]; a line "
                   "for the shell is said by the key 'shell'");
        return {};
    }
    auto words = in_.texts(what).value_or(std::vector<std::string>());
    if (what.value->is_array() && what.value->as_array()->empty()) {
        in_.refuse(what, "names no program");
    }
    return words;
}

void JobReader::read_command(const TomlSetting& what) {
    Command command;
    const Account account = read_identity(command);
    read_environment(command, account);
    command.argv = read_argv(what, command.environment);
    command.working_directory = find_variable(command.environment, "HOME").value_or("");
    command.or_in_root = find("working_directory") == nullptr;
    if (const TomlSetting* const setting = find("working_directory")) {
        command.working_directory = in_.text(*setting).value_or("");
    }
    if (const TomlSetting* const setting = find("input")) command.input = in_.text(*setting);
    if (const TomlSetting* const setting = find("timeout"))
        command.timeout = in_.duration(*setting);
    if (const TomlSetting* const setting = find("kill_after")) {
        command.kill_after = in_.duration(*setting).value_or(command.kill_after);
    }
    if (const TomlSetting* const setting = find("success_codes"))
        read_success_codes(*setting, command);
    if (const TomlSetting* const setting = find("on_crash")) {
        command.on_crash = in_.word(*setting, on_crash_words);
    }
    command.output_file = read_output_file();
    if (!command.argv.empty()) in_.check(what, job_.set_task(std::move(command)));
}

void JobReader::read_success_codes(const TomlSetting& setting, Command& command) {
    const auto* const list = setting.value->as_array();
    if (list == nullptr || list->empty()) {
        in_.refuse(setting, "a list of exit codes is wanted, such as [0, 3]");
        return;
    }
    std::vector<int> codes;
    for (const toml::node& node : *list) {
        const auto code = in_.integer(TomlReader::element(setting, node), 0, 255);
        if (code) codes.push_back(static_cast<int>(*code));
    }
    if (!codes.empty()) command.success_codes = std::move(codes);
}

void JobReader::read_environment(Command& command, const Account& account) {
    Environment assignments;
    // Both count, the job's own over the defaults.
    for (const TomlSettingTable* const settings : {&defaults_, own_}) {
        const auto env = settings->find("env");
        if (env == settings->end()) continue;
        const toml::table* const table = in_.table(env->second);
        if (table == nullptr) continue;
        for (const TomlSetting& variable : TomlReader::settings(*table)) {
            if (variable.key.empty() || variable.key.find('=') != std::string_view::npos) {
                in_.refuse_key(variable,
                               "env: '" + printable(variable.key) + "' is no name of a variable");
                continue;
            }
            if (const auto value = in_.text(variable)) {
                set_variable(assignments, variable.key, *value);
            }
        }
    }
    command.environment = base_environment(account, options_.inherited, assignments);
    if (const TomlSetting* const setting = find("env_file")) {
        command.environment_file = in_.text(*setting).value_or("");
    }
    if (const TomlSetting* const setting = find("secrets")) {
        if (const toml::table* const table = in_.table(*setting)) {
            for (const TomlSetting& secret : TomlReader::settings(*table)) {
                if (auto file = in_.text(secret)) {
                    command.secrets.push_back(
                        {std::string(secret.key), secret_place(secret, std::move(*file))});
                }
            }
        }
    }
}

/// Gives back whose account it runs under.
Account JobReader::read_identity(Command& command) {
    Account account = options_.account;
    if (const TomlSetting* const setting = find("user")) {
        const std::string user = in_.text(*setting).value_or(account.name);
        if (user != account.name) {
            const auto other = find_account(user);
            if (!options_.account.is_root) {
                in_.refuse(*setting,
                           "only root can run commands as others, and this program runs as '" +
                               printable(account.name, 40) + "'");
            } else if (!other) {
                in_.refuse(*setting, "'" + printable(user, 40) + "' is no user of this machine");
            }
            command.user = user;
            account = other.value_or(account);
            if (other) check_allowed(*setting, account.name);
        }
    }
    command.new_privileges = options_.new_privileges;
    if (const TomlSetting* const setting = find("group")) {
        command.group = in_.text(*setting).value_or("");
        const std::size_t errors = in_.errors();
        if (options_.account.is_root && command.user.empty()) {
            check_allowed(*setting, account.name);
        }
        if (in_.errors() == errors) check_group(*setting, account.name, command.group);
    }
    if (const TomlSetting* const setting = find("umask")) {
        if (const auto mask = in_.octal(*setting, 0777)) {
            command.file_mode_mask = static_cast<unsigned>(*mask);
        }
    }
    if (const TomlSetting* const setting = find("nice")) {
        if (const auto nice = in_.integer(*setting, -20, 19))
            command.nice = static_cast<int>(*nice);
    }
    if (const TomlSetting* const setting = find("new_privileges")) {
        command.new_privileges = in_.boolean(*setting).value_or(false);
    }
    if (const TomlSetting* const setting = find("limits")) read_limits(*setting, command.limits);
    return account;
}

/// As whom a job runs beside this program is said twice, so that a job alone cannot.
void JobReader::check_allowed(const TomlSetting& setting, const std::string& user) {
    const auto& allowed = options_.allow_run_as;
    if (!options_.account.is_root || options_.system ||
        std::any_of(allowed.begin(), allowed.end(),
                    [&user](const std::string& name) { return name == "*" || name == user; })) {
        return;
    }
    in_.refuse(setting, "jobs of this file may not run as '" + printable(user, 40) +
                            "'; allow_run_as = [\"" + printable(user, 40) +
                            "\"] at its beginning lets them");
}

/// A group may open more than its user could: disks, shadow, the socket of a container engine.
void JobReader::check_group(const TomlSetting& setting, const std::string& user,
                            const std::string& group) {
    if (!options_.account.is_root || group.empty()) return;
    const auto& allowed = options_.allow_run_as_group;
    if (std::any_of(allowed.begin(), allowed.end(),
                    [&group](const std::string& name) { return name == "*" || name == group; })) {
        return;
    }
    const auto own = has_group(user, group);
    if (own && *own) return;
    const std::string shown = printable(group, 40);
    if (!own) {
        in_.refuse(setting, own.error().message);
        return;
    }
    in_.refuse(setting, "'" + shown + "' is no group of '" + printable(user, 40) +
                            "'; allow_run_as_group = [\"" + shown +
                            "\"] at the file's beginning lets its jobs run in it");
}

void JobReader::read_limits(const TomlSetting& setting, ResourceLimits& limits) {
    const toml::table* const table = in_.table(setting);
    if (table == nullptr) return;
    const auto count = [this](const TomlSetting& limit) -> std::optional<std::uint64_t> {
        const auto value = in_.integer(limit, 1, most_counted);
        if (!value) return std::nullopt;
        return static_cast<std::uint64_t>(*value);
    };
    for (const TomlSetting& limit : TomlReader::settings(*table)) {
        if (limit.key == "address_space") {
            limits.address_space = in_.size(limit);
        } else if (limit.key == "cpu") {
            const auto cpu = in_.duration(limit);
            if (cpu && *cpu < std::chrono::seconds(1)) in_.refuse(limit, "at least 1s is wanted");
            if (cpu) {
                limits.cpu_seconds = static_cast<std::uint64_t>(
                    std::chrono::ceil<std::chrono::seconds>(*cpu).count());
            }
        } else if (limit.key == "open_files") {
            limits.open_files = count(limit);
        } else if (limit.key == "processes") {
            limits.processes = count(limit);
        } else if (limit.key == "file_size") {
            limits.file_size = in_.size(limit);
        } else if (limit.key == "core_size") {
            limits.core_size = in_.size(limit);
        } else {
            in_.unknown(limit, "the limits", limit_keys);
        }
    }
}

}  // namespace quantum::config
