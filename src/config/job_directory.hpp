#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantum/result.hpp"

#include "base/trusted_file.hpp"

namespace quantum::config {

/// Whether a file of this name is read where its directory is named. This is the rule of run-parts
/// and of cron's own cron.d: ASCII letters, digits, '-' and '_' only, so that "backup.dpkg-old",
/// "backup~" and ".backup.swp" never run. A job file may end in ".toml" after such a name.
[[nodiscard]] bool is_name_in_directory(std::string_view name);

/// True if `path` leads to a directory.
[[nodiscard]] bool is_directory(const std::string& path);

/// The files of a directory that are read.
struct JobDirectory {
    std::vector<std::string> names;    ///< in their order
    std::vector<std::string> ignored;  ///< why others are not read, except for hidden ones
};

/// Lists the files of a directory whose names `takes` holds good; whether they can be read is seen
/// when they are. If they must be `trust`ed to be root's, so must the directory and everything on
/// the way to it.
///
/// Errors name the path: `not_found`, `io_error`.
[[nodiscard]] Result<JobDirectory> list_job_directory(const std::string& path,
                                                      base::FileTrust trust,
                                                      bool (*takes)(std::string_view name));

/// The path of a file in a directory.
[[nodiscard]] std::string in_directory(const std::string& directory, const std::string& name);

}  // namespace quantum::config
