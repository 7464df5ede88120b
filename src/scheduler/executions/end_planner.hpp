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

/// Plans what ends, and what that makes room for: ends of runs, further attempts, runs that waited
/// for a slot, for their turn or for an instant.
///
/// Owned by Planner; touched on ExecutionBroadcaster's turns only.
class EndPlanner {
public:
    EndPlanner(ExecutionState& state, const PlanDraft& draft, const PlannerOptions& options)
        : state_(state), draft_(draft), options_(options) {}

    // What Planner adds to a plan, in this order.
    void add_expired();
    void add_finishes();
    void add_withdrawn();
    void wake();
    void promote();

    // What a new due time does to the runs before it.
    /// The next attempt is not made: the entry ends as the last one did.
    void give_up(EntryHandle entry_handle, bool superseded);
    void drop(EntryHandle entry_handle, SkipReason reason);
    /// The next due time ends the attempts of those before it.
    void end_retries(std::uint32_t index, const std::string* target);
    /// Whose attempt ended in this very plan, to be followed by another: there is none. False where
    /// that is not how it stands.
    bool forgo_attempt(EntryHandle entry_handle);

    /// Claimed, and may start at `not_before`.
    void wait_for_time(EntryHandle entry_handle);

private:
    [[nodiscard]] bool is_expiring(EntryHandle entry_handle) const;
    std::optional<WallTime> end_attempt(const OpenEntry& entry, const Completion& run);
    [[nodiscard]] std::optional<WallTime> retry_of(const OpenEntry& entry, const Completion& run);
    void release_stuck(EntryHandle entry_handle);
    void give_turn(std::uint32_t index);
    void drop_late(EntryHandle entry_handle);
    [[nodiscard]] static bool outlives_next(const OpenEntry& entry);
    [[nodiscard]] bool is_overtaken(const OpenEntry& entry);

    ExecutionState& state_;
    const PlanDraft& draft_;
    const PlannerOptions& options_;
};

}  // namespace quantum::scheduler
