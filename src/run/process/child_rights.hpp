#pragma once

#include <cstddef>

#include <sys/types.h>

#include "run/process/identity.hpp"
#include "run/process/in_child.hpp"

namespace quantum::run {

/// The identity and privileges of a child, prepared before it exists.
struct ChildRights {
    const Identity* identity = nullptr;  ///< null: that of this process
    const gid_t* groups = nullptr;       ///< sorted
    gid_t* groups_read = nullptr;        ///< room for one more than expected
    std::size_t group_count = 0;
    bool new_privileges = true;
    bool is_roots = false;  ///< this process is root
};

/// Gives the child its identity and exactly its privileges. Each is set and read back, because a
/// kernel or sandbox that only pretends must not let a job run as root. A child that does not end
/// up as root has no capability left in any set. Called in the child. Returns an errno, 0 on
/// success.
QUANTUM_IN_CHILD int take_rights(const ChildRights& rights);

/// Resets the scheduling class, nice value, I/O class, affinity and OOM score of the child to the
/// defaults. A setting that makes the child less important may stay if this process lacks the
/// privilege to change it; as root, nothing else may. Called in the child. Returns an errno, 0 on
/// success.
QUANTUM_IN_CHILD int take_fresh_scheduling(bool is_roots);

}  // namespace quantum::run
