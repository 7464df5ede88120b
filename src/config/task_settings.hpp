#pragma once

#include <optional>
#include <string>

#include "quantum/output_file.hpp"

#include "config/job_settings.hpp"
#include "config/toml_reader.hpp"

// The settings that commands and requests have in common. What is wrong is reported.
namespace quantum::config {

/// `output_file = "/path"`, or a table.
[[nodiscard]] std::optional<OutputFile> read_output_file(const JobContext& job);

/// The file of a secret: in the directory that the job file names for secrets, unless `secret` is a
/// path itself.
[[nodiscard]] std::string secret_place(const JobContext& job, const TomlSetting& setting,
                                       std::string secret);

}  // namespace quantum::config
