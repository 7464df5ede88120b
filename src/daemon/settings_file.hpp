#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"
#include "daemon/run_settings.hpp"

namespace quantum::daemon {

/// The configuration file of the service: where it is, and its name there.
inline constexpr std::string_view settings_directory = "/etc/quantum";
inline constexpr std::string_view settings_name = "quantum.toml";

/// A parsed configuration file. It is bad if the diagnostics contain an error.
struct SettingsFile {
    RunSettings settings;
    std::vector<config::Diagnostic> diagnostics;  ///< in the order of the lines
};

/// Parses a configuration file: a TOML document with the settings of `quantum run` as its keys, see
/// docs/operating/service.md. Never fails: every unknown key, wrong type and invalid value is a
/// diagnostic with its line and column.
///
/// `directory`: where the file is; relative paths in it start there.
[[nodiscard]] SettingsFile parse_settings_file(std::string_view text,
                                               const std::filesystem::path& directory);

/// The settings of the command line, and for those that it leaves out the ones of the file.
[[nodiscard]] RunSettings joined(RunSettings command_line, const RunSettings& file);

}  // namespace quantum::daemon
