#pragma once

#include "quantum/scheduler.hpp"
#include "quantum/stages/supervisor.hpp"

namespace quantum {

/// A scheduler as a supervisor's child: it is started in order, stopped in reverse order (with half
/// of the child's shutdown time as the timeout), and restarted when it fails.
///
///     auto top = start_supervisor(stages, {}, {child(stages, scheduler), child(web)});
///
/// `scheduler` must outlive the supervisor. It must not share its runtime with `stages`, because
/// starting and stopping wait for its pipeline.
[[nodiscard]] ChildSpec child(StageSystem& stages, Scheduler& scheduler,
                              ChildOptions options = {.shutdown = std::chrono::seconds(60)});

}  // namespace quantum
