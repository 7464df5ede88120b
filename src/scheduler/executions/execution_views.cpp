#include "scheduler/executions/execution_views.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "quantum/job.hpp"

namespace quantum::scheduler {

namespace {

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

ExecutionView view_of(ExecutionState& state, const ViewRequest& request) {
    ExecutionView view;
    if (JobRecord* record = state.find(request.handle);
        record != nullptr && record->revision == request.revision) {
        if (record->active) view.next_due = state.next_run(*record);
        view.no_future = record->active && record->no_future && record->job->schedule() &&
                         !record->job->schedule()->is_reboot();
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
