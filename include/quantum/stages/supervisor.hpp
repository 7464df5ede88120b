#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/detail/stage/supervisor_cell.hpp"
#include "quantum/detail/stage/system.hpp"

namespace quantum {

/// Describes a stage as a supervisor's child. The reference stays good over restarts.
///
///     auto jobs = stages.prepare<Jobs>({.name = "jobs"});
///     auto runs = stages.prepare<Runs>({.subscribe_to = {{jobs}}});
///     auto top = start_supervisor(stages, {.strategy = Strategy::rest_for_one},
///                                 {child(jobs), child(runs, {.restart = Restart::transient})});
template <std::derived_from<Stage> S>
[[nodiscard]] ChildSpec child(const StageRef<S>& prepared, ChildOptions options = {}) {
    return {prepared.cell(), &typeid(S), std::move(options)};
}

/// A running supervisor.
///
/// Stopping it stops its children first, the latest started first, each with its own time-out.
/// Thread-safety: every method from any thread. Errors: as of StageRef::call.
class SupervisorRef : public StageHandle {
public:
    SupervisorRef() = default;
    explicit SupervisorRef(std::shared_ptr<detail::SupervisorCell> cell)
        : StageHandle(std::move(cell)) {}

    /// Starts one more child, after those there are. It keeps its place until it ends for good.
    /// Errors besides: `already_exists` if its id or name is taken; `unavailable` if it does not
    /// start.
    [[nodiscard]] Status add_child(ChildSpec spec,
                                   Duration timeout = std::chrono::seconds(5)) const;

    /// Stops a child, which then stays stopped whatever its restart mode says, and waits until it
    /// did: after its `shutdown` time it is killed. A temporary child, and a child of an event, is
    /// forgotten. Errors besides: `not_found`.
    [[nodiscard]] Status stop_child(std::string_view id, Duration timeout = Duration::max()) const;

    /// Starts a child that was stopped or has ended, in its place: references to it are good again.
    /// Errors besides: `not_found`; `already_exists` if it runs; `unavailable` if it does not
    /// start.
    [[nodiscard]] Status restart_child(std::string_view id,
                                       Duration timeout = std::chrono::seconds(5)) const;

    /// Forgets a child that was stopped or has ended.
    /// Errors besides: `not_found`; `invalid_argument` if it runs.
    [[nodiscard]] Status remove_child(std::string_view id,
                                      Duration timeout = std::chrono::seconds(5)) const;

    /// In the order they were started. Children that ended and keep their place are not running.
    [[nodiscard]] Result<std::vector<ChildInfo>> children(
        Duration timeout = std::chrono::seconds(5)) const;
};

/// A supervisor that does not run yet: for children of another supervisor.
///
/// A child that stops is reported to it and restarted as its ChildOptions say: a new object is made
/// in the same stage, so references stay good and messages that wait are kept. Restarts are
/// counted; too many in too short a time stop the supervisor with an error, which its own
/// supervisor may cure.
[[nodiscard]] SupervisorRef prepare_supervisor(StageSystem& system, SupervisorOptions options,
                                               std::vector<ChildSpec> children);

/// Starts a supervisor and its children, in order, on this thread.
/// Errors: `unavailable` if a child does not start; those before it are then stopped again.
[[nodiscard]] Result<SupervisorRef> start_supervisor(StageSystem& system, SupervisorOptions options,
                                                     std::vector<ChildSpec> children);

[[nodiscard]] ChildSpec child(const SupervisorRef& prepared,
                              ChildOptions options = {.shutdown = Duration::max()});

}  // namespace quantum
