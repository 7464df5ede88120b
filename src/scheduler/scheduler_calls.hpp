#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/executions/execution_views.hpp"
#include "scheduler/jobs/job_requests.hpp"

namespace quantum::scheduler {

/// A job as it stands, and what its executions do.
struct JobView {
    StoredJob stored;
    ExecutionView executions;
};

/// The calls of a scheduler for a program that must not wait: each returns at once and gives its
/// answer later, on the thread on which it arises, which must not be held up; at the end of the
/// scheduler all that are left are answered with `unavailable`. Part of the program; a library that
/// embeds Quantum does not link it.
///
/// Thread-safety: every method may be called from any thread. Errors are those of the methods of
/// Scheduler.
class SchedulerCalls {
public:
    template <class Answer>
    using Then = std::function<void(Result<Answer>)>;

    /// Must not outlive the scheduler.
    explicit SchedulerCalls(const Scheduler& scheduler) : scheduler_(scheduler) {}

    void list(Then<std::vector<StoredJob>> then) const;
    /// None: there is no job of that name.
    void find(std::string name, Then<std::optional<JobView>> then) const;
    /// Oldest due time first.
    void runs(Then<std::vector<RunView>> then) const;

    /// Adds or replaces one job; the answer is what was accepted, or what stands there unchanged.
    /// `request` has the one job and what is said of it.
    void put(AddJobs request, Then<StoredJob> then) const;
    void remove(RemoveJob request, Then<void> then) const;
    void set_pauses(SetPauses request, Then<std::size_t> then) const;
    void trigger(RunJob request, Then<ExecutionId> then) const;
    void add_notes(AddNotes request, Then<void> then) const;
    /// Terminates them; the answer has those that were running.
    void stop_runs(StopRuns request, Then<std::vector<ExecutionId>> then) const;

private:
    const Scheduler& scheduler_;
};

}  // namespace quantum::scheduler
