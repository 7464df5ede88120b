#pragma once

#include <initializer_list>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace quantum::cli {

/// Adds the options of these settings, by their names, or the FILE arguments for "files".
void add_settings(CLI::App* command, daemon::RunSettings& chosen,
                  std::initializer_list<std::string_view> names);

/// Adds `--config`.
void add_config(CLI::App* command, std::string& path);

/// Adds the command `run`; what is found on the command line goes into `chosen`.
[[nodiscard]] CLI::App* add_run(CLI::App& app, RunOptions& chosen);

/// Adds the command `crontab`.
[[nodiscard]] CLI::App* add_crontab(CLI::App& app, CrontabOptions& chosen);

}  // namespace quantum::cli
