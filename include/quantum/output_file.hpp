#pragma once

#include <cstdint>
#include <string>

#include "quantum/result.hpp"

namespace quantum {

/// A file to which all output of a job's runs is appended, immediately and completely, with secrets
/// as "***". It is independent of the captured output of each run (its two ends).
///
/// If a write would make the file larger than `max_size`, it is renamed to "PATH.1", the previous
/// "PATH.1" to "PATH.2" and so on. It is created with mode 0600 and owned by the program's user.
/// Symbolic links are not followed, and neither the file nor any directory on its path may be
/// controlled by others. If the file cannot be written, the run does not fail; a line on its
/// standard error says why.
struct OutputFile {
    std::string path{};                                        ///< absolute
    std::uint64_t max_size = std::uint64_t{10} * 1024 * 1024;  ///< bytes, at least 4096
    std::uint32_t keep =
        5;  ///< number of older files, at most 1000; 0: the file starts over when it is full

    friend bool operator==(const OutputFile&, const OutputFile&) = default;
};

/// Rejects invalid settings; the error names the property, what was found and what is allowed.
/// Called by `Job::set_task`.
[[nodiscard]] Status check_output_file(const OutputFile& file);

}  // namespace quantum
