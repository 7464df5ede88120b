#include "quantum/scheduler.hpp"

#include <string>
#include <utility>
#include <vector>

#include "quantum/job_changes.hpp"

#include "scheduler/scheduler_impl.hpp"

namespace quantum {

using scheduler::AddJobs;
using scheduler::check_has_task;
using scheduler::complete;
using scheduler::DrainRequest;
using scheduler::FindJob;
using scheduler::ListJobs;
using scheduler::OpenRunsRequest;
using scheduler::PauseJob;
using scheduler::Pipeline;
using scheduler::RemoveAllJobs;
using scheduler::RemoveJob;
using scheduler::ResumeJob;
using scheduler::RunJob;
using scheduler::SetJobState;
using scheduler::ViewRequest;

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
    if (Status may_call = impl_->check_caller(); !may_call) return may_call;
    Result<SchedulerConfig> config = impl_->configure();
    if (!config) return tl::unexpected(std::move(config).error());
    std::vector<std::unique_ptr<scheduler::DefaultParts>> unused;  // goes after the lock
    const base::MutexLock lock(impl_->mutex);
    unused = impl_->outlived.take_unused();
    if (impl_->pipeline || impl_->stopping) {
        return fail(ErrorCode::already_exists,
                    "scheduler '" + impl_->config.name + "' is already running");
    }
    impl_->hub->open();
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
    if (Status may_call = impl_->check_caller(); !may_call) {
        return tl::unexpected(std::move(may_call).error());
    }
    std::uint64_t starts = 0;
    const auto use = [&]() -> std::optional<Impl::Use> {
        const base::MutexLock lock(impl_->mutex);
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
        const base::MutexLock lock(impl_->mutex);
        // Another thread has stopped it, and it may have been started again since.
        if (!impl_->pipeline || impl_->starts != starts) return StopReport{};
        pipeline.swap(impl_->pipeline);
    }
    pipeline->stop_stages();
    std::unique_ptr<scheduler::DefaultParts> own;
    {
        const base::MutexLock lock(impl_->mutex);
        while (impl_->calls > 0) impl_->idle.wait(impl_->mutex);  // they fail now, one by one
        own.swap(impl_->own);
    }
    pipeline->release_stages();
    pipeline->outlive_runs(pipeline);
    if (own) own->stop();
    if (!pipeline->has_runs()) own.reset();
    impl_->hub->close();
    const base::MutexLock lock(impl_->mutex);
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
    if (impl_->hub->is_calling()) {
        // It may be called while this very thread starts the scheduler.
        if (!impl_->mutex.try_lock()) return SchedulerState::stopped;
        impl_->mutex.unlock();
    }
    const base::MutexLock lock(impl_->mutex);
    if (!impl_->pipeline) return SchedulerState::stopped;
    if (impl_->stopping) return SchedulerState::stopping;
    return impl_->pipeline->is_alive() ? SchedulerState::running : SchedulerState::failed;
}

const std::string& Scheduler::name() const { return impl_->config.name; }

ListenerId Scheduler::attach(TelemetryListener listener, TelemetryKinds kinds) {
    return impl_->hub->attach(std::move(listener), kinds);
}

bool Scheduler::detach(ListenerId listener) { return impl_->hub->detach(listener); }

// Each of these is a request to JobBroadcaster, ExecutionBroadcaster, or both.

Job Scheduler::new_job() const { return Job(impl_->defaults()); }

Result<Job> Scheduler::new_job(const JobSpec& spec) const {
    return make_job(spec, impl_->defaults());
}

Result<std::string> Scheduler::add_job(Job job) {
    std::vector<Job> jobs;
    jobs.push_back(std::move(job));
    std::vector<StoredJob> accepted;
    if (Status added = impl_->add(std::move(jobs), true, &accepted); !added) {
        return tl::unexpected(added.error());
    }
    return accepted.front().job->name();
}

Result<std::string> Scheduler::add_job(const JobSpec& spec) {
    auto job = new_job(spec);
    if (!job) return tl::unexpected(std::move(job).error());
    return add_job(*std::move(job));
}

Result<std::string> Scheduler::add_job(std::string_view schedule, Task task) {
    const JobDefaults defaults = impl_->defaults();
    return add_job(schedule, std::move(task),
                   {.dialect = defaults.dialect,
                    .zone = defaults.zone,
                    .name = {},
                    .dst = defaults.dst,
                    .days = defaults.days});
}

Result<std::string> Scheduler::add_job(std::string_view schedule, Task task,
                                       const ScheduleOptions& options) {
    Job job;
    if (Status parsed = job.set_schedule(schedule, options); !parsed) {
        return tl::unexpected(parsed.error());
    }
    if (Status checked = job.set_task(std::move(task)); !checked) {
        return tl::unexpected(checked.error());
    }
    return add_job(std::move(job));
}

Status Scheduler::add_jobs(std::span<const Job> jobs) {
    return impl_->add(std::vector<Job>(jobs.begin(), jobs.end()), false, nullptr);
}

Status Scheduler::add_jobs(std::vector<Job>&& jobs) {
    return impl_->add(std::move(jobs), false, nullptr);
}

