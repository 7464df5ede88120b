#include "quantum/scheduler.hpp"

#include <string>
#include <utility>
#include <vector>

#include "quantum/job_changes.hpp"

#include "base/deadline.hpp"
#include "scheduler/scheduler_impl.hpp"

namespace quantum {

using scheduler::AddJobs;
using scheduler::check_has_task;
using scheduler::complete;
using scheduler::FindJob;
using scheduler::ListJobs;
using scheduler::OpenRunsRequest;
using scheduler::PauseJob;
using scheduler::RemoveAllJobs;
using scheduler::RemoveJob;
using scheduler::ResumeJob;
using scheduler::RunJob;
using scheduler::SetJobState;
using scheduler::ViewRequest;

namespace {

/// The time of a call that asks more than once.
base::Deadline deadline_of(const scheduler::Pipeline& pipeline) {
    return {pipeline.clock(), pipeline.config().timeout};
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

Scheduler::~Scheduler() { impl_->life.end(); }

StartResult Scheduler::start() {
    auto start = impl_->life.begin_start();
    if (!start) return tl::unexpected(std::move(start).error());
    Result<SchedulerConfig> config = impl_->configure();
    if (!config) return tl::unexpected(std::move(config).error());
    impl_->hub->open();
    Result<SchedulerParts> parts = impl_->make_parts(*config, *start);
    if (!parts) return tl::unexpected(std::move(parts).error());
    const auto pipeline =
        std::make_shared<scheduler::Pipeline>(*parts, *config, impl_->hub, config->seed);
    start->own(pipeline);
    const auto first_request = [&](Snapshot& snapshot) {
        return impl_->first_request(*config, snapshot, start->jobs());
    };
    Result<StartReport> report = pipeline->start(first_request);
    if (!report) return tl::unexpected(std::move(report).error());
    start->succeed();
    return *std::move(report);
}

Result<StopReport> Scheduler::stop(Duration timeout) { return impl_->life.stop(timeout); }

void Scheduler::drain(Duration timeout, std::function<void(Result<StopReport>)> then) {
    impl_->life.drain(timeout, std::move(then));
}

SchedulerState Scheduler::state() const { return impl_->life.state(); }

const std::string& Scheduler::name() const { return impl_->config.name; }

ListenerId Scheduler::attach(TelemetryListener listener, TelemetryKinds kinds) {
    return impl_->hub->attach(std::move(listener), kinds);
}

bool Scheduler::detach(ListenerId listener) {
    return impl_->hub->detach(listener, impl_->config.timeout);
}

// Each of these is a request to JobBroadcaster, ExecutionBroadcaster, or both.

Job Scheduler::new_job() const { return Job(impl_->defaults()); }

Result<Job> Scheduler::new_job(const JobSpec& spec) const {
    return make_job(spec, impl_->defaults());
}

Result<std::string> Scheduler::add_job(JobSpec spec) {
    auto job = spec.job ? Result<Job>(std::move(spec.job.own())) : new_job(spec);
    if (!job) return tl::unexpected(std::move(job).error());
    std::vector<Job> jobs;
    jobs.push_back(*std::move(job));
    std::vector<StoredJob> accepted;
    if (Status added = impl_->add(std::move(jobs), true, &accepted); !added) {
        return tl::unexpected(added.error());
    }
    return accepted.front().job->name();
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
    auto current = impl_->life.use();
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
    auto pipeline = impl_->life.use();
    if (!pipeline) return tl::unexpected(pipeline.error());
    const auto deadline = deadline_of(**pipeline);
    auto found = (*pipeline)->jobs().call(FindJob{std::string(name)}, deadline.left());
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return fail(ErrorCode::not_found, "no job '" + std::string(name) + "'");
    const StoredJob& stored = (*found)->stored;
    auto view = (*pipeline)->executions().call(ViewRequest{(*found)->handle, stored.revision},
                                               deadline.left());
    if (!view) return tl::unexpected(std::move(view).error());
    JobStatus status;
    status.job = stored.job;
    status.revision = stored.revision;
    status.effective_from = stored.effective_from;
    status.next_due = view->next_due;
    status.open = view->open;
    status.waiting = view->waiting;
    status.unbound = view->unbound;
    status.stuck = view->stuck;
    status.retry_at = view->retry_at;
    status.last_outcome = view->last_outcome;
    status.last_end = view->last_end;
    const auto has = [&status](ProblemKind kind) {
        status.problem = scheduler::problem_text(kind, *status.job);
    };
    if (view->no_future) has(ProblemKind::no_due_time);
    if (view->is_unbound) has(ProblemKind::unbound);
    if (view->stuck > 0) has(ProblemKind::stuck);
    return status;
}

Result<std::vector<JobProblem>> Scheduler::problems() const {
    auto pipeline = impl_->life.use();
    if (!pipeline) return tl::unexpected(pipeline.error());
    const auto deadline = deadline_of(**pipeline);
    // Answered once the changes before it have been sent on: they count.
    auto changes = (*pipeline)->jobs().call(FindJob{}, deadline.left());
    if (!changes) return tl::unexpected(std::move(changes).error());
    return (*pipeline)->executions().call(scheduler::ProblemsRequest{}, deadline.left());
}

Status Scheduler::add_handler(std::string name, Handler handler) {
    return impl_->add_handler(std::move(name), std::move(handler));
}

Result<std::vector<OpenRun>> Scheduler::open_runs(std::optional<std::string_view> job) const {
    auto pipeline = impl_->life.use();
    if (!pipeline) return tl::unexpected(pipeline.error());
    const auto deadline = deadline_of(**pipeline);
    OpenRunsRequest request;
    if (job) {
        auto found = (*pipeline)->jobs().call(FindJob{std::string(*job)}, deadline.left());
        if (!found) return tl::unexpected(std::move(found).error());
        if (!*found) return std::vector<OpenRun>{};
        request.handle = (*found)->handle;
    }
    auto views = (*pipeline)->executions().call(request, deadline.left());
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

// What others subscribe to, and carry out.

Result<ProducerRef<SchedulerEvent>> Scheduler::events() {
    auto pipeline = impl_->life.present();
    if (!pipeline) return tl::unexpected(pipeline.error());
    return (*pipeline)->feeds().events();
}

Result<ProducerRef<Execution>> Scheduler::executions() {
    auto pipeline = impl_->life.present();
    if (!pipeline) return tl::unexpected(pipeline.error());
    return (*pipeline)->feeds().executions();
}

Status Scheduler::finish(const ExecutionId& execution, Outcome outcome) {
    auto pipeline = impl_->life.present();
    if (!pipeline) return tl::unexpected(pipeline.error());
    return (*pipeline)->feeds().finish(execution, std::move(outcome));
}

}  // namespace quantum
