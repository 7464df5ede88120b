#include "scheduler/executions/run_control.hpp"

#include <algorithm>
#include <utility>

#include "scheduler/commits/retry_pause.hpp"

namespace quantum::scheduler {

// A function that has run for long enough is told to end at once; the ledger hears of it with the
// next plan.
void RunControl::ring_alarms() {
    if (!state_.alarms.next()) return;
    const BootTime now = clock_.boot_now();
    while (const auto alarm = state_.alarms.take(now)) {
        if (alarm->kind == Alarm::Kind::wake) {
            state_.woken.push_back(alarm->entry_handle);
            continue;
        }
        const OpenEntry* entry = state_.open_entries.find(alarm->entry_handle);
        if (entry == nullptr || entry->phase != Phase::running) continue;
        if (!executor_.has_taken(static_cast<std::uint64_t>(alarm->entry_handle))) {
            // It is still on its way there.
            state_.alarms.add({now + first_pause, alarm->entry_handle, alarm->kind});
            continue;
        }
        const WallTime wall = clock_.wall_now();
        const Execution execution = planner_.execution_of(alarm->entry_handle, *entry, wall, now);
        if (const BootTime end = executor_.expires_at(execution, now); end > now) {
            state_.alarms.add({end, alarm->entry_handle, alarm->kind});
        } else if (auto expired = executor_.expire(execution)) {
            state_.expired.push_back({alarm->entry_handle, std::move(expired->outcome), wall,
                                      expired->started_at, std::move(expired->output)});
        }
    }
}

void RunControl::end_runs_of_deleted() { end_runs(std::exchange(state_.to_end, {})); }

void RunControl::end_runs(const std::vector<EntryHandle>& entry_handles) {
    for (const EntryHandle entry_handle : entry_handles) {
        if (const OpenEntry* entry = state_.open_entries.find(entry_handle)) {
            executor_.stop(entry->id, StopSignal::terminate);
        }
    }
}

std::vector<ExecutionId> RunControl::stop_running(const std::vector<ExecutionId>& ids) {
    std::vector<ExecutionId> stopped;
    for (const EntryHandle entry_handle : state_.open_entries.all()) {
        const OpenEntry& entry = state_.open_entries.at(entry_handle);
        if (entry.phase != Phase::running && entry.phase != Phase::stuck) continue;
        if (std::find(ids.begin(), ids.end(), entry.id) == ids.end()) continue;
        executor_.stop(entry.id, StopSignal::terminate);
        stopped.push_back(entry.id);
    }
    return stopped;
}

}  // namespace quantum::scheduler