Status Scheduler::add_jobs(std::span<const JobSpec> specs) {
    const JobDefaults defaults = impl_->defaults();
    std::vector<Job> jobs;
    jobs.reserve(specs.size());
    for (const JobSpec& spec : specs) {
        auto job = make_job(spec, defaults);
        if (!job) return tl::unexpected(std::move(job).error());
        jobs.push_back(*std::move(job));
    }
    return impl_->add(std::move(jobs), false, nullptr);
}

Status Scheduler::change_jobs(JobChanges changes) {
    for (const Job& job : changes.put) {
        if (Status task = check_has_task(job); !task) return task;
    }
    auto current = impl_->running();
    if (!current) return tl::unexpected(current.error());
    for (Job& job : changes.put) complete(job, (*current)->model());
    AddJobs request;
    request.jobs = std::move(changes.put);
    request.removed = std::move(changes.remove);
    request.from_files = changes.from_files;
    request.list_accepted = false;
    auto reply = (*current)->jobs().call(std::move(request), (*current)->config().timeout);
    if (!reply) return tl::unexpected(std::move(reply).error());
    return {};
}

Result<JobRef> Scheduler::find_job(std::string_view name) const {
    auto found = impl_->ask(FindJob{std::string(name)});
    if (!found) return tl::unexpected(std::move(found).error());
    return *found ? (*found)->stored.job : JobRef{};
}

Result<std::vector<JobRef>> Scheduler::jobs() const {
    auto stored_jobs = impl_->ask(ListJobs{});
    if (!stored_jobs) return tl::unexpected(std::move(stored_jobs).error());
    std::vector<JobRef> found;
    found.reserve(stored_jobs->size());
    for (StoredJob& stored : *stored_jobs) found.push_back(std::move(stored.job));
    return found;
}

Result<JobStatus> Scheduler::job_status(std::string_view name) const {
    auto pipeline = impl_->running();
    if (!pipeline) return tl::unexpected(pipeline.error());
    const Duration timeout = (*pipeline)->config().timeout;
    auto found = (*pipeline)->jobs().call(FindJob{std::string(name)}, timeout);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return fail(ErrorCode::not_found, "no job '" + std::string(name) + "'");
    const StoredJob& stored = (*found)->stored;
    auto view =
        (*pipeline)->executions().call(ViewRequest{(*found)->handle, stored.revision}, timeout);
    if (!view) return tl::unexpected(std::move(view).error());
    JobStatus status;
    status.job = stored.job;
    status.revision = stored.revision;
    status.effective_from = stored.effective_from;
    status.next_due = view->next_due;
    status.open = view->open;
    status.waiting = view->waiting;
    status.stuck = view->stuck;
    status.retry_at = view->retry_at;
    status.last_outcome = view->last_outcome;
    status.last_end = view->last_end;
    if (view->no_future) status.problem = "the schedule has no further due time";
    if (view->stuck > 0) status.problem = "stuck: a run continues after its timeout";
    return status;
}

Result<std::vector<OpenRun>> Scheduler::open_runs(std::optional<std::string_view> job) const {
    auto pipeline = impl_->running();
    if (!pipeline) return tl::unexpected(pipeline.error());
    const Duration timeout = (*pipeline)->config().timeout;
    OpenRunsRequest request;
    if (job) {
        auto found = (*pipeline)->jobs().call(FindJob{std::string(*job)}, timeout);
        if (!found) return tl::unexpected(std::move(found).error());
        if (!*found) return std::vector<OpenRun>{};
        request.handle = (*found)->handle;
    }
    auto views = (*pipeline)->executions().call(request, timeout);
    if (!views) return tl::unexpected(std::move(views).error());
    std::vector<OpenRun> runs;
    runs.reserve(views->size());
    for (scheduler::RunView& view : *views) runs.push_back(std::move(view.run));
    return runs;
}

Status Scheduler::delete_job(std::string_view name, DeleteOptions options) {
    return impl_->ask(RemoveJob{std::string(name), options.kill, std::move(options.actor)});
}

Status Scheduler::pause_job(std::string_view name, PauseOptions options) {
    return impl_->ask(PauseJob{std::string(name), options.until, std::move(options.note),
                               std::move(options.actor)});
}

Status Scheduler::resume_job(std::string_view name, std::string_view note) {
    return impl_->ask(ResumeJob{std::string(name), std::string(note)});
}

Status Scheduler::delete_all_jobs() { return impl_->ask(RemoveAllJobs{}); }

Status Scheduler::activate_job(std::string_view name) {
    return impl_->ask(SetJobState{std::string(name), JobState::active});
}

Status Scheduler::deactivate_job(std::string_view name) {
    return impl_->ask(SetJobState{std::string(name), JobState::inactive});
}

Result<ExecutionId> Scheduler::trigger(std::string_view name, TriggerOptions options) {
    return impl_->ask(RunJob{std::string(name), std::move(options.key), std::move(options.actor)});
}

Result<ExecutionId> Scheduler::run_job(std::string_view name) { return trigger(name); }

}  // namespace quantum
