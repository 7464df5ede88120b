#include "quantum/scheduler.hpp"

#include <utility>

#include "scheduler/scheduler_impl.hpp"

namespace quantum {

using scheduler::DrainRequest;
using scheduler::Pipeline;

namespace {

Result<StopReport> report_of(Result<DrainRequest::Drained> drained) {
    if (!drained) return tl::unexpected(std::move(drained).error());
    return StopReport{drained->ended_by_force, drained->lost, drained->unstored};
}

}  // namespace

std::string_view to_string(SchedulerState state) {
    switch (state) {
        case SchedulerState::stopped:
            return "stopped";
        case SchedulerState::running:
            return "running";
        case SchedulerState::stopping:
            return "stopping";
        case SchedulerState::failed:
            return "failed";
    }
    return "unknown";
}

Scheduler::Scheduler(SchedulerConfig config)
    : impl_(std::make_shared<Impl>(std::nullopt, std::move(config))) {}

Scheduler::Scheduler(SchedulerParts parts, SchedulerConfig config)
    : impl_(std::make_shared<Impl>(parts, std::move(config))) {}

Scheduler::~Scheduler() { static_cast<void>(stop(Duration::zero())); }

Status Scheduler::start() {
    Result<SchedulerConfig> config = impl_->configure();
    if (!config) return tl::unexpected(std::move(config).error());
    std::vector<std::unique_ptr<scheduler::DefaultParts>> unused;  // goes after the lock
    const MutexLock lock(impl_->mutex);
    unused = impl_->outlived.take_unused();
    if (impl_->pipeline || impl_->stopping) {
        return fail(ErrorCode::already_exists,
                    "scheduler '" + impl_->config.name + "' is started already");
    }
    Result<SchedulerParts> parts = impl_->make_parts(*config);
    if (!parts) return tl::unexpected(std::move(parts).error());
    auto pipeline = std::make_shared<Pipeline>(*parts, *config, impl_->hub, config->seed);
    const auto first_request =
        [this, &config](const Snapshot& snapshot)
            QUANTUM_REQUIRES(impl_->mutex) { return impl_->first_request(*config, snapshot); };
    if (Status started = pipeline->start(first_request); !started) {
        return started;
    }
    impl_->early.clear();
    impl_->stopping = false;
    impl_->pipeline = std::move(pipeline);
    ++impl_->starts;
    return {};
}

Result<StopReport> Scheduler::stop(Duration timeout) {
    std::uint64_t starts = 0;
    const auto use = [&]() -> std::optional<Impl::Use> {
        const MutexLock lock(impl_->mutex);
        if (!impl_->pipeline) return std::nullopt;
        impl_->stopping = true;
        starts = impl_->starts;
        ++impl_->calls;
        return Impl::Use(*impl_, impl_->pipeline);
    };
    Result<StopReport> report = StopReport{};
    {
        const auto pipeline = use();
        if (!pipeline) return report;
        const Duration kill_after = (*pipeline)->config().kill_after;
        const Duration longest = timeout + kill_after + std::chrono::seconds(10);
        report =
            report_of((*pipeline)->executions().call(DrainRequest{timeout, kill_after}, longest));
    }
    std::shared_ptr<Pipeline> pipeline;
    {
        const MutexLock lock(impl_->mutex);
        // Another thread has stopped it, and it may have been started again since.
        if (!impl_->pipeline || impl_->starts != starts) return StopReport{};
        pipeline.swap(impl_->pipeline);
    }
    pipeline->stop_stages();
    std::unique_ptr<scheduler::DefaultParts> own;
    {
        const MutexLock lock(impl_->mutex);
        while (impl_->calls > 0) impl_->idle.wait(impl_->mutex);  // they fail now, one by one
        own.swap(impl_->own);
    }
    pipeline->release_stages();
    pipeline->outlive_runs(pipeline);
    if (own) own->stop();
    if (!pipeline->has_runs()) own.reset();
    const MutexLock lock(impl_->mutex);
    if (own) impl_->outlived.keep(std::move(own), pipeline);
    impl_->stopping = false;
    return report;
}

void Scheduler::drain(Duration timeout, std::function<void(Result<StopReport>)> then) {
    auto pipeline = impl_->running();
    if (!pipeline) {
        then(StopReport{});
        return;
    }
    (*pipeline)->executions().call_then(
        DrainRequest{timeout, (*pipeline)->config().kill_after},
        [then = std::move(then)](Result<DrainRequest::Drained> drained) {
            then(report_of(std::move(drained)));
        });
}

SchedulerState Scheduler::state() const {
    const MutexLock lock(impl_->mutex);
    if (!impl_->pipeline) return SchedulerState::stopped;
    if (impl_->stopping) return SchedulerState::stopping;
    return impl_->pipeline->is_alive() ? SchedulerState::running : SchedulerState::failed;
}

const std::string& Scheduler::name() const { return impl_->config.name; }

ListenerId Scheduler::attach(TelemetryListener listener, TelemetryKinds kinds) {
    return impl_->hub->attach(std::move(listener), kinds);
}

bool Scheduler::detach(ListenerId listener) { return impl_->hub->detach(listener); }

}  // namespace quantum
