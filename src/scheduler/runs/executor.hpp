#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

#include "base/mutex.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/runs/completion.hpp"

namespace quantum::scheduler {

/// Which runs are logged; telemetry reports all.
enum class LogRuns : std::uint8_t { none, failed, all };

/// Passes executions to the Runner and receives their ends: emits telemetry and puts the outcome
/// into the queue that ExecutionBroadcaster empties.
///
/// Outlives every stage, so that runs in progress survive a crash of the pipeline. An execution
/// that arrives twice, because a stage crashed in between, is started once. Thread-safety: every
/// method may be called from any thread.
class Executor final : public RunObserver {
public:
    Executor(Clock& clock, Runner& runner, TelemetryHub& hub, CompletionQueue& finishes,
             LogRuns log = LogRuns::none);

    /// Sets the function called when the queue becomes non-empty. After a call with an empty
    /// function, the previous one is not running and will not be called again.
    void notify_with(std::function<void()> notify) QUANTUM_EXCLUDES(notify_mutex_);

    void start(std::vector<Execution> executions);
    void stop(const ExecutionId& execution, StopSignal signal);
    /// When the timeout of a function, counted from its entry, will expire: if it is still waiting
    /// for a thread, not before now plus the timeout.
    [[nodiscard]] BootTime expires_at(const Execution& execution, BootTime now) const
        QUANTUM_EXCLUDES(mutex_);
    /// A function that has exceeded its timeout.
    struct Expired {
        Outcome outcome;
        WallTime started_at;
        std::shared_ptr<const CapturedOutput> output;  ///< until now; null if none is captured
    };
    /// The function has exceeded its timeout: asks it to stop, and makes that its outcome, whatever
    /// happens later. None: it has already ended.
    [[nodiscard]] std::optional<Expired> expire(const Execution& execution)
        QUANTUM_EXCLUDES(mutex_);
    /// From now on it is noted whether the run has ended: it may have to be given up.
    void watch(std::uint64_t entry_handle) QUANTUM_EXCLUDES(mutex_);
    /// The run is not waited for any longer: makes `lost` its outcome, whatever happens later. Call
    /// `watch` first, well before. None: it has already ended, or is ending.
    [[nodiscard]] std::optional<Outcome> give_up(const Execution& execution, std::string reason)
        QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] bool has_taken(std::uint64_t entry_handle) const;
    /// Adopts runs of an earlier process: they count as started, and the Runner takes care of their
    /// end.
    void adopt(std::vector<Execution> executions);
    /// Keeps `owner` alive as long as runs are in progress: they cannot be terminated, and each
    /// reports its end to its observer, this object.
    void keep_while_running(std::shared_ptr<void> owner) QUANTUM_EXCLUDES(notify_mutex_);
    /// The number of runs that were passed to the Runner and have not ended.
    [[nodiscard]] std::size_t under_way() const {
        return under_way_.load(std::memory_order_acquire);
    }

    void started(const Execution& execution, BootTime at, int pid) override;
    void output(const Execution& execution, OutputChannel channel, std::string_view line) override;
    void output_left_out(const Execution& execution, std::uint64_t lines,
                         std::uint64_t bytes) override;
    void finished(const Execution& execution, Outcome outcome) override;
    void finished_with_output(const Execution& execution, Outcome outcome,
                              std::shared_ptr<const CapturedOutput> output) override;

private:
    void take(std::uint64_t entry_handle) QUANTUM_REQUIRES(mutex_);
    template <class How>
    void hand_over(std::vector<Execution> executions, const How& how);
    void keep_new(std::vector<Execution>& executions);
    void report(const Execution& execution, Outcome&& outcome,
                std::shared_ptr<const CapturedOutput> output);
    void count_out();
    void note_start(const Execution& execution, BootTime at) QUANTUM_EXCLUDES(mutex_);
    /// Returns false if the run was already over for telemetry because it had timed out or was
    /// given up.
    [[nodiscard]] bool ends_now(const Execution& execution) QUANTUM_EXCLUDES(mutex_);
    void unwatch(std::uint64_t entry_handle) QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] bool has_reported(std::uint64_t entry_handle) const;
    void give_up_all(const std::vector<Execution>& executions, const std::string& reason);
    void tell_end(const Execution& execution, const Outcome& outcome, WallTime now);
    void tell(TelemetryKind kind, const Execution& execution, const Outcome& outcome, WallTime now);
    void log_start(const Execution& execution);
    void log_end(const Execution& execution, const Outcome& outcome);
    [[nodiscard]] std::string_view node_of(const Execution& execution) const;

    Clock& clock_;
    Runner& runner_;
    TelemetryHub& hub_;
    CompletionQueue& finishes_;
    const LogRuns log_;
    std::atomic<std::size_t> under_way_{0};
    base::Mutex notify_mutex_;
    std::function<void()> notify_ QUANTUM_GUARDED_BY(notify_mutex_);
    std::shared_ptr<void> owner_ QUANTUM_GUARDED_BY(notify_mutex_);

    mutable base::Mutex mutex_;  // a leaf
    std::vector<std::uint32_t> taken_
        QUANTUM_GUARDED_BY(mutex_);  // generation, by cell of the entry_handle
    struct Watched {
        std::optional<BootTime> started;  ///< none: it is waiting for a thread, or has no timeout
        WallTime started_at{};
        bool is_over = false;
    };
    /// The functions with a timeout and the runs that may be given up, by entry_handle.
    std::unordered_map<std::uint64_t, Watched> watched_ QUANTUM_GUARDED_BY(mutex_);
    /// The number of these: if it is 0, a run does not have to look, not even at its job.
    std::atomic<std::size_t> watched_runs_{0};
    /// Whether there were any but functions with a timeout.
    std::atomic<bool> watches_any_{false};
};

}  // namespace quantum::scheduler
