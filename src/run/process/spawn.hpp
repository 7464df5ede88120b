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

namespace quantum {

/// How many descriptors a process may open.
struct DescriptorLimit {
    unsigned long long soft = 0;
    unsigned long long hard = 0;
};

/// One resource limit of a child, by the kernel's number for the resource.
struct SpawnLimit {
    int resource = 0;
    unsigned long long soft = 0;
    unsigned long long hard = 0;
};

/// A child process to be, down to what the kernel needs.
struct SpawnRequest {
    std::vector<std::string> arguments;   ///< argv
    std::vector<std::string> candidates;  ///< paths for execve, tried in order
    std::vector<std::string> environment;
    std::string working_directory;  ///< empty: unchanged
    bool or_in_root = false;        ///< where that cannot be entered: in "/"
    int input = -1;                 ///< what becomes descriptor 0; borrowed
    unsigned file_mode_mask = 022;
    std::vector<SpawnLimit> limits{};
    std::optional<int> nice{};
    /// As whom it runs; none: as this process does. Read back in the child: what is not exactly so
    /// ends it before it has run anything.
    std::optional<Identity> identity{};
    bool new_privileges = true;
    int control_group = -1;         ///< the open `cgroup.procs` of the group it joins; -1: none
    const Clock* clock = nullptr;   ///< tells `SpawnedChild::executed`; null: that stays empty
    StartHandle* handle = nullptr;  ///< gives the start up; null: nobody does
};

/// A child that runs its program. Whoever holds it owes one `waitid`; until then its number is its
/// own.
struct SpawnedChild {
    pid_t pid = 0;
    BootTime executed{};    ///< when it executed its program
    FileDescriptor output;  ///< read ends, non-blocking
    FileDescriptor error;
    ReapReservation own{};      ///< kept until it has been waited for
    int directory_failure = 0;  ///< errno of the working directory that it is not in
};

/// Starts a child in its own session and process group with descriptors 0-2 only, every signal
/// handled by default and none blocked.
///
/// The child shares the memory of this process until it has executed its program (vfork), so that
/// a large process starts children as fast as a small one; the calling thread waits that long, and
/// for a child that hangs until `handle` gives it up. What fails in the child is an error here,
/// with what was tried and why not; no child is left.
///
/// Thread-safety: may be called from any thread, also from several at once.
[[nodiscard]] Result<SpawnedChild> spawn(const SpawnRequest& request);

/// Kills a child of this process, and its group if it leads one, and waits for its end.
void end_child(pid_t pid);

}  // namespace quantum
