#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "quantum/scheduler.hpp"
#include "quantum/storage/memory_storage.hpp"

#include "base/mutex.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/default_parts.hpp"
#include "scheduler/pipeline.hpp"
#include "scheduler/retired_parts.hpp"

namespace quantum {

namespace scheduler {

/// Rejects a job that cannot run. The error names it.
[[nodiscard]] Status check_has_task(const Job& job);

/// Fills in what a job does not specify from the scheduler's defaults, with which `model` was
/// created. The timeout of a command is handled by its runner.
void complete(Job& job, const Job& model);

}  // namespace scheduler

/// The implementation: the configuration, and the pipeline while there is one.
struct Scheduler::Impl {
    Impl(std::optional<SchedulerParts> its_parts, SchedulerConfig its_config)
        : parts(its_parts),
          config(std::move(its_config)),
          hub(std::make_shared<scheduler::TelemetryHub>(config.name, config.node, config.log)) {
        own_storage.forget_job_history();  // nobody can access it
    }

    /// Keeps the pipeline and what it depends on alive during a call.
    class Use {
    public:
        Use(const Impl& impl, std::shared_ptr<scheduler::Pipeline> pipeline)
            : impl_(&impl), pipeline_(std::move(pipeline)) {}
        Use(Use&& other) noexcept
            : impl_(std::exchange(other.impl_, nullptr)), pipeline_(std::move(other.pipeline_)) {}
        Use& operator=(Use&&) = delete;
        ~Use() {
            pipeline_.reset();
            if (impl_ == nullptr) return;
            const base::MutexLock lock(impl_->mutex);
            if (--impl_->calls == 0) impl_->idle.notify_all();
        }
        scheduler::Pipeline* operator->() const { return pipeline_.get(); }

    private:
        const Impl* impl_;
        std::shared_ptr<scheduler::Pipeline> pipeline_;
    };

    /// Rejects a call from a listener or sink, which holds up whoever would have to answer it.
    [[nodiscard]] Status check_caller() const {
        if (!hub->is_calling()) return {};
        return fail(ErrorCode::unavailable,
                    "scheduler '" + config.name +
                        "': called from one of its telemetry listeners or its log sink");
    }

    /// The pipeline, for the duration of a call.
    [[nodiscard]] Result<Use> running() const {
        if (Status may_call = check_caller(); !may_call) {
            return tl::unexpected(std::move(may_call).error());
        }
        const base::MutexLock lock(mutex);
        if (!pipeline || stopping) {
            return fail(ErrorCode::unavailable, "scheduler '" + config.name + "' is not running");
        }
        ++calls;
        return Use(*this, pipeline);
    }

    /// The same also while it stops, for calls that wait for nobody.
    [[nodiscard]] Result<Use> present() const;

    /// Asks JobBroadcaster, and waits for the answer.
    template <class Request>
    [[nodiscard]] Result<ReplyOf<Request>> ask(Request request) const {
        auto current = running();
        if (!current) return tl::unexpected(current.error());
        return (*current)->jobs().call(std::move(request), (*current)->config().timeout);
    }

    Status add(std::vector<Job> jobs, bool list_accepted, std::vector<StoredJob>* accepted);
    [[nodiscard]] Result<std::vector<Job>> configured_jobs(const SchedulerConfig& now) const;
    /// The configuration of a start, after the hook.
    [[nodiscard]] Result<SchedulerConfig> configure() const;
    /// The defaults for jobs.
    [[nodiscard]] JobDefaults defaults() const;
    [[nodiscard]] Result<scheduler::AddJobs> first_request(const SchedulerConfig& now,
                                                           const Snapshot& snapshot) const
        QUANTUM_REQUIRES(mutex);

    [[nodiscard]] Result<SchedulerParts> make_parts(const SchedulerConfig& now)
        QUANTUM_REQUIRES(mutex);

    const std::optional<SchedulerParts> parts;  // none: it creates its own
    MemoryStorage own_storage;
    std::shared_ptr<Storage> configured_storage QUANTUM_GUARDED_BY(mutex);
    const SchedulerConfig config;
    const std::shared_ptr<scheduler::TelemetryHub> hub;

    mutable base::Mutex mutex;
    std::unique_ptr<scheduler::DefaultParts> own QUANTUM_GUARDED_BY(mutex);
    scheduler::RetiredParts outlived QUANTUM_GUARDED_BY(mutex);
    std::shared_ptr<scheduler::Pipeline> pipeline QUANTUM_GUARDED_BY(mutex);
    bool stopping QUANTUM_GUARDED_BY(mutex) = false;
    std::uint64_t starts QUANTUM_GUARDED_BY(mutex) = 0;
    mutable std::size_t calls QUANTUM_GUARDED_BY(mutex) = 0;
    mutable std::condition_variable_any idle;          // signaled when no call is in progress
    std::vector<Job> early QUANTUM_GUARDED_BY(mutex);  // added before the first start
    std::uint64_t unnamed QUANTUM_GUARDED_BY(mutex) = 0;
};

}  // namespace quantum
