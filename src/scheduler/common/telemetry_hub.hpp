#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "quantum/log.hpp"
#include "quantum/telemetry.hpp"

#include "base/mutex.hpp"
#include "scheduler/common/running_calls.hpp"

namespace quantum::scheduler {

/// Passes telemetry events to the attached listeners, and log records to the sink.
///
/// Between `close` and `open` nobody is called. When `detach` or `close` has returned true, what it
/// concerns is not running and will not be called again; false says that a call is still running
/// after the time given, and only the second part holds. In a listener or sink, `detach` does not
/// wait for calls that are running.
///
/// Thread-safety: every method may be called from any thread, listeners and sinks included; `close`
/// must not be called by one. Cost without listeners: one relaxed load.
class TelemetryHub {
public:
    TelemetryHub(std::string scheduler, std::string node, LogSink log);

    /// Whether this thread is in a listener or sink of this hub.
    [[nodiscard]] bool is_calling() const;
    void open() { is_open_.store(true); }
    [[nodiscard]] bool close(Duration timeout);

    [[nodiscard]] ListenerId attach(TelemetryListener listener, TelemetryKinds kinds);
    /// Also false if the listener is unknown.
    [[nodiscard]] bool detach(ListenerId id, Duration timeout);

    /// Whether log records go anywhere; check before building an expensive one.
    [[nodiscard]] bool logs() const { return static_cast<bool>(log_); }
    [[nodiscard]] const std::string& node() const { return node_; }

    /// Whether an event of this kind has a listener; check before building an expensive one.
    [[nodiscard]] bool wants(TelemetryKind kind) const {
        return (wanted_.load(std::memory_order_relaxed) & kind_bit(kind)) != 0;
    }

    /// Fills in scheduler and node. If a listener throws, this is logged and the others are still
    /// called. An event that a listener causes is not passed to that listener.
    void emit(TelemetryEvent event);

    /// Writes a log record of the library, if there is a sink.
    void log(LogLevel level, std::string_view message, std::span<const LogField> fields = {}) const;

private:
    struct Listener {
        std::uint64_t id;
        TelemetryKinds kinds;
        TelemetryListener call;
        RunningCalls running;
        std::atomic<bool> is_gone{false};
    };
    using Listeners = std::vector<std::shared_ptr<Listener>>;

    void call(Listener& listener, const TelemetryEvent& event) const;
    void put(Listeners listeners) QUANTUM_REQUIRES(mutex_);

    const std::string scheduler_;
    const std::string node_;
    const LogSink log_;
    std::atomic<bool> is_open_{true};
    std::atomic<TelemetryKinds> wanted_{0};
    mutable RunningCalls logging_;
    mutable base::Mutex mutex_;  // a leaf
    std::uint64_t next_id_ QUANTUM_GUARDED_BY(mutex_) = 1;
    /// Never changed, but replaced.
    std::shared_ptr<const Listeners> listeners_ QUANTUM_GUARDED_BY(mutex_) =
        std::make_shared<const Listeners>();
};

}  // namespace quantum::scheduler
