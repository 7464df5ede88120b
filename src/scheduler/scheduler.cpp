#include "quantum/scheduler.hpp"

#include <array>
#include <condition_variable>
#include <random>
#include <set>
#include <utility>

#include <malloc.h>

#include "quantum/job_changes.hpp"
#include "quantum/memory_storage.hpp"

#include "base/mutex.hpp"
#include "scheduler/outlived_parts.hpp"
#include "scheduler/own_parts.hpp"
#include "scheduler/pipeline.hpp"
#include "scheduler/telemetry_hub.hpp"

namespace quantum {

using scheduler::DrainRequest;
using scheduler::ExecutionView;
using scheduler::JobReply;
using scheduler::JobRequest;
using scheduler::OpenRunsRequest;
using scheduler::Pipeline;
using scheduler::ViewRequest;

namespace {

std::uint64_t seed_of(const SchedulerConfig& config) {
    if (config.seed) return *config.seed;
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

Status check_task(const Job& job) {
    if (job.task().kind() != TaskKind::none) return {};
    return fail(ErrorCode::invalid_argument,
                "job '" + (job.name().empty() ? std::string("(unnamed)") : job.name()) +
                    "': it has no task");
}

// What a hundred thousand jobs were made of before they were taken over is free, but lies in the
// allocator; the system gets it back in one sweep.
void give_memory_back() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

// What a job does not say, the scheduler's defaults do. A command's time is kept by its runner.
void complete(Job& job, const Job& model) {
    job.take_defaults(model);
    const Command* command = command_of(job.task());
    if (command == nullptr || command->timeout || !job.timeout()) return;
    Command timed = *command;
    timed.timeout = job.timeout();
    static_cast<void>(job.set_task(std::move(timed)));
}

Result<StopReport> report_of(Result<DrainRequest::Drained> drained) {
    if (!drained) return tl::unexpected(std::move(drained).error());
    return StopReport{drained->ended_by_force, drained->lost};
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

struct Scheduler::Impl {
    Impl(std::optional<SchedulerParts> its_parts, SchedulerConfig its_config)
        : parts(its_parts),
          config(std::move(its_config)),
          hub(std::make_shared<scheduler::TelemetryHub>(config.name, config.node, config.log)) {
        own_storage.forget_job_history();  // nobody can ask for it
    }

    /// Keeps the pipeline and what it stands on while a call is under way.
    class Use {
    public:
        Use(const Impl& impl, std::shared_ptr<Pipeline> pipeline)
            : impl_(&impl), pipeline_(std::move(pipeline)) {}
        Use(Use&& other) noexcept
            : impl_(std::exchange(other.impl_, nullptr)), pipeline_(std::move(other.pipeline_)) {}
        Use& operator=(Use&&) = delete;
        ~Use() {
            pipeline_.reset();
            if (impl_ == nullptr) return;
            const MutexLock lock(impl_->mutex);
            if (--impl_->calls == 0) impl_->idle.notify_all();
        }
        Pipeline* operator->() const { return pipeline_.get(); }

    private:
        const Impl* impl_;
        std::shared_ptr<Pipeline> pipeline_;
    };

    /// The pipeline, for the length of a call.
    [[nodiscard]] Result<Use> running() const {
        const MutexLock lock(mutex);
        if (!pipeline || stopping) {
            return fail(ErrorCode::unavailable, "scheduler '" + config.name + "' is not running");
        }
        ++calls;
        return Use(*this, pipeline);
    }

    [[nodiscard]] Result<JobReply> ask(JobRequest request) const {
        auto current = running();
        if (!current) return tl::unexpected(current.error());
        return (*current)->jobs().call(std::move(request), (*current)->config().timeout);
    }

    [[nodiscard]] Status tell(JobRequest request) const {
        auto reply = ask(std::move(request));
        if (!reply) return tl::unexpected(std::move(reply).error());
        return {};
    }

    [[nodiscard]] Status tell(JobRequest::Kind kind, std::string_view name) const {
        JobRequest request;
        request.kind = kind;
        request.name = name;
        return tell(std::move(request));
    }

    Status add(std::vector<Job> jobs, bool tell_jobs, std::vector<StoredJob>* accepted);
    [[nodiscard]] std::vector<Job> configured_jobs(const SchedulerConfig& now) const;
    /// The configuration of a start: what the hook makes of it.
    [[nodiscard]] Result<SchedulerConfig> configure() const;
    /// What jobs are made with.
    [[nodiscard]] JobDefaults defaults() const;
    [[nodiscard]] Result<JobRequest> first_request(const SchedulerConfig& now,
                                                   const Snapshot& snapshot) const
        QUANTUM_REQUIRES(mutex);

    [[nodiscard]] Result<SchedulerParts> make_parts(const SchedulerConfig& now)
        QUANTUM_REQUIRES(mutex);

    const std::optional<SchedulerParts> parts;  // none: it makes its own
    MemoryStorage own_storage;
    std::shared_ptr<Storage> configured_storage QUANTUM_GUARDED_BY(mutex);
    const SchedulerConfig config;
    const std::shared_ptr<scheduler::TelemetryHub> hub;

    mutable Mutex mutex;
    std::unique_ptr<scheduler::OwnParts> own QUANTUM_GUARDED_BY(mutex);
    scheduler::OutlivedParts outlived QUANTUM_GUARDED_BY(mutex);
    std::shared_ptr<Pipeline> pipeline QUANTUM_GUARDED_BY(mutex);
    bool stopping QUANTUM_GUARDED_BY(mutex) = false;
    std::uint64_t starts QUANTUM_GUARDED_BY(mutex) = 0;
    mutable std::size_t calls QUANTUM_GUARDED_BY(mutex) = 0;
    mutable std::condition_variable_any idle;          // no call is under way
    std::vector<Job> early QUANTUM_GUARDED_BY(mutex);  // added before the first start
    std::uint64_t unnamed QUANTUM_GUARDED_BY(mutex) = 0;
};

Result<SchedulerParts> Scheduler::Impl::make_parts(const SchedulerConfig& now) {
    if (parts) return *parts;
    auto made = scheduler::OwnParts::make(now);
    if (!made) return tl::unexpected(std::move(made).error());
    own = std::move(*made);
    configured_storage = now.storage;
    Storage& storage = configured_storage ? *configured_storage : own_storage;
    return SchedulerParts{own->clock(), own->runtime(), storage, own->runner()};
}

Result<SchedulerConfig> Scheduler::Impl::configure() const {
    if (!config.init) return config;
    Result<SchedulerConfig> changed = config;
    try {
        changed = config.init(config);
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::invalid_argument, std::string("init: ") + thrown.what());
    }
    if (!changed) return tl::unexpected(std::move(changed).error().within("init"));
    changed->name = config.name;
    return changed;
}

JobDefaults Scheduler::Impl::defaults() const {
    const MutexLock lock(mutex);
    return pipeline ? pipeline->config().defaults : config.defaults;
}

// The jobs of the configuration that can be taken; a warning for each of the others.
std::vector<Job> Scheduler::Impl::configured_jobs(const SchedulerConfig& now) const {
    const Job no_job;
    std::vector<Job> taken;
    std::set<std::string> names;
    for (const ConfiguredJob& configured : now.jobs) {
        const Result<Job> made = configured.make(now.defaults);
        std::string reason;
        if (!made) {
            reason = made.error().message;
        } else if (Status task = check_task(*made); !task) {
            reason = task.error().message;
        }
        const Job& job = made ? *made : no_job;
        if (reason.empty() && !job.name().empty() && !names.insert(job.name()).second) {
            reason = "job '" + job.name() + "': another job has this name";
        }
        if (reason.empty()) {
            taken.push_back(job);
            continue;
        }
        const std::array fields{LogField{"reason", reason}};
        hub->log(LogLevel::warning, "a job of the configuration was refused", fields);
    }
    return taken;
}

Result<JobRequest> Scheduler::Impl::first_request(const SchedulerConfig& now,
                                                  const Snapshot& snapshot) const {
    JobRequest request;
    request.kind = JobRequest::Kind::add;
    request.tell_jobs = false;
    request.each_alone = true;
    if (!snapshot.jobs) request.jobs = configured_jobs(now);
    if (now.catch_up_jobs && snapshot.watermark) {
        request.counts_from = *snapshot.watermark + Duration(1);
        request.counted = request.jobs.size();
    }
    if (now.reconcile) {
        auto changes =
            now.reconcile(snapshot.jobs ? std::span(*snapshot.jobs) : std::span<const StoredJob>());
        if (!changes) return tl::unexpected(std::move(changes).error());
        request.removed = std::move(changes->remove);
        request.from_files = changes->from_files;
        for (Job& job : changes->put) {
            if (Status task = check_task(job); !task) return tl::unexpected(task.error());
            request.jobs.push_back(std::move(job));
        }
    }
    request.jobs.insert(request.jobs.end(), early.begin(), early.end());
    const Job made(now.defaults);
    for (Job& job : request.jobs) complete(job, made);
    return request;
}

Status Scheduler::Impl::add(std::vector<Job> jobs, bool tell_jobs,
                            std::vector<StoredJob>* accepted) {
    for (const Job& job : jobs) {
        if (Status task = check_task(job); !task) return task;
    }
    {
        const MutexLock lock(mutex);
        if (!pipeline && !stopping) {
            for (Job& job : jobs) {
                if (job.name().empty()) {
                    static_cast<void>(job.set_name("job-" + std::to_string(++unnamed)));
                }
                if (accepted != nullptr) {
                    accepted->push_back({JobRef(job), 0, WallTime{}});
                }
                early.push_back(std::move(job));
            }
            return {};
        }
    }
    auto current = running();
    if (!current) return tl::unexpected(current.error());
    for (Job& job : jobs) complete(job, (*current)->model());
    JobRequest request;
    request.kind = JobRequest::Kind::add;
    request.jobs = std::move(jobs);
    request.tell_jobs = tell_jobs;
    const bool many = request.jobs.size() >= 100'000;
    auto reply = (*current)->jobs().call(std::move(request), (*current)->config().timeout);
    if (!reply) return tl::unexpected(std::move(reply).error());
    if (many) give_memory_back();
    if (accepted != nullptr) *accepted = std::move(reply->jobs);
    return {};
}

Job Scheduler::new_job() const { return Job(impl_->defaults()); }

Result<Job> Scheduler::new_job(const JobSpec& spec) const {
    return make_job(spec, impl_->defaults());
}

Scheduler::Scheduler(SchedulerConfig config)
    : impl_(std::make_unique<Impl>(std::nullopt, std::move(config))) {}

Scheduler::Scheduler(SchedulerParts parts, SchedulerConfig config)
    : impl_(std::make_unique<Impl>(parts, std::move(config))) {}

Scheduler::~Scheduler() { static_cast<void>(stop(Duration::zero())); }

Status Scheduler::start() {
    Result<SchedulerConfig> config = impl_->configure();
    if (!config) return tl::unexpected(std::move(config).error());
    std::vector<std::unique_ptr<scheduler::OwnParts>> unused;  // goes after the lock
    const MutexLock lock(impl_->mutex);
    unused = impl_->outlived.take_unused();
    if (impl_->pipeline || impl_->stopping) {
        return fail(ErrorCode::already_exists,
                    "scheduler '" + impl_->config.name + "' is started already");
    }
    Result<SchedulerParts> parts = impl_->make_parts(*config);
    if (!parts) return tl::unexpected(std::move(parts).error());
    auto pipeline = std::make_shared<Pipeline>(*parts, *config, impl_->hub, seed_of(*config));
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

Result<StopReport> Scheduler::stop(Duration patience) {
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
        const Duration longest = patience + kill_after + std::chrono::seconds(10);
        report =
            report_of((*pipeline)->executions().call(DrainRequest{patience, kill_after}, longest));
    }
    std::shared_ptr<Pipeline> pipeline;
    {
        const MutexLock lock(impl_->mutex);
        // Another thread has stopped it, and it may have been started again since.
        if (!impl_->pipeline || impl_->starts != starts) return StopReport{};
        pipeline.swap(impl_->pipeline);
    }
    pipeline->stop_stages();
    std::unique_ptr<scheduler::OwnParts> own;
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

void Scheduler::drain(Duration patience, std::function<void(Result<StopReport>)> then) {
    auto pipeline = impl_->running();
    if (!pipeline) {
        then(StopReport{});
        return;
    }
    (*pipeline)->executions().call_then(
        DrainRequest{patience, (*pipeline)->config().kill_after},
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
        if (Status task = check_task(job); !task) return task;
    }
    auto current = impl_->running();
    if (!current) return tl::unexpected(current.error());
    for (Job& job : changes.put) complete(job, (*current)->model());
    JobRequest request;
    request.kind = JobRequest::Kind::add;
    request.jobs = std::move(changes.put);
    request.removed = std::move(changes.remove);
    request.from_files = changes.from_files;
    request.tell_jobs = false;
    auto reply = (*current)->jobs().call(std::move(request), (*current)->config().timeout);
    if (!reply) return tl::unexpected(std::move(reply).error());
    return {};
}

Result<JobRef> Scheduler::find_job(std::string_view name) const {
    JobRequest request;
    request.kind = JobRequest::Kind::find;
    request.name = name;
    auto reply = impl_->ask(std::move(request));
    if (!reply) return tl::unexpected(std::move(reply).error());
    if (reply->jobs.empty()) return JobRef{};
    return reply->jobs.front().job;
}

Result<std::vector<JobRef>> Scheduler::jobs() const {
    auto reply = impl_->ask(JobRequest{});
    if (!reply) return tl::unexpected(std::move(reply).error());
    std::vector<JobRef> found;
    found.reserve(reply->jobs.size());
    for (StoredJob& stored : reply->jobs) found.push_back(std::move(stored.job));
    return found;
}

Result<JobStatus> Scheduler::job_status(std::string_view name) const {
    auto pipeline = impl_->running();
    if (!pipeline) return tl::unexpected(pipeline.error());
    JobRequest request;
    request.kind = JobRequest::Kind::find;
    request.name = name;
    const Duration timeout = (*pipeline)->config().timeout;
    auto reply = (*pipeline)->jobs().call(std::move(request), timeout);
    if (!reply) return tl::unexpected(std::move(reply).error());
    if (reply->jobs.empty()) {
        return fail(ErrorCode::not_found, "no job '" + std::string(name) + "'");
    }
    const StoredJob& stored = reply->jobs.front();
    auto view = (*pipeline)->executions().call(ViewRequest{reply->handles.front(), stored.revision},
                                               timeout);
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
    if (view->stuck > 0) status.problem = "stuck: a run goes on after its timeout";
    return status;
}

Result<std::vector<OpenRun>> Scheduler::open_runs(std::optional<std::string_view> job) const {
    auto pipeline = impl_->running();
    if (!pipeline) return tl::unexpected(pipeline.error());
    const Duration timeout = (*pipeline)->config().timeout;
    OpenRunsRequest request;
    if (job) {
        JobRequest find;
        find.kind = JobRequest::Kind::find;
        find.name = *job;
        auto found = (*pipeline)->jobs().call(std::move(find), timeout);
        if (!found) return tl::unexpected(std::move(found).error());
        if (found->handles.empty()) return std::vector<OpenRun>{};
        request.handle = found->handles.front();
    }
    return (*pipeline)->executions().call(request, timeout);
}

Status Scheduler::delete_job(std::string_view name, DeleteOptions options) {
    JobRequest request;
    request.kind = JobRequest::Kind::remove;
    request.name = name;
    request.kill = options.kill;
    request.actor = std::move(options.actor);
    return impl_->tell(std::move(request));
}

Status Scheduler::pause_job(std::string_view name, PauseOptions options) {
    JobRequest request;
    request.kind = JobRequest::Kind::pause;
    request.name = name;
    request.until = options.until;
    request.note = std::move(options.note);
    request.actor = std::move(options.actor);
    return impl_->tell(std::move(request));
}

Status Scheduler::resume_job(std::string_view name, std::string_view note) {
    JobRequest request;
    request.kind = JobRequest::Kind::resume;
    request.name = name;
    request.note = note;
    return impl_->tell(std::move(request));
}
Status Scheduler::delete_all_jobs() { return impl_->tell(JobRequest::Kind::remove_all, {}); }
Status Scheduler::activate_job(std::string_view name) {
    return impl_->tell(JobRequest::Kind::activate, name);
}
Status Scheduler::deactivate_job(std::string_view name) {
    return impl_->tell(JobRequest::Kind::deactivate, name);
}

Result<ExecutionId> Scheduler::trigger(std::string_view name, TriggerOptions options) {
    JobRequest request;
    request.kind = JobRequest::Kind::run;
    request.name = name;
    request.key = std::move(options.key);
    request.actor = std::move(options.actor);
    auto reply = impl_->ask(std::move(request));
    if (!reply) return tl::unexpected(std::move(reply).error());
    return *reply->execution;
}

Result<ExecutionId> Scheduler::run_job(std::string_view name) { return trigger(name); }

ListenerId Scheduler::attach(TelemetryListener listener, TelemetryKinds kinds) {
    return impl_->hub->attach(std::move(listener), kinds);
}

bool Scheduler::detach(ListenerId listener) { return impl_->hub->detach(listener); }

}  // namespace quantum
