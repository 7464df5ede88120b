#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"
#include "run/process/identity.hpp"
#include "run/process/reap_reservation.hpp"
#include "run/process/start_handle.hpp"

namespace quantum::run {

/// The limit of open descriptors of a process.
struct DescriptorLimit {
    unsigned long long soft = 0;
    unsigned long long hard = 0;
};

/// A resource limit of a child, with the kernel's number for the resource.
struct SpawnLimit {
    int resource = 0;
    unsigned long long soft = 0;
    unsigned long long hard = 0;
};

/// The description of a child process in the kernel's terms.
struct SpawnRequest {
    std::vector<std::string> arguments;   ///< argv
    std::vector<std::string> candidates;  ///< paths for execve, tried in order
    std::vector<std::string> environment;
    std::string working_directory;  ///< empty: unchanged
    bool or_in_root = false;        ///< if it cannot be entered, use "/"
    int input = -1;                 ///< becomes descriptor 0; borrowed
    unsigned file_mode_mask = 022;
    std::vector<SpawnLimit> limits{};
    std::optional<int> nice{};
    /// The identity of the child; none: that of this process. Read back in the child, which ends
    /// before executing anything if there is any difference.
    std::optional<Identity> identity{};
    bool new_privileges = true;
    bool fresh_scheduling = false;  ///< the machine's instead of this process's own
    int control_group = -1;         ///< the open `cgroup.procs` of the group it joins; -1: none
    const Clock* clock = nullptr;   ///< for `SpawnedChild::executed`; null: that stays empty
    StartHandle* handle = nullptr;  ///< allows giving up the start; null: nobody does
};

/// A child that runs its program. Its owner must call `waitid` once; until then its process ID is
/// not reused.
struct SpawnedChild {
    pid_t pid = 0;
    BootTime executed{};          ///< when it executed its program
    base::FileDescriptor output;  ///< read ends, non-blocking
    base::FileDescriptor error;
    ReapReservation own{};      ///< kept until it has been reaped
    int directory_failure = 0;  ///< errno of the working directory that could not be entered
};

/// Starts a child in its own session and process group, with descriptors 0-2 only, default signal
/// dispositions, and no signal blocked.
///
/// The child shares the memory of this process until it has executed its program (vfork), so that a
/// large process starts children as fast as a small one; the calling thread waits that long, and
/// for a child that hangs until `handle` gives it up. If something fails in the child, the result
/// is an error that says what was attempted and why it failed, and no child is left.
///
/// Thread-safety: may be called from any thread, even from several at once.
[[nodiscard]] Result<SpawnedChild> spawn(const SpawnRequest& request);

/// Kills a child of this process, and its group if it leads one, and waits for its end.
void end_child(pid_t pid);

}  // namespace quantum::run
