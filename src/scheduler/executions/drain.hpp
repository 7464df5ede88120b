#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/runs/executor.hpp"

namespace quantum::scheduler {

/// No new starts; answered when no run is under way and all ends are stored. What still runs after
/// `patience` is told to end, then killed, then given up as lost. From the first of these steps on
/// nobody waits for a storage that refuses.
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
};

/// What was done last about what runs.
enum class DrainStage : std::uint8_t { waiting, asked, killed, given_up_as_lost, over };

/// What a drain has come to; outlives the stage.
struct DrainState {
    bool draining = false;
    std::size_t ended_by_force = 0;
    std::size_t lost = 0;
    std::vector<From<DrainRequest::Drained>> waiting;
    DrainStage stage = DrainStage::waiting;
    Duration kill_after{};
    std::optional<BootTime> next_step;
    bool given_up = false;  ///< ends are left that could not be stored
};

/// The end of a scheduler: what runs is waited for, asked, killed, given up as lost.
///
///     12:00:00  ask(18 s): nothing starts any more, two runs are under way
///     12:00:18  one goes on: it is told to end (`asked`), and has `kill_after` for that
///     12:00:26  it is killed, and has two seconds to be gone
///     12:00:28  it is recorded as lost; the answer says how many were ended by force and lost
///
/// Owned by ExecutionBroadcaster, used on its turns only; what must outlive a crash of the stage is
/// in DrainState.
class Drain {
public:
    Drain(DrainState& drain, ExecutionState& executions, Executor& executor, Clock& clock)
        : drain_(drain), state_(executions), executor_(executor), clock_(clock) {}

    [[nodiscard]] bool has_begun() const { return drain_.draining; }
    /// It is over, and ends are left that could not be stored.
    [[nodiscard]] bool has_given_up() const { return drain_.given_up; }
    /// When `step` is to be called next.
    [[nodiscard]] std::optional<BootTime> next_step() const { return drain_.next_step; }

    /// Begins, or shortens the wait of one that has begun. True: it has begun just now.
    bool ask(const DrainRequest& request, From<DrainRequest::Drained> from);
    /// Does what is due. True: what the storage refused is to be offered to it again.
    [[nodiscard]] bool step();
    /// Answers if there is nothing left to wait for. `storage_refuses`: ends wait to be stored, and
    /// nobody knows how long.
    void look(bool storage_refuses);

private:
    void end_runs(const std::vector<EntryHandle>& running);
    [[nodiscard]] std::vector<EntryHandle> under_way();
    [[nodiscard]] std::size_t unstored_ends() const;
    void give_up();
    void answer();

    DrainState& drain_;
    ExecutionState& state_;
    Executor& executor_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
