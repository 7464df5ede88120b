#pragma once

#include "quantum/scheduler.hpp"
#include "quantum/stages/supervisor.hpp"

namespace quantum {

/// A scheduler as a supervisor's child: it is started with its turn, stopped (timeout being half
/// of the child's time for shutdown) in reverse order, and started again when it fails.
///
///     auto top = start_supervisor(stages, {}, {child(stages, scheduler), child(web)});
///
/// `scheduler` outlives the supervisor. It must not share its runtime with `stages`: starting and
/// stopping wait for its pipeline.
[[nodiscard]] ChildSpec child(StageSystem& stages, Scheduler& scheduler,
                              ChildOptions options = {.shutdown = std::chrono::seconds(60)});

}  // namespace quantum
