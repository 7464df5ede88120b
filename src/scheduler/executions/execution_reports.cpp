#include "scheduler/executions/execution_reports.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace quantum::scheduler {

namespace {

constexpr Duration full_for_long = std::chrono::seconds(60);

}  // namespace

void ExecutionReports::not_run(const Plan& plan) {
    for (const NotRun& not_run : plan.not_run) {
        if (not_run.reason != SkipReason::node_down) continue;
        if (not_run.thrown) {
            const std::array fields{LogField{"reason", *not_run.thrown},
                                    LogField{"job", not_run.job->name()}};
            hub_.log(LogLevel::error, "the run strategy threw; the job does not run", fields);
            continue;
        }
        const std::string_view node = not_run.node ? std::string_view(*not_run.node) : "none";
        const std::array fields{LogField{"node", node}, LogField{"job", not_run.job->name()}};
        hub_.log(LogLevel::error, "the node is down; the job does not run there", fields);
    }
    if (!hub_.wants(TelemetryKind::job_skip)) return;
    for (const NotRun& not_run : plan.not_run) {
        TelemetryEvent event{TelemetryKind::job_skip, {}, {}, clock_.wall_now()};
        event.job = not_run.job.get();
        event.due = not_run.due;
        event.text = not_run.state == EntryState::coalesced ? to_string(not_run.state)
                                                            : to_string(not_run.reason);
        hub_.emit(event);
    }
}

void ExecutionReports::no_future(const Job& job) {
    const std::string schedule(job.schedule()->text());
    const std::array fields{LogField{"job", job.name()}, LogField{"schedule", schedule}};
    hub_.log(LogLevel::warning, "the schedule has no further due time", fields);
}

void ExecutionReports::watch_slots(ExecutionState& state) {
    if (state.open_entries.waiting() == 0) {
        state.full_since.reset();
        state.told_full = false;
        return;
    }
    const BootTime now = clock_.boot_now();
    if (!state.full_since) state.full_since = now;
    if (state.told_full || now - *state.full_since < full_for_long) return;
    state.told_full = true;
    slots_full(state.open_entries.running(), state.open_entries.waiting());
}

std::optional<BootTime> ExecutionReports::slots_due(const ExecutionState& state) {
    if (!state.full_since || state.told_full) return std::nullopt;
    return *state.full_since + full_for_long;
}

void ExecutionReports::slots_full(std::size_t running, std::size_t waiting) {
    const std::string running_text = std::to_string(running);
    const std::string waiting_text = std::to_string(waiting);
    const std::array fields{LogField{"running", running_text}, LogField{"waiting", waiting_text}};
    hub_.log(LogLevel::warning,
             external_ ? "subscribers have not asked for all executions for 60 s"
                       : "all slots have been taken for 60 s",
             fields);
    TelemetryEvent event{TelemetryKind::scheduler_state, {}, {}, clock_.wall_now()};
    event.text = "full";
    hub_.emit(event);
}

}  // namespace quantum::scheduler
