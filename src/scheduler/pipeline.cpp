#include "scheduler/pipeline.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/job.hpp"

#include "base/deadline.hpp"
#include "base/rfc3339.hpp"
#include "run/function/current_run.hpp"
#include "scheduler/available_nodes.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/jobs/accepted_job.hpp"
#include "scheduler/mutant.hpp"
#include "scheduler/recovery.hpp"
#include "zone/data_version.hpp"

namespace quantum::scheduler {

namespace {

/// For the stages of a pipeline that did not start.
constexpr Duration longest_end = std::chrono::seconds(5);
constexpr std::size_t most_names_logged = 1000;  // in characters

LogRuns logged_runs(const SchedulerConfig& config) {
    if (!config.log_executions) return LogRuns::none;
    return config.debug_logging ? LogRuns::all : LogRuns::failed;
}

std::unique_ptr<ExternalRuns> external_runs(const SchedulerConfig& config, Clock& clock,
                                            EventOutbox& events) {
    if (config.executor != ExecutorKind::external) return nullptr;
    return std::make_unique<ExternalRuns>(clock, events);
}

}  // namespace

Pipeline::Pipeline(const SchedulerParts& parts, const SchedulerConfig& config,
                   std::shared_ptr<TelemetryHub> hub, std::optional<std::uint64_t> seed)
    : parts_(parts),
      config_(config),
      zone_data_(zone::data_version()),
      model_(config.defaults),
      shared_hub_(std::move(hub)),
      hub_(*shared_hub_),
      execution_state_(config.concurrency, seed, config.tag_concurrency),
      storage_state_(parts.storage),
      external_(external_runs(config, parts.clock, execution_state_.events)),
      binding_(external_ ? external_.get() : &parts_.runner),
      executor_(parts.clock, external_ ? *external_ : parts.runner, hub_,
                execution_state_.completions, logged_runs(config)),
      feeds_(execution_state_.events, external_.get(), hub_, {config.name, config.max_restarts}) {
    LogSink log;
    if (hub_.logs()) {
        log = [hub = shared_hub_](LogLevel level, std::string_view message,
                                  std::span<const LogField> fields) {
            hub->log(level, message, fields);
        };
    }
    system_ = std::make_unique<StageSystem>(parts_.runtime, parts_.clock, log);
    if (parts_.storage_runtime != nullptr) {
        storage_system_ =
            std::make_unique<StageSystem>(*parts_.storage_runtime, parts_.clock, std::move(log));
    }
}

Pipeline::~Pipeline() {
    static_cast<void>(stop_stages(longest_end));
    release_stages();
}

Result<StartReport> Pipeline::start(const FirstRequest& first_request) {
    Result<Snapshot> snapshot = parts_.storage.load();
    if (!snapshot) return tl::unexpected(std::move(snapshot).error().within("storage"));
    const JobTable& table = job_state_.table;
    if (snapshot->jobs && snapshot->jobs->size() > table.room()) {
        return tl::unexpected(too_many_jobs(table).within("storage"));
    }
    Result<AddJobs> request = first_request(*snapshot);
    if (!request) return tl::unexpected(std::move(request).error());
    const WallTime now = parts_.clock.wall_now();
    storage_state_.last_batch = snapshot->last_batch;
    Recovery recovery(*snapshot, {now, parts_.clock.boot_now()}, config_, zone_data_,
                      {execution_state_, job_state_.table, hub_}, binding_);
    executor_.adopt(recovery.run());
    StartReport report = report_of(*request);
    tell_unbound(report);
    prepare_stages();
    // A stage that is prepared keeps its messages: this one is the first that it sees.
    if (!request->jobs.empty() || !request->removed.empty()) {
        send_first(std::move(*request));
    }
    if (Status started = start_stages(); !started) return tl::unexpected(started.error());
    return report;
}

// As it will be once the first request is through.
StartReport Pipeline::report_of(const AddJobs& request) const {
    const JobTable& table = job_state_.table;
    std::set<std::string> unbound;
    for (std::uint32_t index = 0; index < table.indexes(); ++index) {
        const JobRow& row = table.row(index);
        if (row.state == JobRow::State::active && row.unbound) unbound.insert(row.job->name());
    }
    for (const std::string& name : request.removed) unbound.erase(name);
    for (const Job& job : request.jobs) {
        if (job.state() == JobState::active && binding_.is_unbound(job)) {
            unbound.insert(job.name());
        } else {
            unbound.erase(job.name());
        }
    }
    return {{unbound.begin(), unbound.end()}};
}

void Pipeline::tell_unbound(const StartReport& report) const {
    if (report.unbound.empty()) return;
    std::string names;
    for (const std::string& name : report.unbound) {
        if (names.size() > most_names_logged) {
            names += ", …";
            break;
        }
        names += (names.empty() ? "" : ", ") + name;
    }
    const std::string count = std::to_string(report.unbound.size());
    const std::array fields{LogField{"count", count}, LogField{"jobs", names}};
    hub_.log(LogLevel::warning, "jobs have no function: their due times wait", fields);
    const JobTable& table = job_state_.table;
    for (const std::string& name : report.unbound) {
        const auto index = table.find(name);
        if (!index || !table.row(*index).unbound) continue;  // told when it is added
        const std::string why = why_unbound(*table.row(*index).job);
        TelemetryEvent event{TelemetryKind::job_unbound, {}, {}, parts_.clock.wall_now()};
        event.job = table.row(*index).job.get();
        event.text = why;
        hub_.emit(event);
    }
}

// Nothing is decided before these jobs are stored: a due time of one that is gone must not run, and
// one of a new one is not to vanish. What keeps them from being stored for good has told so itself.
void Pipeline::send_first(AddJobs request) {
    request.until_stored = true;
    jobs_.call_then(std::move(request), [this](const Result<AddJobs::Reply>& reply) {
        if (reply || gave_up_) return;
        const std::array fields{LogField{"reason", reply.error().message}};
        hub_.log(LogLevel::error, "the first jobs could not be added", fields);
    });
}

void Pipeline::give_up(std::string_view what, const std::string& reason) {
    if (gave_up_.exchange(true)) return;
    const std::array fields{LogField{"reason", reason}};
    hub_.log(LogLevel::error, what, fields);
    TelemetryEvent event{TelemetryKind::scheduler_state, {}, {}, parts_.clock.wall_now()};
    event.text = "failed";
    hub_.emit(event);
}

void Pipeline::prepare_stages() {
    StageSystem* const storage_system = storage_system_ ? storage_system_.get() : system_.get();
    const bool keeps_ledger = parts_.storage.keeps_ledger();
    if (keeps_ledger) {
        writer_ = storage_system->prepare_with<StorageWriter>(
            {.name = config_.name + ".storage_writer", .subscribe_to = {}},
            [this] { return std::make_unique<StorageWriter>(storage_state_, parts_.clock, hub_); });
    }
    JobBroadcaster::Dependencies job_dependencies;
    job_dependencies.state = &job_state_;
    job_dependencies.pending_changes = &execution_state_.pending_changes;
    job_dependencies.manual_runs = &execution_state_.manual_runs;
    job_dependencies.hub = &hub_;
    job_dependencies.clock = &parts_.clock;
    job_dependencies.writer = writer_;
    job_dependencies.zone_data = zone_data_;
    job_dependencies.binding = binding_;
    job_dependencies.give_up = [this](const std::string& reason) {
        give_up("storage failed permanently; stopping the scheduler", reason);
    };
    JobBroadcaster::Options job_options;
    job_options.name = config_.name + ".job_broadcaster";
    job_options.buffer_size.reset();  // the control path loses nothing
    jobs_ = system_->prepare_with<JobBroadcaster>(std::move(job_options), [job_dependencies] {
        return std::make_unique<JobBroadcaster>(job_dependencies);
    });

    ExecutionBroadcaster::Dependencies dependencies;
    dependencies.state = &execution_state_;
    dependencies.drain = &drain_;
    dependencies.executor = &executor_;
    dependencies.hub = &hub_;
    dependencies.clock = &parts_.clock;
    dependencies.plans.misfire_after = config_.misfire_after;
    dependencies.plans.keeps_ledger = keeps_ledger;
    dependencies.plans.node = config_.node;
    dependencies.plans.nodes = available_nodes(config_);
    dependencies.writer = writer_;
    dependencies.jobs = jobs_;
    dependencies.external = external_.get();
    dependencies.give_up = [this](const std::string& reason) {
        give_up("storage failed permanently; stopping the scheduler", reason);
    };
    ExecutionBroadcaster::Options options;
    options.name = config_.name + ".execution_broadcaster";
    SubscriptionOptions<JobEvent> to_jobs;
    to_jobs.max_demand = 4096;
    to_jobs.cancel = CancelMode::temporary;
    options.subscribe_to = {{jobs_, to_jobs}};
    options.wait_for_demand = false;  // changes of jobs must not wait for executors
    executions_ = system_->prepare_with<ExecutionBroadcaster>(std::move(options), [dependencies] {
        return std::make_unique<ExecutionBroadcaster>(dependencies);
    });
    storage_state_.ask_again = [jobs = jobs_, executions = executions_] {
        jobs.cast(StorageRestarted{});
        executions.cast(StorageRestarted{});
    };
    storage_state_.tell_doubt = [executions = executions_] {
        executions.cast(ExecutionBroadcaster::StorageInDoubt{});
    };
    executor_.notify_with([stage = executions_] { stage.cast(ExecutionBroadcaster::RunsEnded{}); });
    execution_state_.events.to_broadcaster.set(
        [stage = executions_] { stage.cast(ExecutionBroadcaster::SubscribersCame{}); });
    if (external_) {
        external_->to_broadcaster.set(
            [stage = executions_] { stage.cast(ExecutionBroadcaster::DemandGrew{}); });
    }
    feeds_.use(*system_);

    ExecutorSupervisor::Options executor_options;
    executor_options.name = config_.name + ".executor_supervisor";
    SubscriptionOptions<Execution> to_executions;
    to_executions.max_demand = config_.max_demand;
    to_executions.cancel = CancelMode::temporary;
    executor_options.subscribe_to = {{executions_, to_executions}};
    executors_ = system_->prepare_with<ExecutorSupervisor>(std::move(executor_options), [this] {
        return std::make_unique<ExecutorSupervisor>(executor_);
    });
}

// One that crashes is made again, and so are all that come after it in the pipeline.
Status Pipeline::start_stages() {
    SupervisorOptions options;
    options.name = config_.name + ".supervisor";
    options.strategy = Strategy::rest_for_one;
    options.max_restarts = config_.max_restarts;
    std::vector<ChildSpec> children;
    if (writer_ && storage_system_) {
        SupervisorOptions own;
        own.name = config_.name + ".storage_supervisor";
        own.max_restarts = config_.max_restarts;
        auto started = start_supervisor(*storage_system_, own, {child(writer_)});
        if (!started) return tl::unexpected(started.error());
    } else if (writer_) {
        children.push_back(child(writer_));
    }
    children.push_back(child(jobs_));
    children.push_back(child(executions_));
    children.push_back(child(executors_));
    auto started = start_supervisor(*system_, options, std::move(children));
    if (!started) return tl::unexpected(started.error());
    supervisor_ = *started;
    return {};
}

bool Pipeline::stop_stages(Duration timeout) {
    executor_.notify_with({});
    feeds_.disconnect();
    if (!system_) return true;
    const base::Deadline deadline(parts_.clock, timeout);
    const auto end = [&deadline](StageSystem& system) {
        if (system.shutdown(deadline.left())) return true;
        if (system.runtime().waiting() == Waiting::block) return false;  // one is busy
        system.abandon();  // no turn is running: this thread is the only one that could
        return true;
    };
    if (!end(*system_) || (storage_system_ && !end(*storage_system_))) return false;
    feeds_.close();
    refuse_requests();
    return true;
}

bool Pipeline::is_in_turn() const {
    const detail::StageCell* const stage = detail::StageCell::current();
    if (stage == nullptr) return false;
    const StageSystem* const system = &stage->system();
    return system == system_.get() || system == storage_system_.get();
}

Waiting Pipeline::waiting() const {
    const Waiting own = parts_.runtime.waiting();
    if (parts_.storage_runtime == nullptr || own == Waiting::refuse) return own;
    return parts_.storage_runtime->waiting() == Waiting::refuse ? Waiting::refuse : own;
}

std::optional<ExecutionId> Pipeline::current_run() const {
    const ExecutionId* const run = run::CurrentRun::of(executor_);
    return run == nullptr ? std::nullopt : std::optional(*run);
}

// What was asked for is kept where it outlives the stages: nobody else answers it now.
void Pipeline::refuse_requests() {
    const auto refusal = [] {
        return Error{ErrorCode::unavailable, "the scheduler stopped before the call was completed"};
    };
    const auto refuse = [&](const std::vector<ManualRun>& runs) {
        for (const ManualRun& run : runs) run.answer(tl::unexpected(refusal()));
    };
    for (const JobRequest& request : std::exchange(job_state_.queue, {})) {
        scheduler::refuse(request, refusal());
    }
    if (auto change = std::exchange(job_state_.change, std::nullopt)) {
        for (const TableChange::Answer& answer : change->answers) answer(tl::unexpected(refusal()));
        refuse(change->runs);
    }
    refuse(execution_state_.manual_runs.take());
    refuse(std::exchange(execution_state_.manual, {}));
    if (auto plan = std::exchange(execution_state_.plan, std::nullopt)) {
        refuse(plan->manual);
        for (ManualAnswer& answer : plan->answers) answer.answer(tl::unexpected(refusal()));
    }
    for (auto& waiting : std::exchange(drain_.waiting, {})) waiting.fail(refusal());
}

void Pipeline::release_stages() {
    writer_ = {};
    jobs_ = {};
    executions_ = {};
    executors_ = {};
    supervisor_ = {};
    system_.reset();
    storage_system_.reset();
}

void Pipeline::outlive_runs(std::shared_ptr<Pipeline> self) {
    executor_.keep_while_running(std::move(self));
}

bool Pipeline::is_alive() const {
    return !gave_up_ && supervisor_.is_alive() && (!writer_ || writer_.is_alive());
}

}  // namespace quantum::scheduler
