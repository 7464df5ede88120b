#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// How many descriptors a process may open.
struct DescriptorLimit {
    unsigned long long soft = 0;
    unsigned long long hard = 0;
};

/// A child process to be, down to what the kernel needs.
struct SpawnRequest {
    std::vector<std::string> arguments;   ///< argv
    std::vector<std::string> candidates;  ///< paths for execve, tried in order
    std::vector<std::string> environment;
    std::string working_directory;  ///< empty: unchanged
    int input = -1;                 ///< what becomes descriptor 0; borrowed
    unsigned file_mode_mask = 022;
    /// Set in the child where the program that spawns has raised its own.
    std::optional<DescriptorLimit> descriptor_limit;
};

/// A child that runs its program. Whoever holds it owes one `waitid` on `pidfd`.
struct SpawnedChild {
    pid_t pid = 0;
    FileDescriptor pidfd;
    FileDescriptor output;  ///< read ends, non-blocking
    FileDescriptor error;
};

/// Starts a child in its own session and process group with descriptors 0-2 only, every signal
/// handled by default and none blocked.
///
/// The child shares the memory of this process until it has executed its program (vfork), so that
/// a large process starts children as fast as a small one; the calling thread waits that long.
/// What fails in the child is an error here, with what was tried and why not; no child is left.
///
/// Thread-safety: may be called from any thread, also from several at once.
[[nodiscard]] Result<SpawnedChild> spawn(const SpawnRequest& request);

}  // namespace quantum
