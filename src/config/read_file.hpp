#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "quantum/result.hpp"

#include "base/trusted_file.hpp"

namespace quantum::config {

/// The maximum size of a crontab that belongs to a user, as with cron.
inline constexpr std::size_t max_user_crontab = std::size_t{256} * 1024;
/// More than any crontab needs: about half a million entries.
inline constexpr std::size_t max_file_size = std::size_t{64} * 1024 * 1024;

/// The contents of a regular file that satisfies `trust`; `user`: see `open_trusted`. Never blocks:
/// FIFOs and devices are rejected, not read.
///
/// Errors name the path and the reason: not_found, io_error (a directory, no permission, controlled
/// by others …), invalid_argument (larger than `limit`).
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            base::FileTrust trust = base::FileTrust::anybody,
                                            std::size_t limit = max_file_size,
                                            std::optional<std::uint32_t> user = {});

/// Reads standard input to its end, whatever it is.
[[nodiscard]] Result<std::string> read_standard_input(std::size_t limit = max_file_size);

}  // namespace quantum::config
