#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/account.hpp"
#include "config/load.hpp"

namespace quantum::config {

inline constexpr std::string_view standard_input = "-";

/// A file to be read.
struct FileToRead {
    std::string path;
    std::optional<Account> owner{};  ///< of a user's crontab in a spool: whose it is
};

/// What requested paths stand for.
struct FileList {
    std::vector<FileToRead> files;
    /// The directories that cannot be read or in which something is ignored.
    std::vector<LoadedFile> directories;
};

/// Lists requested directories and the spool; see `LoadOptions`.
[[nodiscard]] FileList list_files(std::span<const std::string> requested,
                                  const LoadOptions& options);

/// Whether a file of this name in a spool can be a user's crontab: not hidden, and not one that the
/// command `crontab` of cron is just writing.
[[nodiscard]] bool is_name_in_spool(std::string_view name);

}  // namespace quantum::config
