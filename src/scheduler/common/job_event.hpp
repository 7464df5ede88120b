#pragma once

#include <cstdint>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/common/job_handle.hpp"

namespace quantum::scheduler {

/// Events from JobBroadcaster to ExecutionBroadcaster. Each describes the current state rather than
/// a change, so that receiving it twice does no harm.
struct JobEvent {
    enum class Kind : std::uint8_t {
        add,       ///< the job is active under this definition
        remove,    ///< the job is not active
        run,       ///< requests to run jobs are waiting
        accepted,  ///< all changes up to `number` have been sent
        complete,  ///< the whole table has been sent
    };

    Kind kind = Kind::add;
    bool deleted = false;  ///< for remove: the job is deleted, not just inactive
    bool kill = false;     ///< for remove: its runs are terminated
    bool unbound = false;  ///< the job has no function: what is due waits for it
    JobHandle handle{};
    std::uint32_t revision = 0;
    JobRef job;
    WallTime instant;  ///< when the definition takes effect or ends
    std::uint64_t number = 0;
};

}  // namespace quantum::scheduler
