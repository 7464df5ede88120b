#include "scheduler/executions/execution_views.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "scheduler/jobs/binding.hpp"

namespace quantum::scheduler {

namespace {

bool has_no_future(const JobRecord& record) {
    return record.active && record.no_future && record.job->schedule() &&
           !record.job->schedule()->is_reboot();
}

std::vector<EntryHandle> handles_of(const ExecutionState& state,
                                    const std::optional<JobHandle>& job) {
    return job ? state.open_entries.entries_of(index_of(*job)) : state.open_entries.all();
}

OpenRun run_of(const OpenEntry& entry) {
    OpenRun run;
    run.id = entry.id;
    run.job = entry.job;
    run.due = entry.due;
    run.attempt = entry.attempt;
    run.kind = entry.kind;
    run.is_running = entry.phase == Phase::running || entry.phase == Phase::stuck;
    run.is_stuck = entry.phase == Phase::stuck;
    run.not_before = entry.not_before();
    if (entry.special && entry.special->node) run.node = *entry.special->node;
    return run;
}

bool is_earlier(const OpenRun& a, const OpenRun& b) {
    return std::tie(a.due, a.id) < std::tie(b.due, b.id);
}

}  // namespace

std::string problem_text(ProblemKind kind, const Job& job) {
    switch (kind) {
        case ProblemKind::unbound:
            return why_unbound(job);
        case ProblemKind::no_due_time:
            return "the schedule has no further due time";
        case ProblemKind::stuck:
            return "stuck: a run continues after its timeout";
    }
    return {};
}

std::vector<JobProblem> problems_of(const ExecutionState& state) {
    std::vector<JobProblem> problems;
    const auto add = [&problems](const Job& job, ProblemKind kind) {
        problems.push_back({job.name(), kind, problem_text(kind, job)});
    };
    for (std::size_t index = 0; index < state.records.size(); ++index) {
        const JobRecord& record = state.records[index];
        if (!record.job || !record.active) continue;
        if (record.unbound) add(*record.job, ProblemKind::unbound);
        if (has_no_future(record)) add(*record.job, ProblemKind::no_due_time);
    }
    for (const EntryHandle entry_handle : state.open_entries.all()) {
        const OpenEntry& entry = state.open_entries.at(entry_handle);
        if (entry.phase == Phase::stuck) add(*entry.job, ProblemKind::stuck);
    }
    std::stable_sort(problems.begin(), problems.end(),
                     [](const JobProblem& a, const JobProblem& b) { return a.job < b.job; });
    return problems;
}

void welcome_subscribers(ExecutionState& state) {
    const std::vector<SubscriptionId> newcomers = state.events.take_newcomers();
    if (newcomers.empty()) return;
    std::vector<JobRef> jobs;
    for (std::size_t index = 0; index < state.records.size(); ++index) {
        const JobRecord& record = state.records[index];
        if (record.job && record.active) jobs.push_back(record.job);
    }
    for (const SubscriptionId subscriber : newcomers) state.events.put_welcome({subscriber, jobs});
}

ExecutionView view_of(ExecutionState& state, const ViewRequest& request) {
    ExecutionView view;
    if (JobRecord* record = state.find(request.handle);
        record != nullptr && record->revision == request.revision) {
        if (record->active) view.next_due = state.next_run(*record);
        view.no_future = has_no_future(*record);
        view.is_unbound = record->active && record->unbound;
        if (const LastRun last = state.last_run(index_of(request.handle)); last.known) {
            view.last_outcome = last.outcome;
            view.last_end = last.end;
        }
    }
    const OpenRuns runs = state.open_entries.runs_of(index_of(request.handle));
    view.open = runs.open;
    view.waiting = runs.waiting;
    if (runs.open > 0) {
        for (const EntryHandle entry_handle :
             state.open_entries.entries_of(index_of(request.handle))) {
            const OpenEntry& entry = state.open_entries.at(entry_handle);
            if (entry.phase == Phase::stuck) ++view.stuck;
            if (entry.phase == Phase::unbound) ++view.unbound;
            if (entry.is_retry() && !view.retry_at) view.retry_at = entry.not_before();
        }
    }
    return view;
}

std::vector<RunView> run_views_of(const ExecutionState& state, const OpenRunsRequest& request) {
    std::vector<RunView> views;
    for (const EntryHandle entry_handle : handles_of(state, request.handle)) {
        const OpenEntry& entry = state.open_entries.at(entry_handle);
        if (entry.phase == Phase::ending) continue;
        RunView& view = views.emplace_back();
        view.run = run_of(entry);
        view.claimed_at = entry.claimed_at;
        view.phase = entry.phase;
        if (entry.phase == Phase::waiting_for_slot) {
            view.full = state.open_entries.full_limits(entry.limit_set);
        }
    }
    std::sort(views.begin(), views.end(),
              [](const RunView& a, const RunView& b) { return is_earlier(a.run, b.run); });
    return views;
}

}  // namespace quantum::scheduler
