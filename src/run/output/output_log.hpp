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

namespace quantum::run {

/// The open file of an OutputFile: appends, and rotates by size.
///
/// Thread-safety: every method may be called from any thread.
class OutputLog {
public:
    explicit OutputLog(OutputFile file) : file_(std::move(file)) {}
    OutputLog(const OutputLog&) = delete;
    OutputLog& operator=(const OutputLog&) = delete;

    /// Opens the file, which may take time, so that `write` finds it open and need not wait. An
    /// error is reported by the first `write`.
    void prepare() QUANTUM_EXCLUDES(mutex_);

    /// Appends the bytes, to a single file if they fit into one. After an error, nothing more is
    /// written, and only the first error is reported.
    [[nodiscard]] Status write(std::string_view bytes) QUANTUM_EXCLUDES(mutex_);

    /// The instance for a file, shared with everybody else in this process that has it open, so
    /// that concurrent runs rotate it once.
    [[nodiscard]] static std::shared_ptr<OutputLog> of(const OutputFile& file);

private:
    [[nodiscard]] Status open() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] Status rotate() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] static Status refuse(const Error& error);
    [[nodiscard]] Status append(std::string_view bytes) QUANTUM_REQUIRES(mutex_);

    const OutputFile file_;
    base::Mutex mutex_;  // a leaf
    base::FileDescriptor descriptor_ QUANTUM_GUARDED_BY(mutex_);
    std::optional<base::FoundPath> place_ QUANTUM_GUARDED_BY(mutex_);  // while descriptor_ is open
    std::uint64_t size_ QUANTUM_GUARDED_BY(mutex_) = 0;
    bool broken_ QUANTUM_GUARDED_BY(mutex_) = false;
    Status prepared_ QUANTUM_GUARDED_BY(mutex_);  ///< an error that is still to be said
};

}  // namespace quantum::run
