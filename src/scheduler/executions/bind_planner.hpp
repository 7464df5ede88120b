#pragma once

#include <map>
#include <utility>
#include <vector>

#include "quantum/job.hpp"

#include "scheduler/entries/open_entries.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/executions/end_planner.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/plan_draft.hpp"
#include "scheduler/executions/planner_options.hpp"

namespace quantum::scheduler {

/// Plans what becomes of due times that were claimed while their job was unbound, once its function
/// is there: the misfire policy decides among them as among missed ones. Each is decided by the
/// definition that claimed it, whichever brought the function: a due time that was coalesced into
/// one of them stays covered. After a restart that is the definition in force.
///
///     12:00, 12:10, 12:20   "*/10 * * * *" is due, its grace is an hour: three claims wait
///     12:25                 the function arrives, and with
///         one    12:20 runs; 12:00 and 12:10 are coalesced, covered by it
///         all    12:00 runs, then 12:10, then 12:20
///         skip   none runs: skipped(misfire)
///
/// Owned by Planner; used only on ExecutionBroadcaster's turns.
class BindPlanner {
public:
    BindPlanner(ExecutionState& state, EndPlanner& ends, const PlanDraft& draft,
                const PlannerOptions& options)
        : state_(state), ends_(ends), draft_(draft), options_(options) {}

    /// Called by Planner to add to a plan, before anything else is started.
    void add_bound();

private:
    using Entries = std::vector<EntryHandle>;
    /// Those that run, and whether they follow one another.
    using Runs = std::map<EntryHandle, bool>;
    /// Definitions without their function, and with it.
    using Definitions = std::map<const Job*, std::pair<JobRef, JobRef>>;

    void take(const BoundJob& bound);
    [[nodiscard]] static JobRef with_function(Definitions& definitions, const JobRef& job,
                                              const JobRef& given);
    /// It was to run already, and only waits its turn.
    [[nodiscard]] static bool was_decided(const OpenEntry& entry);
    /// Decides claims of one policy for one target, oldest first.
    void decide(const Entries& claims, Runs& runs);
    void decide_missed(const Entries& missed, const Entries& in_time, Runs& runs);
    [[nodiscard]] bool is_missed(EntryHandle entry_handle) const;
    [[nodiscard]] bool is_too_late(EntryHandle entry_handle) const;
    void resume(EntryHandle entry_handle);
    /// It runs if the overlap policy lets it.
    void let_run(EntryHandle entry_handle, bool in_line);
    void let_wait(EntryHandle entry_handle, bool in_turn);
    [[nodiscard]] OpenRuns open_beside(const OpenEntry& self) const;

    ExecutionState& state_;
    EndPlanner& ends_;
    const PlanDraft& draft_;
    const PlannerOptions& options_;
};

}  // namespace quantum::scheduler
