#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner.hpp"

#include "base/mutex.hpp"
#include "scheduler/finish_box.hpp"
#include "scheduler/telemetry_hub.hpp"

namespace quantum::scheduler {

/// Hands executions to the Runner and takes their ends: telemetry is told, the outcome goes to the
/// box that ExecutionBroadcaster empties.
///
/// Outlives every stage, so that runs under way survive a crash of the pipeline. An execution that
/// comes twice, because a stage crashed in between, is started once.
/// Thread-safety: every method may be called from any thread.
class Executor final : public RunObserver {
public:
    Executor(Clock& clock, Runner& runner, TelemetryHub& hub, FinishBox& finishes);

    /// Called when the box turns non-empty. After a call with nothing, the earlier one neither
    /// runs nor will run.
    void notify_with(std::function<void()> notify) QUANTUM_EXCLUDES(notify_mutex_);

    void start(std::vector<Execution> executions);
    void stop(const ExecutionId& execution, StopSignal signal);
    [[nodiscard]] bool has_taken(std::uint64_t ticket) const;
    /// Of an earlier process: they count as started, and the Runner sees to their end.
    void adopt(std::vector<Execution> executions);
    /// Keeps `owner` for as long as runs are under way: nothing can end them, and each holds on to
    /// its observer, this object, to report its end to.
    void keep_while_running(std::shared_ptr<void> owner) QUANTUM_EXCLUDES(notify_mutex_);
    /// Runs that were handed to the Runner and have not ended.
    [[nodiscard]] std::size_t under_way() const {
        return under_way_.load(std::memory_order_acquire);
    }

    void started(const Execution& execution, int pid) override;
    void output(const Execution& execution, OutputChannel channel, std::string_view line) override;
    void output_left_out(const Execution& execution, std::uint64_t lines,
                         std::uint64_t bytes) override;
    void finished(const Execution& execution, Outcome outcome) override;
    void finished_with_output(const Execution& execution, Outcome outcome,
                              std::shared_ptr<const CapturedOutput> output) override;

private:
    void take(std::uint64_t ticket) QUANTUM_REQUIRES(mutex_);
    void hand_over(std::vector<Execution> executions,
                   void (Runner::*how)(std::span<const Execution>, RunObserver&));
    void keep_new(std::vector<Execution>& executions);
    void report(const Execution& execution, Outcome outcome,
                std::shared_ptr<const CapturedOutput> output);

    Clock& clock_;
    Runner& runner_;
    TelemetryHub& hub_;
    FinishBox& finishes_;
    std::atomic<std::size_t> under_way_{0};
    Mutex notify_mutex_;
    std::function<void()> notify_ QUANTUM_GUARDED_BY(notify_mutex_);
    std::shared_ptr<void> owner_ QUANTUM_GUARDED_BY(notify_mutex_);

    mutable Mutex mutex_;  // a leaf
    std::vector<std::uint32_t> taken_
        QUANTUM_GUARDED_BY(mutex_);  // generation, by cell of the ticket
};

}  // namespace quantum::scheduler
