#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/detail/stage/supervisor_cell.hpp"
#include "quantum/detail/stage/system.hpp"

namespace quantum {

/// Describes a stage as a supervisor's child. The reference remains valid across restarts.
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
/// Stopping it first stops its children, in reverse order, each with its own timeout.
/// Thread-safety: every method may be called from any thread. Errors: those of StageRef::call.
class SupervisorRef : public StageHandle {
public:
    SupervisorRef() = default;
    explicit SupervisorRef(std::shared_ptr<detail::SupervisorCell> cell)
        : StageHandle(std::move(cell)) {}

    /// Starts another child, after the existing ones. It keeps its position until it ends for good.
    /// Also fails with `already_exists` if its ID or name is taken, and with `unavailable` if it
    /// does not start.
    [[nodiscard]] Status add_child(ChildSpec spec,
                                   Duration timeout = std::chrono::seconds(5)) const;

    /// Stops a child and waits until it has stopped; after its `shutdown` time it is killed. It
    /// stays stopped, whatever its restart mode. A temporary child, or a child created for an
    /// event, is removed. Also fails with `not_found`.
    [[nodiscard]] Status stop_child(std::string_view id, Duration timeout = Duration::max()) const;

    /// Starts a child that was stopped or has ended, in its old position; references to it become
    /// valid again. Also fails with `not_found`, with `already_exists` if it is running, and with
    /// `unavailable` if it does not start.
    [[nodiscard]] Status restart_child(std::string_view id,
                                       Duration timeout = std::chrono::seconds(5)) const;

    /// Removes a child that was stopped or has ended. Also fails with `not_found`, and with
    /// `invalid_argument` if it is running.
    [[nodiscard]] Status remove_child(std::string_view id,
                                      Duration timeout = std::chrono::seconds(5)) const;

    /// In the order they were started. Children that have ended but keep their position are not
    /// running.
    [[nodiscard]] Result<std::vector<ChildInfo>> children(
        Duration timeout = std::chrono::seconds(5)) const;
};

/// Creates a supervisor that does not run yet: for children of another supervisor.
///
/// A child that stops is reported to it and restarted according to its ChildOptions: a new object
/// is created in the same stage, so references remain valid and waiting messages are kept. Restarts
/// are counted; too many in too short a time stop the supervisor with an error, which its own
/// supervisor may handle.
[[nodiscard]] SupervisorRef prepare_supervisor(StageSystem& system, SupervisorOptions options,
                                               std::vector<ChildSpec> children);

/// Starts a supervisor and its children, in order, on this thread. Errors: `unavailable` if a child
/// does not start; those started before it are then stopped again.
[[nodiscard]] Result<SupervisorRef> start_supervisor(StageSystem& system, SupervisorOptions options,
                                                     std::vector<ChildSpec> children);

[[nodiscard]] ChildSpec child(const SupervisorRef& prepared,
                              ChildOptions options = {.shutdown = Duration::max()});

}  // namespace quantum
