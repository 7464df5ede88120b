#include "scheduler/common/telemetry_hub.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>

#include "scheduler/mutant.hpp"

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
        case TelemetryKind::job_late_end:
            return "job.late_end";
        case TelemetryKind::scheduler_state:
            return "scheduler.state";
        case TelemetryKind::job_unbound:
            return "job.unbound";
        case TelemetryKind::job_bound:
            return "job.bound";
    }
    return "unknown";
}

namespace scheduler {
namespace {

/// What this thread is in, innermost last: listeners, and hubs for their sinks.
thread_local std::vector<const void*> inside;

bool is_inside(const void* what) {
    return std::find(inside.begin(), inside.end(), what) != inside.end();
}

/// In a listener or a sink of `hub`, for a scope.
class Inside {
public:
    Inside(const void* hub, const void* listener) {
        inside.push_back(hub);
        inside.push_back(listener);
    }
    ~Inside() { inside.resize(inside.size() - 2); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
};

}  // namespace

TelemetryHub::TelemetryHub(std::string scheduler, std::string node, LogSink log)
    : scheduler_(std::move(scheduler)), node_(std::move(node)), log_(std::move(log)) {}

bool TelemetryHub::is_calling() const { return is_inside(this); }

ListenerId TelemetryHub::attach(TelemetryListener listener, TelemetryKinds kinds) {
    auto added = std::make_shared<Listener>();
    added->kinds = kinds;
    added->call = std::move(listener);
    const base::MutexLock lock(mutex_);
    added->id = next_id_++;
    Listeners listeners = *listeners_;
    listeners.push_back(added);
    put(std::move(listeners));
    return ListenerId{added->id};
}

bool TelemetryHub::detach(ListenerId id, Duration timeout) {
    std::shared_ptr<Listener> gone;
    {
        const base::MutexLock lock(mutex_);
        Listeners listeners = *listeners_;
        const auto found = std::find_if(
            listeners.begin(), listeners.end(),
            [&](const auto& listener) { return listener->id == static_cast<std::uint64_t>(id); });
        if (found == listeners.end()) return false;
        gone = *found;
        gone->is_gone.store(true);
        listeners.erase(found);
        put(std::move(listeners));
    }
    if (is_calling()) return true;  // it would wait for itself, or two for each other
    return gone->running.wait_for_none(timeout);
}

bool TelemetryHub::close(Duration timeout) {
    is_open_.store(mutated(SchedulerMutant::called_after_end));
    std::shared_ptr<const Listeners> listeners;
    {
        const base::MutexLock lock(mutex_);
        listeners = listeners_;
    }
    const auto end = base::real_end(timeout);
    const auto left = [end] {
        return std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now());
    };
    for (const auto& listener : *listeners) {
        if (!listener->running.wait_for_none(left())) return false;
    }
    return logging_.wait_for_none(left());
}

void TelemetryHub::put(Listeners listeners) {
    TelemetryKinds wanted = 0;
    for (const auto& listener : listeners) wanted |= listener->kinds;
    wanted_.store(wanted);
    listeners_ = std::make_shared<const Listeners>(std::move(listeners));
}

void TelemetryHub::emit(TelemetryEvent event) {
    if (!wants(event.kind)) return;
    event.scheduler = scheduler_;
    event.node = node_;
    std::shared_ptr<const Listeners> listeners;
    {
        const base::MutexLock lock(mutex_);
        listeners = listeners_;
    }
    for (const auto& listener : *listeners) {
        if ((listener->kinds & kind_bit(event.kind)) == 0 || !listener->call) continue;
        if (!is_inside(listener.get())) call(*listener, event);
    }
}

void TelemetryHub::call(Listener& listener, const TelemetryEvent& event) const {
    const auto is_over = [&] { return listener.is_gone.load() || !is_open_.load(); };
    if (is_over()) return;
    const RunningCalls::One running(listener.running);
    if (is_over()) return;
    const Inside here(this, &listener);
    try {
        listener.call(event);
    } catch (const std::exception& thrown) {
        const std::array fields{LogField{"event", to_string(event.kind)},
                                LogField{"reason", thrown.what()}};
        log(LogLevel::error, "a telemetry listener threw", fields);
    } catch (...) {
        const std::array fields{LogField{"event", to_string(event.kind)}};
        log(LogLevel::error, "a telemetry listener threw", fields);
    }
}

void TelemetryHub::log(LogLevel level, std::string_view message,
                       std::span<const LogField> fields) const {
    // What a sink causes is not for the sink.
    if (!log_ || is_inside(&log_) || !is_open_.load()) return;
    const RunningCalls::One logging(logging_);
    if (!is_open_.load()) return;
    const Inside here(this, &log_);
    try {
        log_(level, message, fields);
    } catch (...) {
        // A sink that throws has nowhere to be reported; the scheduler goes on.
        return;
    }
}

}  // namespace scheduler
}  // namespace quantum
