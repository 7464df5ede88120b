#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/scheduler.hpp"

#include "base/mutex.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/default_parts.hpp"
#include "scheduler/drain_call.hpp"
#include "scheduler/pipeline.hpp"
#include "scheduler/retired_parts.hpp"

namespace quantum::scheduler {

/// Jobs that were added while nothing ran.
struct EarlyJobs {
    std::vector<Job> jobs;
    std::uint64_t unnamed = 0;  ///< names that were made up
};

/// The lives of a scheduler's pipeline: who may use it at the moment, who starts it and who stops
/// it.
///
///     stopped    no pipeline; jobs are kept for the start
///     starting   by one thread, `starter`; calls wait for it
///     running    calls use the pipeline
///     stopping   a drain; then one thread ends the pipeline, `tearing_down`. A stop that runs out
///     of
///                time leaves it at that, and the next one goes on
///
/// Every wait has a deadline of its own, and a thread that the pipeline needs waits for nothing:
/// its calls are refused at once.
///
/// Thread-safety: every method may be called from any thread, except `end`. The mutex is a leaf:
/// nobody holds it while he waits for a pipeline or calls anything of the user's.
class Lifecycle {
public:
    /// Both must outlive it.
    Lifecycle(const SchedulerConfig& config, const std::shared_ptr<TelemetryHub>& hub)
        : config_(config), hub_(hub) {}

    /// Keeps the pipeline and what it depends on alive during a call.
    class Use {
    public:
        Use(const Lifecycle& life, std::shared_ptr<Pipeline> pipeline)
            : life_(&life), pipeline_(std::move(pipeline)) {}
        Use(Use&& other) noexcept
            : life_(std::exchange(other.life_, nullptr)), pipeline_(std::move(other.pipeline_)) {}
        Use& operator=(Use&&) = delete;
        ~Use();
        Pipeline* operator->() const { return pipeline_.get(); }
        Pipeline& operator*() const { return *pipeline_; }

    private:
        const Lifecycle* life_;
        std::shared_ptr<Pipeline> pipeline_;
    };

    /// The pipeline, for the duration of a call that waits for it.
    /// Errors: `unavailable` if it is not running, or this thread must not wait for it; `timed_out`
    /// if it is being started for too long.
    [[nodiscard]] Result<Use> use() const;
    /// The same for a call that waits for nobody, which any thread but one in a listener or sink
    /// may make, also while it stops.
    [[nodiscard]] Result<Use> present() const;
    /// The pipeline, if there is one, of which only what never changes may be used.
    [[nodiscard]] std::shared_ptr<const Pipeline> pipeline() const;
    [[nodiscard]] SchedulerState state() const;
    /// Where nothing runs: lets `keep` keep something for the next start, and returns true. Errors:
    /// those of `use`.
    [[nodiscard]] Result<bool> keep_early(const std::function<void(EarlyJobs&)>& keep);
    /// Registers a handler with the parts of this life, which must be the scheduler's own, and
    /// those to come. Returns the pipeline, which may have waited for it; none if nothing runs.
    /// Errors: those of `use`, but for a scheduler that is stopped.
    [[nodiscard]] Result<std::optional<Use>> keep_handler(const std::string& name, Handler handler);
    /// Whether a thread may call, and that is all: see `use`.
    [[nodiscard]] Status check_call() const;

    using Handlers = DefaultParts::Handlers;

    /// A start by this thread. It has failed if it is destroyed before it has succeeded.
    class Starting {
    public:
        Starting(Lifecycle& life, std::vector<Job> jobs, Handlers handlers)
            : life_(&life), jobs_(std::move(jobs)), handlers_(std::move(handlers)) {}
        Starting(Starting&& other) noexcept
            : life_(std::exchange(other.life_, nullptr)),
              jobs_(std::move(other.jobs_)),
              handlers_(std::move(other.handlers_)) {}
        Starting& operator=(Starting&&) = delete;
        ~Starting();

        /// What was added before; kept for the next start if this one fails.
        [[nodiscard]] const std::vector<Job>& jobs() const { return jobs_; }
        /// Those that were registered before.
        [[nodiscard]] const Handlers& handlers() const { return handlers_; }
        /// Whatever is made for this life only.
        DefaultParts& own(std::unique_ptr<DefaultParts> parts);
        void own(const std::shared_ptr<Pipeline>& pipeline);
        void succeed();

    private:
        Lifecycle* life_;
        std::vector<Job> jobs_;
        Handlers handlers_;
    };

    /// Errors: `already_exists` if it is running, starting or stopping.
    [[nodiscard]] Result<Starting> begin_start();

    [[nodiscard]] Result<StopReport> stop(Duration timeout) { return stop(timeout, false); }
    /// Stops, however long it takes, and waits for what is still used. Nothing may be called after
    /// this.
    void end();
    void drain(Duration timeout, DrainCall::Then then);

private:
    using RealTime = std::chrono::steady_clock::time_point;

    [[nodiscard]] Error error(ErrorCode code, std::string_view what) const;
    [[nodiscard]] Error still_stopping() const;
    [[nodiscard]] Error cannot_wait() const;
    /// Rejects a call from a listener or sink, which holds up whoever would have to answer it.
    [[nodiscard]] Status check_caller() const;
    /// Rejects a call on a thread that would have to run the pipeline while it waits for it.
    [[nodiscard]] Status check_thread() const QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] Status wait_for_start(Duration timeout) const QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] Use enter() const QUANTUM_REQUIRES(mutex_);

    /// A stop under way.
    struct Stop {
        std::uint64_t life = 0;
        RealTime end;
        std::optional<Use> to_drain;  ///< none: nothing is to be waited for
    };
    [[nodiscard]] Result<StopReport> stop(Duration timeout, bool for_good);
    [[nodiscard]] Status begin_stop(Stop& stop, Duration longest, bool for_good);
    [[nodiscard]] Result<StopReport> tear_down(const Stop& stop, Result<StopReport> report);
    [[nodiscard]] bool end_pipeline(Pipeline& pipeline, RealTime end);
    void release(const std::shared_ptr<Pipeline>& pipeline);

    const SchedulerConfig& config_;
    const std::shared_ptr<TelemetryHub>& hub_;

    mutable base::Mutex mutex_;
    mutable std::condition_variable_any changed_;  // a state or `calls_` that somebody waits for
    EarlyJobs early_ QUANTUM_GUARDED_BY(mutex_);
    Handlers handlers_ QUANTUM_GUARDED_BY(mutex_);  // besides those of the configuration
    std::optional<std::thread::id> starter_ QUANTUM_GUARDED_BY(mutex_);
    std::unique_ptr<DefaultParts> parts_ QUANTUM_GUARDED_BY(mutex_);
    RetiredParts retired_ QUANTUM_GUARDED_BY(mutex_);
    std::shared_ptr<Pipeline> pipeline_ QUANTUM_GUARDED_BY(mutex_);
    std::uint64_t starts_ QUANTUM_GUARDED_BY(mutex_) = 0;
    mutable std::size_t calls_ QUANTUM_GUARDED_BY(mutex_) = 0;
    bool stopping_ QUANTUM_GUARDED_BY(mutex_) = false;
    bool tearing_down_ QUANTUM_GUARDED_BY(mutex_) = false;
    std::optional<StopReport> drained_ QUANTUM_GUARDED_BY(mutex_);  // none: no drain is over
    std::vector<std::shared_ptr<DrainCall>> drains_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
