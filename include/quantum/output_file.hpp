#pragma once

#include <cstdint>
#include <string>

#include "quantum/result.hpp"

namespace quantum {

/// A file that all that runs of a job write is appended to, as it comes and to its last byte, with
/// secrets as "***". What is kept of each run (its two ends) is another matter.
///
/// When a write would make the file larger than `max_size` it becomes "PATH.1", what was that
/// "PATH.2" and so on. It is made with mode 0600 for the program's user. No symbolic link is
/// followed, and neither the file nor a directory on the way to it may be in the hands of others. A
/// file that cannot be written fails no run; a line of the run's standard error says why.
struct OutputFile {
    std::string path{};                                        ///< absolute
    std::uint64_t max_size = std::uint64_t{10} * 1024 * 1024;  ///< bytes, at least 4096
    std::uint32_t keep = 5;  ///< older files, at most 1000; none: it begins anew when it is full

    friend bool operator==(const OutputFile&, const OutputFile&) = default;
};

/// Errors name the property, what was found and what is allowed. `Job::set_task` asks it.
[[nodiscard]] Status check_output_file(const OutputFile& file);

}  // namespace quantum
