#include "scheduler/common/telemetry_hub.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace quantum {

std::string_view to_string(TelemetryKind kind) {
    switch (kind) {
        case TelemetryKind::job_add:
            return "job.add";
        case TelemetryKind::job_update:
            return "job.update";
        case TelemetryKind::job_delete:
            return "job.delete";
        case TelemetryKind::job_start:
            return "job.start";
        case TelemetryKind::job_output:
            return "job.output";
        case TelemetryKind::job_output_left_out:
            return "job.output_left_out";
        case TelemetryKind::job_stop:
            return "job.stop";
        case TelemetryKind::job_exception:
            return "job.exception";
        case TelemetryKind::job_skip:
            return "job.skip";
        case TelemetryKind::job_stuck:
            return "job.stuck";
        case TelemetryKind::scheduler_state:
            return "scheduler.state";
    }
    return "unknown";
}

namespace scheduler {

TelemetryHub::TelemetryHub(std::string scheduler, std::string node, LogSink log)
    : scheduler_(std::move(scheduler)), node_(std::move(node)), log_(std::move(log)) {}

ListenerId TelemetryHub::attach(TelemetryListener listener, TelemetryKinds kinds) {
    const base::ScopedLock<base::SharedMutex> lock(mutex_);
    const std::uint64_t id = next_id_++;
    listeners_.push_back({id, kinds, std::move(listener)});
    wanted_.fetch_or(kinds);
    return ListenerId{id};
}

bool TelemetryHub::detach(ListenerId id) {
    const base::ScopedLock<base::SharedMutex> lock(mutex_);
    const auto gone = std::find_if(listeners_.begin(), listeners_.end(), [&](const Listener& one) {
        return one.id == static_cast<std::uint64_t>(id);
    });
    if (gone == listeners_.end()) return false;
    listeners_.erase(gone);
    TelemetryKinds wanted = 0;
    for (const Listener& one : listeners_) wanted |= one.kinds;
    wanted_.store(wanted);
    return true;
}

void TelemetryHub::emit(TelemetryEvent event) {
    if (!wants(event.kind)) return;
    event.scheduler = scheduler_;
    event.node = node_;
    const base::ReadLock lock(mutex_);
    for (const Listener& one : listeners_) {
        if ((one.kinds & kind_bit(event.kind)) == 0 || !one.call) continue;
        try {
            one.call(event);
        } catch (const std::exception& thrown) {
            const std::array fields{LogField{"event", to_string(event.kind)},
                                    LogField{"reason", thrown.what()}};
            log(LogLevel::error, "a telemetry listener threw", fields);
        } catch (...) {
            const std::array fields{LogField{"event", to_string(event.kind)}};
            log(LogLevel::error, "a telemetry listener threw", fields);
        }
    }
}

void TelemetryHub::log(LogLevel level, std::string_view message,
                       std::span<const LogField> fields) const {
    if (!log_) return;
    try {
        log_(level, message, fields);
    } catch (...) {
        // A sink that throws has nowhere to be reported; the scheduler goes on.
        return;
    }
}

}  // namespace scheduler
}  // namespace quantum
