#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/output_file.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"
#include "base/mutex.hpp"
#include "base/path_walk.hpp"

namespace quantum {

/// The open file of an OutputFile: appends, and rotates by size.
///
/// Thread-safety: every method may be called from any thread.
class OutputLog {
public:
    explicit OutputLog(OutputFile file) : file_(std::move(file)) {}
    OutputLog(const OutputLog&) = delete;
    OutputLog& operator=(const OutputLog&) = delete;

    /// Appends the bytes, in one file where they fit into one. After an error nothing is written
    /// any more, and only the first one is told.
    [[nodiscard]] Status write(std::string_view bytes) QUANTUM_EXCLUDES(mutex_);

    /// That of the file, shared with whoever else has it open in this process, so that runs at the
    /// same time rotate it once.
    [[nodiscard]] static std::shared_ptr<OutputLog> of(const OutputFile& file);

private:
    [[nodiscard]] Status open() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] Status rotate() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] static Status refuse(const Error& error);
    [[nodiscard]] Status append(std::string_view bytes) QUANTUM_REQUIRES(mutex_);

    const OutputFile file_;
    Mutex mutex_;  // a leaf
    FileDescriptor descriptor_ QUANTUM_GUARDED_BY(mutex_);
    std::optional<FoundPath> place_ QUANTUM_GUARDED_BY(mutex_);  // while descriptor_ is open
    std::uint64_t size_ QUANTUM_GUARDED_BY(mutex_) = 0;
    bool broken_ QUANTUM_GUARDED_BY(mutex_) = false;
};

}  // namespace quantum
