#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/storage/storage.hpp"
#include "quantum/telemetry.hpp"

#include "base/mutex.hpp"

namespace quantum::server {

/// A telemetry event as it crosses to the API's thread: values only.
struct FeedEvent {
    TelemetryKind kind = TelemetryKind::scheduler_state;
    WallTime time{};
    std::string job{};
    std::optional<StoredJob> stored{};  ///< for job_add and job_update
    std::optional<ExecutionId> id{};    ///< of a run
    WallTime due{};
    std::uint32_t attempt = 1;
    ExecutionKind execution_kind = ExecutionKind::scheduled;
    std::optional<WallTime> started_at{};
    std::optional<Outcome> outcome{};
    Duration lateness{};
    int pid = 0;
    std::string text{};
};

/// The queue between the control thread and the API. Never a wait: if it is full, what is in it is
/// dropped, and whoever takes next is told so.
///
/// Thread-safety: every method may be called from any thread.
class Feed {
public:
    static constexpr std::size_t most = 65'536;

    /// `ring` is called when the first event comes into an empty queue; it must not wait.
    explicit Feed(std::function<void()> ring) : ring_(std::move(ring)) {}

    /// A TelemetryListener.
    void operator()(const TelemetryEvent& event);

    struct Taken {
        std::vector<FeedEvent> events{};
        bool is_lost = false;  ///< events are missing before these
    };
    [[nodiscard]] Taken take();

    /// What the API wants to hear.
    [[nodiscard]] static TelemetryKinds kinds();

private:
    const std::function<void()> ring_;
    base::Mutex mutex_;  // a leaf
    std::vector<FeedEvent> events_ QUANTUM_GUARDED_BY(mutex_);
    bool is_lost_ QUANTUM_GUARDED_BY(mutex_) = false;
};

}  // namespace quantum::server
