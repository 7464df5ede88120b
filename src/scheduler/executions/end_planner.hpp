#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/plan_draft.hpp"
#include "scheduler/executions/planner_options.hpp"

namespace quantum::scheduler {

/// Plans ends and what they make room for: ends of runs, retries, and runs that waited for a slot,
/// for their turn or for an instant.
///
/// Owned by Planner; used only on ExecutionBroadcaster's turns.
class EndPlanner {
public:
    EndPlanner(ExecutionState& state, const PlanDraft& draft, const PlannerOptions& options)
        : state_(state), draft_(draft), options_(options) {}

    // Called by Planner to add to a plan, in this order.
    void add_expired();
    void add_finishes();
    void add_withdrawn();
    void wake();
    void promote();

    // The effects of a new due time on earlier runs.
    /// Cancels the next attempt: the entry ends with the outcome of the last one.
    void give_up(EntryHandle entry_handle, bool superseded);
    void drop(EntryHandle entry_handle, SkipReason reason);
    /// It is coalesced, covered by the run of `cover`.
    void cover(EntryHandle entry_handle, EntryHandle cover);
    /// Earlier runs of the job make room: what runs is told to end, what waits is not begun.
    void replace(std::uint32_t index, const std::string* target);
    /// The next due time ends the retries of earlier ones.
    void end_retries(std::uint32_t index, const std::string* target);
    /// Cancels the retry of an entry whose attempt ended in this very plan. Returns false if there
    /// is none.
    bool forgo_attempt(EntryHandle entry_handle);

    /// The entry is claimed, and may start at `not_before`.
    void wait_for_time(EntryHandle entry_handle);
    /// The oldest run that waits for others of its job goes on, unless one is in its way.
    void give_turn(std::uint32_t index);

private:
    [[nodiscard]] bool is_expiring(EntryHandle entry_handle) const;
    std::optional<WallTime> end_attempt(const OpenEntry& entry, const Completion& run);
    [[nodiscard]] std::optional<WallTime> retry_of(const OpenEntry& entry, const Completion& run);
    void release_stuck(EntryHandle entry_handle);
    void drop_late(EntryHandle entry_handle);
    void drop_as(EntryHandle entry_handle, EntryState state, SkipReason reason);
    [[nodiscard]] static bool outlives_next(const OpenEntry& entry);
    [[nodiscard]] bool is_overtaken(const OpenEntry& entry);

    ExecutionState& state_;
    const PlanDraft& draft_;
    const PlannerOptions& options_;
};

}  // namespace quantum::scheduler
