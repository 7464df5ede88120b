#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "quantum/scheduler.hpp"
#include "quantum/storage/memory_storage.hpp"

#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/lifecycle.hpp"
#include "scheduler/pipeline.hpp"

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
        own_storage.forget_job_history();
    }

    /// Asks JobBroadcaster, and waits for the answer.
    template <class Request>
    [[nodiscard]] Result<ReplyOf<Request>> ask(Request request) const {
        auto current = life.use();
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
                                                           Snapshot& snapshot,
                                                           std::span<const Job> early) const;
    [[nodiscard]] Status add_handler(std::string name, Handler handler);

    /// By the thread that starts it.
    [[nodiscard]] Result<SchedulerParts> make_parts(const SchedulerConfig& now,
                                                    scheduler::Lifecycle::Starting& start);

    const std::optional<SchedulerParts> parts;                  // none: it creates its own
    MemoryStorage own_storage{MemoryStorage::default_keep, 0};  // nobody reads it
    std::shared_ptr<Storage> configured_storage;                // of the last start
    const SchedulerConfig config;
    const std::shared_ptr<scheduler::TelemetryHub> hub;
    scheduler::Lifecycle life{config, hub};
};

}  // namespace quantum
