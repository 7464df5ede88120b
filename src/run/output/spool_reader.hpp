#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// Reads the output of a run while another process spools it (OutputCapture).
///
/// Not thread-safe.
class SpoolReader {
public:
    /// Errors: `not_found` (the run wrote nothing yet, or has ended), `io_error`, `corrupt`.
    [[nodiscard]] static Result<SpoolReader> open(const std::string& path);

    /// When the run began; none: a version that did not keep it wrote the file.
    [[nodiscard]] std::optional<WallTime> started() const;

    /// What is kept at this moment.
    [[nodiscard]] CapturedOutput all() const;

    /// The next piece of what came since the last call, from the beginning at the first; empty:
    /// nothing yet.
    struct News {
        std::uint64_t lost = 0;  ///< bytes before `bytes` that were overwritten meanwhile
        std::string bytes;
    };
    [[nodiscard]] News next();

    /// True once the run has ended and what it wrote is stored elsewhere; what is here stays
    /// readable.
    [[nodiscard]] bool is_removed() const;

private:
    SpoolReader(FileDescriptor file, std::size_t header_size)
        : file_(std::move(file)), header_size_(header_size) {}
    [[nodiscard]] std::uint64_t total() const;

    FileDescriptor file_;
    std::size_t header_size_;
    std::uint64_t told_ = 0;
};

/// What a spool tells of a run that an earlier process began.
struct RecoveredRun {
    std::shared_ptr<const CapturedOutput> output;  ///< null where there is none; the file goes with
                                                   ///< its last owner
    std::optional<WallTime> started;
};
[[nodiscard]] RecoveredRun recover_run(const std::string& path);

}  // namespace quantum
