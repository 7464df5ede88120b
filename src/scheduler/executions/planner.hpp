#pragma once

#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/executions/bind_planner.hpp"
#include "scheduler/executions/due_planner.hpp"
#include "scheduler/executions/end_planner.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/next_dues.hpp"
#include "scheduler/executions/plan.hpp"
#include "scheduler/executions/plan_draft.hpp"
#include "scheduler/executions/planner_options.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

/// Turns due times, ends and requests into plans, and stored plans into executions.
///
/// A plan is made, stored, and then either committed or rolled back; nothing of it is visible
/// outside before that. An example in which the storage rejects a plan:
///
///     12:00:00  plan():      the job's position moves from 11:00 to 12:00, an entry is drafted
///     12:00:00  the storage answers that it failed
///     12:00:01  roll_back(): the position is 11:00 again, the entry is gone, the job stands at
///               12:00 on the timeline; the next plan decides the same due time once more
///
/// All decisions are made here, from the state, the timeline and `now`: no clock is read, and
/// nothing is sent. Owned by ExecutionBroadcaster, used only on its turns.
class Planner {
public:
    Planner(ExecutionState& state, Timeline& timeline, NextDues& next_dues,
            const PlannerOptions& options);
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;

    /// Decides what can be decided now, up to a slice. With `firing` off: only ends and
    /// corrections, no new starts. Must not be called while a plan is being stored.
    [[nodiscard]] Plan plan(WallTime now, BootTime boot, bool firing);

    /// The plan has been stored: returns its executions, to be sent downstream. `deferred` jobs are
    /// not back on the timeline yet.
    [[nodiscard]] std::vector<Execution> commit(Plan& plan, WallTime now, BootTime boot);

    /// The plan could not be stored: restores everything to the state before it was made.
    void roll_back(Plan&& plan);

    /// True if a due time must not be decided before a change in transit has arrived.
    [[nodiscard]] bool waits_for_change(WallTime due, WallTime now) const {
        return dues_.waits_for_change(due, now);
    }

    /// A started entry as an execution, again: the first one was lost between stages.
    [[nodiscard]] Execution execution_of(EntryHandle entry_handle, const OpenEntry& entry,
                                         WallTime now, BootTime boot) const;

private:
    /// Everything except the job.
    static void fill(Execution& execution, EntryHandle entry_handle, const OpenEntry& entry,
                     WallTime now, BootTime boot);
    void note_end(const Completion& run);
    void prepare_retry(EndedAttempt& ended);
    void roll_back(GivenUp& given_up);
    void roll_back_bound(Plan& plan);
    void roll_back_claims(const Plan& plan);
    void restore(EntryHandle entry_handle, Phase was);

    ExecutionState& state_;
    Timeline& timeline_;
    const PlannerOptions options_;
    PlanDraft draft_;
    EndPlanner ends_;
    BindPlanner bindings_;
    DuePlanner dues_;
};

}  // namespace quantum::scheduler
