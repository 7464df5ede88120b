#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "config/load.hpp"
#include "daemon/run_settings.hpp"

namespace quantum::cli {

/// What `run` runs and `check` checks: the settings of the command line together with those of the
/// configuration file.
class RunSetup {
public:
    /// `config`: the configuration file that is asked for; empty: /etc/quantum/quantum.toml if no
    /// files are named, and there is one; if not, /etc/quantum is used without it.
    ///
    /// Errors: there is nothing to run or check, `not_found`. A configuration file that is bad is
    /// no error here, see `config_file`.
    [[nodiscard]] static Result<RunSetup> find(const daemon::RunSettings& command_line,
                                               const std::string& config);

    [[nodiscard]] const daemon::RunSettings& settings() const { return settings_; }

    /// The files to read now. Without any named, those in jobs.d and cron.d beside the
    /// configuration file, as far as these directories exist.
    [[nodiscard]] std::vector<std::string> files() const;
    /// The same, whether they exist or not.
    [[nodiscard]] const std::vector<std::string>& possible_files() const { return files_; }

    /// The configuration file as it was read; none: there is none.
    [[nodiscard]] const std::optional<config::LoadedFile>& config_file() const { return config_; }
    /// Reads it again: what it says now, as it would count at a start.
    [[nodiscard]] RunSetup read_again() const;

private:
    RunSetup() = default;
    void read_config(const std::string& path);

    daemon::RunSettings command_line_;
    daemon::RunSettings settings_;
    std::optional<config::LoadedFile> config_;
    std::vector<std::string> files_;
    bool has_usual_files_ = false;
};

/// Prints what is wrong with the configuration file, if anything is: then the result is true.
[[nodiscard]] bool refuse_config(const RunSetup& setup);

/// Options for reading its files. Errors: a time zone that does not exist.
[[nodiscard]] Result<config::LoadOptions> load_options(const RunSetup& setup);

}  // namespace quantum::cli
