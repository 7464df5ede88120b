#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

#include "quantum/clock.hpp"

#include "run/process/child_rights.hpp"
#include "run/process/in_child.hpp"
#include "run/process/spawn.hpp"
#include "run/process/start_handle.hpp"

namespace quantum::run {

/// What a child does before it executes its program, in this order except for `given_up`.
enum class StartStep : std::uint8_t {
    given_up,
    descriptors,
    session,
    control_group,
    scheduling,
    priority,
    limits,
    identity,
    privileges,
    directory,
    program,
};

/// Everything the child needs, laid out before it exists, and the way it reports back.
struct ChildPlan {
    pid_t* number;  ///< where it says who it is
    StartHandle::Cells* handle;
    int control_group;
    int input;
    int output;
    int error;
    unsigned file_mode_mask;
    const char* directory;
    bool or_in_root;
    const SpawnLimit* limits;
    std::size_t limit_count;
    const int* nice;
    ChildRights rights;
    bool fresh_scheduling;
    char* const* arguments;
    char* const* environment;
    char* const* candidates;

    const Clock* clock;
    BootTime executed;
    StartStep failed_step;
    int failure;  ///< errno of the failed step; 0 while there is none
    std::size_t failed_candidate;
    int failed_limit;
    int directory_failure;  ///< errno, where it runs in "/" instead
};

/// The child's side of a start: takes over what `argument`, a ChildPlan, describes, and executes
/// the program. Comes back never; a failure is in the plan when the child has ended.
QUANTUM_IN_CHILD int child_main(void* argument);

}  // namespace quantum::run
