#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/executions/end_planner.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/next_dues.hpp"
#include "scheduler/executions/plan_draft.hpp"
#include "scheduler/executions/planner_options.hpp"
#include "scheduler/executions/targets.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

/// Plans due times and requests to run now.
///
/// Owned by Planner; used only on ExecutionBroadcaster's turns.
class DuePlanner {
public:
    DuePlanner(ExecutionState& state, Timeline& timeline, NextDues& next_dues, EndPlanner& ends,
               const PlanDraft& draft, const PlannerOptions& options)
        : state_(state),
          timeline_(timeline),
          next_dues_(next_dues),
          ends_(ends),
          draft_(draft),
          options_(options) {}

    // Called by Planner to add to a plan, in this order.
    void add_carry_overs();
    void add_manual();
    void add_due();

    /// True if a due time must not be decided before a change in transit has arrived.
    [[nodiscard]] bool waits_for_change(WallTime due, WallTime now) const;
    /// The last plan was not stored: start over with its instant.
    void forget_instant() { continued_.reset(); }

private:
    /// The job whose due time is being decided.
    struct Subject {
        JobHandle handle;
        const JobRef& job;
        std::uint32_t revision;
        ExecutionKind kind = ExecutionKind::scheduled;
        const ManualRun* asked = nullptr;
        const Target* target = nullptr;
        bool follows = false;  ///< a missed run that follows earlier ones
        bool unbound = false;  ///< its function is missing: what is due waits for it

        /// The node, if it has its own entry.
        [[nodiscard]] const std::string* own_target() const {
            return target != nullptr && target->own_entry ? target->node.get() : nullptr;
        }
    };

    [[nodiscard]] std::optional<ExecutionId> known_key(const ManualRun& asked);
    void note_lateness(WallTime due);
    void claim(std::uint32_t index, WallTime due);
    [[nodiscard]] WallTime missed_until(WallTime now) const;
    /// Adds rows for the runs in [from, until] left out because of a gap (`dst_gap = skip`).
    void left_out(const Subject& subject, WallTime from, WallTime until);
    void decide(const Subject& subject, const Decision& decision);
    void decide_on(const Subject& subject, const Decision& decision);
    template <class Do>
    void on_targets(const Subject& subject, WallTime due, const Do& act);
    void run(const Subject& subject, WallTime due, ExecutionId id);
    void answer(const Subject& subject, Result<ExecutionId> result);
    void wait_for_function(const Subject& subject, WallTime due, ExecutionId id);
    void add_entry(const Subject& subject, const OpenEntry& open);
    [[nodiscard]] OpenEntry& draft_entry(const Subject& subject, WallTime due, ExecutionId id);
    void claim_entry(const Subject& subject, const OpenEntry& open);
    void not_run(const Subject& subject, const DueRange& range, ExecutionId id,
                 std::optional<ExecutionId> covered_by);
    [[nodiscard]] Entry entry_of(const Subject& subject, WallTime due, ExecutionId id) const;

    ExecutionState& state_;
    Timeline& timeline_;
    NextDues& next_dues_;
    EndPlanner& ends_;
    const PlanDraft& draft_;
    const PlannerOptions& options_;
    std::optional<WallTime> continued_;  // the instant whose first slice has been sent
};

}  // namespace quantum::scheduler
