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

namespace quantum::run {

/// Reads the output of a run while another process spools it (OutputCapture).
///
/// Not thread-safe.
class SpoolReader {
public:
    /// Errors: `not_found` (the run has not written anything yet, or has ended), `io_error`,
    /// `corrupt`.
    [[nodiscard]] static Result<SpoolReader> open(const std::string& path);

    /// When the run began; none: the file was written by a version that did not record it.
    [[nodiscard]] std::optional<WallTime> started() const;

    /// What is currently captured.
    [[nodiscard]] CapturedOutput all() const;

    /// The next piece since the last call, or from the start at the first call; empty: nothing new.
    struct News {
        std::uint64_t lost = 0;  ///< bytes before `bytes` that were overwritten in the meantime
        std::string bytes;
    };
    [[nodiscard]] News next();

    /// True once the run has ended and its output is stored elsewhere; what is here remains
    /// readable.
    [[nodiscard]] bool is_removed() const;

private:
    SpoolReader(base::FileDescriptor file, std::size_t header_size)
        : file_(std::move(file)), header_size_(header_size) {}
    [[nodiscard]] std::uint64_t total() const;

    base::FileDescriptor file_;
    std::size_t header_size_;
    std::uint64_t told_ = 0;
};

/// What a spool file tells about a run started by an earlier process.
struct RecoveredRun {
    std::shared_ptr<const CapturedOutput> output;  ///< null where there is none; the file goes with
                                                   ///< its last owner
    std::optional<WallTime> started;
};
[[nodiscard]] RecoveredRun recover_run(const std::string& path);

}  // namespace quantum::run
