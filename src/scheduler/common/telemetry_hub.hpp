#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "quantum/log.hpp"
#include "quantum/telemetry.hpp"

#include "base/mutex.hpp"

namespace quantum::scheduler {

/// Passes telemetry events to the attached listeners.
///
/// Thread-safety: every method may be called from any thread. When `detach` returns, the listener
/// is not running and will not be called again; listeners must not attach or detach. Cost without
/// listeners: one relaxed load.
class TelemetryHub {
public:
    TelemetryHub(std::string scheduler, std::string node, LogSink log);

    [[nodiscard]] ListenerId attach(TelemetryListener listener, TelemetryKinds kinds);
    bool detach(ListenerId id);

    /// Whether log records go anywhere; check before building an expensive one.
    [[nodiscard]] bool logs() const { return static_cast<bool>(log_); }
    [[nodiscard]] const std::string& node() const { return node_; }

    /// Whether an event of this kind has a listener; check before building an expensive one.
    [[nodiscard]] bool wants(TelemetryKind kind) const {
        return (wanted_.load(std::memory_order_relaxed) & kind_bit(kind)) != 0;
    }

    /// Fills in scheduler and node. If a listener throws, this is logged and the others are still
    /// called.
    void emit(TelemetryEvent event);

    /// Writes a log record of the library, if there is a sink.
    void log(LogLevel level, std::string_view message, std::span<const LogField> fields = {}) const;

private:
    struct Listener {
        std::uint64_t id;
        TelemetryKinds kinds;
        TelemetryListener call;
    };

    const std::string scheduler_;
    const std::string node_;
    const LogSink log_;
    std::atomic<TelemetryKinds> wanted_{0};
    base::SharedMutex mutex_;  // shared while listeners run
    std::uint64_t next_id_ QUANTUM_GUARDED_BY(mutex_) = 1;
    std::vector<Listener> listeners_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
