#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/planner.hpp"
#include "scheduler/runs/executor.hpp"

namespace quantum::scheduler {

/// A request to start nothing new; answered when nothing is running and all ends are stored. Runs
/// that are still in progress after the given time are terminated, then killed, then recorded as
/// lost. From the first of these steps on, a storage that rejects batches is not waited for. A run
/// that makes the request is not waited for either: it is recorded as lost when only such are left.
struct DrainRequest {
    /// How many runs were cut short.
    struct Drained {
        std::size_t ended_by_force = 0;
        std::size_t lost = 0;
        std::size_t unstored = 0;  ///< ends
    };
    using Reply = Drained;
    Duration patience{};
    Duration kill_after{};
    std::optional<ExecutionId> caller = std::nullopt;  ///< the run whose function asks for it
};

/// The last action taken on running jobs.
enum class DrainStage : std::uint8_t {
    waiting,
    asked,
    killed,
    functions_lost,  ///< what cannot be killed is recorded as lost
    all_lost,
    over,
};

/// The state of a drain; outlives the stage.
struct DrainState {
    bool draining = false;
    std::size_t ended_by_force = 0;
    std::size_t lost = 0;
    std::vector<From<DrainRequest::Drained>> waiting;
    std::vector<ExecutionId> callers;  ///< runs that are waiting for it themselves
    DrainStage stage = DrainStage::waiting;
    Duration kill_after{};
    std::optional<BootTime> next_step;
    bool given_up = false;  ///< some ends could not be stored
};

/// Stops a scheduler: running jobs are waited for, terminated, killed, and recorded as lost.
///
///     12:00:00  ask(18 s): nothing starts any more, three runs are under way
///     12:00:18  two go on: they are told to end (`asked`), and have `kill_after` for that
///     12:00:26  they are killed; a function cannot be, and is recorded as lost at once; a process
///               has two seconds to be gone
///     12:00:28  it is recorded as lost; the answer says how many were ended by force and lost
///
/// Owned by ExecutionBroadcaster, used only on its turns; what must survive a crash of the stage is
/// in DrainState.
class Drain {
public:
    Drain(DrainState& drain, ExecutionState& executions, const Planner& planner, Executor& executor,
          Clock& clock)
        : drain_(drain),
          state_(executions),
          planner_(planner),
          executor_(executor),
          clock_(clock) {}

    [[nodiscard]] bool has_begun() const { return drain_.draining; }
    /// True if it is over, but some ends could not be stored.
    [[nodiscard]] bool has_given_up() const { return drain_.given_up; }
    /// When `step` is to be called next.
    [[nodiscard]] std::optional<BootTime> next_step() const { return drain_.next_step; }

    /// Starts a drain, or shortens the wait of one in progress. Returns true if it has just
    /// started.
    bool ask(const DrainRequest& request, From<DrainRequest::Drained> from);
    /// Takes the steps that are due. Returns true if batches that were rejected should be sent to
    /// the storage again.
    [[nodiscard]] bool step();
    /// Answers if there is nothing left to wait for. `storage_refuses`: ends are waiting to be
    /// stored, for an unknown time. Returns true if there are new ends to be planned.
    [[nodiscard]] bool look(bool storage_refuses);

private:
    [[nodiscard]] Duration time_of_stage();
    void end_runs(const std::vector<EntryHandle>& running);
    void end_run(EntryHandle entry_handle);
    void lose(EntryHandle entry_handle);
    [[nodiscard]] bool is_caller(EntryHandle entry_handle) const;
    [[nodiscard]] bool can_be_killed(EntryHandle entry_handle) const;
    [[nodiscard]] bool leave_callers();
    [[nodiscard]] std::vector<EntryHandle> under_way();
    [[nodiscard]] std::size_t unstored_ends() const;
    void give_up();
    void answer();

    DrainState& drain_;
    ExecutionState& state_;
    const Planner& planner_;
    Executor& executor_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
