#pragma once

#include <cstdint>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/common/job_handle.hpp"

namespace quantum::scheduler {

/// What JobBroadcaster tells ExecutionBroadcaster. Each says how things are, not what changed, so
/// that hearing it twice does no harm.
struct JobEvent {
    enum class Kind : std::uint8_t {
        add,       ///< the job is active under this definition
        remove,    ///< the job is not active
        run,       ///< requests to run jobs are waiting
        accepted,  ///< all changes up to `number` have been told
        complete,  ///< the whole table has been told
    };

    Kind kind = Kind::add;
    bool deleted = false;  ///< of remove: the job is gone, not just inactive
    bool kill = false;     ///< of remove: its runs are told to end
    JobHandle handle{};
    std::uint32_t revision = 0;
    JobRef job;
    WallTime instant;  ///< from when on the definition, or its end, is in force
    std::uint64_t number = 0;
};

}  // namespace quantum::scheduler
