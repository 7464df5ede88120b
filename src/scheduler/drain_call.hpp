#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "quantum/result.hpp"
#include "quantum/runtime.hpp"
#include "quantum/scheduler.hpp"

#include "scheduler/common/telemetry_hub.hpp"

namespace quantum::scheduler {

/// What somebody wants to be told once a drain is over, exactly once.
///
/// It is told on a turn of the runtime, but of no stage, so that it may stop the scheduler. A
/// runtime that is about to end may give it no turn: whoever stops the scheduler then tells it.
///
/// Thread-safety: `set` once, and not at the same time as anything else; then any thread.
class DrainCall final : public Runnable {
public:
    using Then = std::function<void(Result<StopReport>)>;

    DrainCall(Then then, std::shared_ptr<const TelemetryHub> hub);

    void set(Result<StopReport> report);
    /// Calls, if nobody has.
    void tell();
    [[nodiscard]] bool is_told() const { return is_told_.load(); }

    bool run(std::size_t budget) override;

private:
    Then then_;
    const std::shared_ptr<const TelemetryHub> hub_;
    Result<StopReport> report_ = StopReport{};
    std::atomic<bool> is_told_{false};
};

}  // namespace quantum::scheduler
