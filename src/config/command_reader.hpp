#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantum/command.hpp"

#include "config/account.hpp"
#include "config/job_settings.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// Reads what a job runs as a process, and as whom: program and words, environment, secrets,
/// account, limits.
class CommandReader {
public:
    explicit CommandReader(const JobContext& job) : job_(job) {}

    /// `what` is the setting that names the program: `command` or `shell`. None where it names
    /// none; whatever is wrong has been reported then.
    [[nodiscard]] std::optional<Command> read(const TomlSetting& what) const;

private:
    [[nodiscard]] std::vector<std::string> read_argv(const TomlSetting& what,
                                                     const Environment& environment) const;
    void read_success_codes(const TomlSetting& setting, Command& command) const;
    [[nodiscard]] Account read_identity(Command& command) const;
    void read_environment(Command& command, const Account& account) const;
    void check_allowed(const TomlSetting& setting, const std::string& user) const;
    void check_group(const TomlSetting& setting, const std::string& user,
                     const std::string& group) const;
    void read_limits(const TomlSetting& setting, ResourceLimits& limits) const;

    const JobContext& job_;
};

}  // namespace quantum::config
