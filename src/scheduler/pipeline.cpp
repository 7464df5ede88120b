#include "scheduler/pipeline.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/mutant.hpp"
#include "zone/data_version.hpp"

namespace quantum::scheduler {

namespace {

LogRuns logged_runs(const SchedulerConfig& config) {
    if (!config.log_executions) return LogRuns::none;
    return config.debug_logging ? LogRuns::all : LogRuns::failed;
}

std::vector<std::string> available_nodes(const SchedulerConfig& config) {
    if (config.nodes.empty()) return {config.node};
    return config.nodes;
}

// The latest instant that the wall clock is known to have shown since it was last set back.
std::optional<WallTime> last_shown(const Snapshot& snapshot) {
    std::optional<WallTime> shown = snapshot.watermark;
    const auto look = [&](const std::vector<Entry>& entries) {
        for (const Entry& entry : entries) {
            // What was claimed before that may have seen a later time.
            if (snapshot.step && entry.pass != snapshot.step->pass &&
                entry.claimed_at <= snapshot.step->repeated_until) {
                continue;
            }
            if (shown) shown = std::max(*shown, entry.claimed_at);
        }
    };
    look(snapshot.open);
    look(snapshot.decided);
    return shown;
}

// What ran or waits to run again, then the rest: nothing of its job has its turn before it is over,
// even where a clock that was set back made that due earlier.
std::vector<const Entry*> by_what_began(const std::vector<Entry>& open) {
    std::vector<const Entry*> sorted;
    sorted.reserve(open.size());
    for (const Entry& entry : open) sorted.push_back(&entry);
    if (mutated(SchedulerMutant::queue_passes_rerun)) return sorted;
    std::stable_partition(sorted.begin(), sorted.end(), [](const Entry* entry) {
        return entry->state == EntryState::started || entry->attempt > 1;
    });
    return sorted;
}

bool has_fixed_times(const Job& job) { return job.schedule() && job.schedule()->is_fixed_time(); }

}  // namespace

Pipeline::Pipeline(const SchedulerParts& parts, const SchedulerConfig& config,
                   std::shared_ptr<TelemetryHub> hub, std::uint64_t seed)
    : parts_(parts),
      config_(config),
      zone_data_(zone::data_version()),
      model_(config.defaults),
      shared_hub_(std::move(hub)),
      hub_(*shared_hub_),
      book_(config.concurrency, seed, config.tag_concurrency),
      storage_desk_(parts.storage),
      executor_(parts.clock, parts.runner, hub_, book_.finishes, logged_runs(config)) {}

Pipeline::~Pipeline() {
    stop_stages();
    release_stages();
}

Status Pipeline::start(const FirstRequest& first_request) {
    Result<Snapshot> snapshot = parts_.storage.load();
    if (!snapshot) return tl::unexpected(std::move(snapshot).error().within("storage"));
    Result<JobRequest> request = first_request(*snapshot);
    if (!request) return tl::unexpected(std::move(request).error());
    const WallTime now = parts_.clock.wall_now();
    storage_desk_.last_batch = snapshot->last_batch;
    load_jobs(*snapshot, now);
    load_positions(*snapshot, now);
    load_open_entries(*snapshot, now);
    prepare_stages();
    // A stage that is prepared keeps its messages: this one is the first that it sees.
    if (!request->jobs.empty() || !request->removed.empty()) {
        send_first(std::move(*request));
    }
    return start_stages();
}

// Nothing is decided before these jobs are stored: a due time of one that is gone must not run, and
// one of a new one is not to vanish. What keeps them from being stored for good has told so itself.
void Pipeline::send_first(JobRequest request) {
    request.until_stored = true;
    jobs_.call_then(std::move(request), [this](const Result<JobReply>& reply) {
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
    hub_.tell(event);
}

void Pipeline::load_jobs(const Snapshot& snapshot, WallTime now) {
    if (config_.debug_logging) {
        const std::array fields{
            LogField{"jobs", snapshot.jobs ? "of the storage" : "of the configuration"},
            LogField{"last_execution", snapshot.watermark ? "of the storage" : "now"}};
        hub_.log(LogLevel::debug, "the scheduler starts", fields);
    }
    book_.missed_until = now - Duration(1);
    book_.watermark = snapshot.watermark;
    // Set back while nobody looked: the ledger tells what the wall clock had shown before, and the
    // first look at the clocks will see the step.
    const std::optional<WallTime> shown = last_shown(snapshot);
    if (shown && *shown > now && !mutated(SchedulerMutant::step_back_while_down_unseen) &&
        classify_step(now - *shown) != StepKind::none) {
        book_.wall_offset = shown->time_since_epoch() - parts_.clock.boot_now().time_since_epoch();
        book_.offset_known = true;
    }
    if (snapshot.step) {
        book_.pass = snapshot.step->pass;
        book_.repeated_until = snapshot.step->repeated_until;
        book_.used_until = snapshot.step->used_until;
        book_.begun = snapshot.step->begun;
        book_.begun_until = snapshot.step->begun_until;
    }
    for (const TriggerKey& known : snapshot.keys) {
        if (mutated(SchedulerMutant::keys_lost_at_restart)) break;
        book_.keys.insert_or_assign(known.job + '\n' + known.key, KnownRun{known.id, known.at});
    }
    // For who reads the ledger later: from the watermark to here nobody looked at the clock.
    book_.notes.push_back(
        {now,
         "scheduler",
         "start",
         {},
         snapshot.watermark ? "since " + rfc3339(*snapshot.watermark) : std::string()});
    if (!snapshot.jobs) return;
    compare_zone_data(*snapshot.jobs);
    for (StoredJob stored : *snapshot.jobs) {
        if (stored.effective_from == WallTime{}) {
            stored.effective_from = snapshot.watermark ? *snapshot.watermark + Duration(1) : now;
        }
        if (const auto& schedule = stored.job->schedule();
            schedule && schedule->is_reboot() && schedule->anchor() == WallTime{}) {
            Job anchored = *stored.job;
            anchored.set_schedule(schedule->anchored_at(stored.effective_from));
            stored.job = std::move(anchored);
        }
        job_desk_.table.load(stored);
    }
}

// Their due times from now on are those of the new data; what is claimed stays as it is.
void Pipeline::compare_zone_data(std::span<const StoredJob> stored) const {
    const auto is_older = [this](const StoredJob& job) {
        return !job.zone_data.empty() && job.zone_data != zone_data_;
    };
    const auto first = std::find_if(stored.begin(), stored.end(), is_older);
    if (first == stored.end()) return;
    const std::string count = std::to_string(std::count_if(first, stored.end(), is_older));
    const std::string_view in_use = zone_data_.empty() ? std::string_view("unknown") : zone_data_;
    const std::array fields{LogField{"then", first->zone_data}, LogField{"now", in_use},
                            LogField{"jobs", count}};
    hub_.log(LogLevel::info, "the zone data has changed since jobs were accepted", fields);
}

// Where each job stands: at the watermark, beyond what is decided above it, and not before the
// instant from which it counts.
void Pipeline::load_positions(const Snapshot& snapshot, WallTime now) {
    JobTable& table = job_desk_.table;
    std::map<std::string_view, WallTime> decided;
    const auto note = [&](const Entry& entry) {
        if (entry.kind != ExecutionKind::scheduled) return;
        if (entry.pass != book_.pass_of(entry.due)) {
            const auto place = table.find(entry.job);
            const bool fixed = place && has_fixed_times(*table.row(*place).job);
            if (!fixed || !book_.counts_as_used(entry.due, entry.pass)) return;
        }
        WallTime& last = decided.try_emplace(entry.job, WallTime::min()).first->second;
        last = std::max({last, entry.due, entry.until});
    };
    for (const Entry& entry : snapshot.open) note(entry);
    for (const Entry& entry : snapshot.decided) note(entry);
    for (std::uint32_t place = 0; place < table.places(); ++place) {
        const JobRow& row = table.row(place);
        if (row.state != JobRow::State::active) continue;
        JobRecord& record = book_.at(table.handle_of(place));
        record.job = row.job;
        record.revision = row.revision;
        record.active = true;
        ExecutionBook::look_at_anchor(record, now);
        record.position = row.since - Duration(1);
        // Since the clock was set back, the watermark may lie before the acceptance of older jobs.
        const bool set_back = book_.pass > 0 && row.since > now;
        // What a pause skips has its row when the pause ends, and counts from where it began.
        const auto& pause = row.job->pause();
        record.paused = pause.has_value();
        const bool in_pause =
            pause && (!pause->until || !snapshot.watermark || *snapshot.watermark < *pause->until);
        if (snapshot.watermark && !in_pause && (*snapshot.watermark > row.since || set_back)) {
            record.position = *snapshot.watermark;
        }
        if (const auto last = decided.find(row.job->name()); last != decided.end()) {
            record.position = std::max(record.position, last->second);
        }
        if (book_.pass > 0 && has_fixed_times(*row.job) &&
            !mutated(SchedulerMutant::used_until_forgotten)) {
            record.position = std::max(record.position, book_.used_until);
        }
    }
}

// What was started has an end that nobody knows; what was claimed is decided anew.
void Pipeline::load_open_entries(const Snapshot& snapshot, WallTime now) {
    std::vector<Execution> adopted;
    for (const Entry* each : by_what_began(snapshot.open)) {
        const Entry& entry = *each;
        const auto place = job_desk_.table.find(entry.job);
        OpenEntry open = open_entry(entry, place);
        if (entry.state == EntryState::started) {
            if (mutated(SchedulerMutant::started_kept_at_restart)) continue;
            open.phase = Phase::running;
            Execution& execution = adopted.emplace_back();
            execution.id = open.id;
            execution.job = open.job;
            execution.due = open.due;
            execution.fired = entry.handed_at.value_or(open.due);
            execution.attempt = open.attempt;
            execution.pass = open.pass;
            execution.kind = open.kind;
            execution.ticket = static_cast<std::uint64_t>(book_.registry.add(std::move(open)));
            continue;
        }
        if (open.is_retry()) {
            ++book_.retries;
            open.phase = Phase::awaits_time;  // the next due time may have ended it
        } else {
            // What an older definition claimed may have been a queue.
            const bool same = place && job_desk_.table.row(*place).revision == entry.revision;
            const bool in_turn = (same && open.job->overlap() == Overlap::allow) ||
                                 mutated(SchedulerMutant::queue_lost_at_restart) ||
                                 book_.registry.runs_of(place_of(open.handle)).open == 0;
            open.phase = !in_turn              ? Phase::awaits_turn
                         : open.must_wait(now) ? Phase::awaits_time
                                               : Phase::awaits_place;
            const bool settled =
                !in_turn ||
                grace_is_settled(*open.job, entry.due, entry.claimed_at, config_.misfire_after);
            if (entry.kind == ExecutionKind::scheduled && !settled) {
                open.grace = grace_of(*open.job, entry.due);
            }
        }
        const WallTime not_before = open.not_before();
        const bool waits = open.phase == Phase::awaits_time;
        const bool too_late = open.grace != Duration::max() && now - not_before > open.grace;
        const Ticket ticket = book_.registry.add(std::move(open));
        if (waits) {
            const Duration wait = std::max(Duration::zero(), not_before - now);
            book_.alarms.add({parts_.clock.boot_now() + wait, ticket, Alarm::Kind::wake});
        }
        if (!place) {
            book_.withdrawn.push_back({ticket, SkipReason::superseded});
        } else if (too_late) {
            book_.withdrawn.push_back({ticket, SkipReason::misfire});
        }
    }
    executor_.adopt(std::move(adopted));
}

OpenEntry Pipeline::open_entry(const Entry& entry, std::optional<std::uint32_t> place) {
    OpenEntry open;
    open.id = entry.id;
    open.revision = entry.revision;
    open.due = entry.due;
    open.attempt = entry.attempt;
    open.pass = entry.pass;
    open.kind = entry.kind;
    if (place) {
        open.job = job_desk_.table.row(*place).job;
        open.handle = job_desk_.table.handle_of(*place);
    } else {
        // Its job is gone, but its name is still to be told.
        Job gone;
        static_cast<void>(gone.set_name(entry.job));
        open.job = std::move(gone);
        open.handle = make_handle(orphans_place, 0);
    }
    open.lane = book_.registry.lane_of(open.job->tags());
    const auto not_before = entry.attempt > 1 ? entry.retry_at : entry.not_before;
    if (not_before) open.own_special().not_before = *not_before;
    open.claimed_at = entry.claimed_at;
    if (entry.state == EntryState::claimed && entry.attempt > 1) {
        open.own_special().last = entry.outcome.value_or(Outcome{});
    }
    if (entry.target != "*") {
        open.own_special().node = book_.node_named(entry.target);
        open.own_special().own_target = true;
    } else if (const RunStrategy* strategy = open.job->run_strategy().get()) {
        const std::vector<std::string> available = available_nodes(config_);
        auto nodes = strategy->nodes({entry.job, entry.due, config_.node, available});
        if (!nodes.empty()) open.own_special().node = book_.node_named(std::move(nodes.front()));
    }
    return open;
}

void Pipeline::prepare_stages() {
    system_ = std::make_unique<StageSystem>(parts_.runtime, parts_.clock, config_.log);
    StageSystem* storage_system = system_.get();
    if (parts_.storage_runtime != nullptr) {
        storage_system_ =
            std::make_unique<StageSystem>(*parts_.storage_runtime, parts_.clock, config_.log);
        storage_system = storage_system_.get();
    }
    const bool keeps_ledger = parts_.storage.keeps_ledger();
    if (keeps_ledger) {
        writer_ = storage_system->prepare_with<StorageWriter>(
            {.name = config_.name + ".storage_writer", .subscribe_to = {}},
            [this] { return std::make_unique<StorageWriter>(storage_desk_, parts_.clock, hub_); });
    }
    JobBroadcaster::Links job_links;
    job_links.desk = &job_desk_;
    job_links.acceptance = &book_.acceptance;
    job_links.manual_runs = &book_.manual_runs;
    job_links.hub = &hub_;
    job_links.clock = &parts_.clock;
    job_links.writer = writer_;
    job_links.zone_data = zone_data_;
    job_links.give_up = [this](const std::string& reason) {
        give_up("storage: it refuses for good; the scheduler stops", reason);
    };
    JobBroadcaster::Options job_options;
    job_options.name = config_.name + ".job_broadcaster";
    job_options.buffer_size.reset();  // the control path loses nothing
    jobs_ = system_->prepare_with<JobBroadcaster>(std::move(job_options), [job_links] {
        return std::make_unique<JobBroadcaster>(job_links);
    });

    ExecutionBroadcaster::Links links;
    links.book = &book_;
    links.drain = &drain_;
    links.executor = &executor_;
    links.hub = &hub_;
    links.clock = &parts_.clock;
    links.rounds.misfire_after = config_.misfire_after;
    links.rounds.keeps_ledger = keeps_ledger;
    links.rounds.node = config_.node;
    links.rounds.nodes = available_nodes(config_);
    links.writer = writer_;
    links.jobs = jobs_;
    links.give_up = [this](const std::string& reason) {
        give_up("storage: it refuses for good; the scheduler stops", reason);
    };
    ExecutionBroadcaster::Options options;
    options.name = config_.name + ".execution_broadcaster";
    SubscriptionOptions<JobEvent> to_jobs;
    to_jobs.max_demand = 4096;
    to_jobs.cancel = CancelMode::temporary;
    options.subscribe_to = {{jobs_, to_jobs}};
    options.wait_for_demand = false;  // changes of jobs must not wait for executors
    executions_ = system_->prepare_with<ExecutionBroadcaster>(
        std::move(options), [links] { return std::make_unique<ExecutionBroadcaster>(links); });
    storage_desk_.ask_again = [jobs = jobs_, executions = executions_] {
        jobs.cast(StorageRestarted{});
        executions.cast(StorageRestarted{});
    };
    storage_desk_.tell_doubt = [executions = executions_] {
        executions.cast(ExecutionBroadcaster::StorageInDoubt{});
    };
    executor_.notify_with([stage = executions_] { stage.cast(ExecutionBroadcaster::RunsEnded{}); });

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

void Pipeline::stop_stages() {
    executor_.notify_with({});
    const bool stopped = !system_ || system_->shutdown();
    if (storage_system_) static_cast<void>(storage_system_->shutdown());
    if (stopped) refuse_requests();  // else a stage may still look at them
}

// What was asked for is kept where it outlives the stages: nobody else answers it now.
void Pipeline::refuse_requests() {
    const auto refusal = [] {
        return Error{ErrorCode::unavailable, "the scheduler stopped before it was done"};
    };
    const auto refuse = [&](const std::vector<ManualRun>& runs) {
        for (const ManualRun& run : runs) run.answer(tl::unexpected(refusal()));
    };
    for (JobDesk::Pending& pending : std::exchange(job_desk_.queue, {})) {
        pending.from.fail(refusal());
    }
    if (auto change = std::exchange(job_desk_.change, std::nullopt)) {
        for (JobDesk::Change::Answer& answer : change->answers) answer.from.fail(refusal());
        refuse(change->runs);
    }
    refuse(book_.manual_runs.take());
    refuse(std::exchange(book_.manual, {}));
    if (auto round = std::exchange(book_.round, std::nullopt)) {
        refuse(round->manual);
        for (ManualAnswer& answer : round->answers) answer.answer(tl::unexpected(refusal()));
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
