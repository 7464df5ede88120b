#pragma once

#include <cstdint>
#include <memory>
#include <string>

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
    explicit SpoolReader(FileDescriptor file) : file_(std::move(file)) {}
    [[nodiscard]] std::uint64_t total() const;

    FileDescriptor file_;
    std::uint64_t told_ = 0;
};

/// The spooled output of a run that an earlier process began; null where there is none. The file
/// goes with its last owner.
[[nodiscard]] std::shared_ptr<const CapturedOutput> recover_output(const std::string& path);

}  // namespace quantum
