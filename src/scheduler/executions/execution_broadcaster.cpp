#include "scheduler/executions/execution_broadcaster.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/commits/retry_pause.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

constexpr Duration closest_look = std::chrono::milliseconds(10);

/// Comes back to the stage by way of the runtime: a message to itself would be worked off in the
/// same turn, and what was just handed out would wait for all slices to be done.
class ContinueTask final : public Runnable {
public:
    explicit ContinueTask(StageRef<ExecutionBroadcaster> stage) : stage_(std::move(stage)) {}
    bool run(std::size_t) override {
        stage_.cast(ExecutionBroadcaster::ContinueLater{});
        return false;
    }

private:
    StageRef<ExecutionBroadcaster> stage_;
};

}  // namespace

ExecutionBroadcaster::ExecutionBroadcaster(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      state_(*dependencies_.state),
      next_dues_(state_, timeline_),
      planner_(state_, timeline_, next_dues_, dependencies_.plans),
      job_updates_(state_, timeline_, next_dues_),
      clock_steps_(state_, timeline_, next_dues_),
      run_control_(state_, planner_, *dependencies_.executor, *dependencies_.clock),
      drain_(*dependencies_.drain, state_, planner_, *dependencies_.executor, *dependencies_.clock),
      reports_(*dependencies_.hub, *dependencies_.clock, dependencies_.external != nullptr),
      timers_(*dependencies_.clock) {}

ExecutionBroadcaster::~ExecutionBroadcaster() {
    if (steps_ != Clock::ListenerId{}) dependencies_.clock->ignore_steps(steps_);
}

InitResult ExecutionBroadcaster::init(Options&) {
    const auto me = self(*this);
    steps_ = dependencies_.clock->on_step([me](const ClockStep&) { me.cast(Wake{}); });
    // The answer, or the request, may have been lost.
    if (state_.plan && !mutated(SchedulerMutant::round_not_resent)) send_plan();
    if (drain_.has_begun()) me.cast(DrainStep{});
    if (state_.events.has_newcomers()) me.cast(SubscribersCame{});
    me.cast(ContinueLater{});
    return InitResult::started();
}

Reaction<Execution> ExecutionBroadcaster::handle_events(std::vector<JobEvent> events,
                                                        const Subscription&) {
    const WallTime now = latest_now();
    for (const JobEvent& event : events) {
        switch (event.kind) {
            case JobEvent::Kind::add:
                job_updates_.add(event, now);
                break;
            case JobEvent::Kind::remove:
                job_updates_.remove(event, now);
                break;
            case JobEvent::Kind::run:
                break;  // the queue is emptied by the next plan
            case JobEvent::Kind::accepted:
                state_.pending_changes.settle(event.number);
                break;
            case JobEvent::Kind::complete:
                ready_ = true;
                break;
        }
    }
    return emit(pump());
}

// A consumer that begins again may have lost what it was handed: everything that was stored as
// started and that nobody took is handed out once more. What arrives twice is started once.
Reaction<Execution> ExecutionBroadcaster::handle_subscribe(const Subscription&) {
    std::vector<Execution> again;
    const WallTime now = dependencies_.clock->wall_now();
    const BootTime boot = dependencies_.clock->boot_now();
    for (const EntryHandle entry_handle : state_.open_entries.all()) {
        const OpenEntry& entry = state_.open_entries.at(entry_handle);
        if (entry.phase != Phase::running) continue;
        const bool taken =
            dependencies_.executor->has_taken(static_cast<std::uint64_t>(entry_handle));
        if (taken && !mutated(SchedulerMutant::handed_out_twice)) continue;
        again.push_back(planner_.execution_of(entry_handle, entry, now, boot));
    }
    return emit(std::move(again));
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(Wake) {
    timers_.due.cancel();  // it may have rung early for what the clock shows now
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(Ring) {
    timers_.alarm.cancel();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(ContinueLater) {
    continuing_ = false;
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(TryAgain) {
    timers_.retry.cancel();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(RunsEnded) {
    if (mutated(SchedulerMutant::lost_wakeup)) return none();
    if (continuing_)
        return none();  // it looks into the queue as well, once what is out is on its way
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(CommitReply reply) {
    if (!state_.plan || state_.plan->number != reply.number) return none();
    Plan plan = std::move(*state_.plan);
    state_.plan.reset();
    storage_is_in_doubt_ = false;
    if (reply.status == CommitStatus::done) {
        pause_ = Duration::zero();
        std::vector<Execution> executions = finish(std::move(plan));
        if (!backlog_.empty() && !mid_instant()) {
            schedule_continue();  // what starts goes out before the rest is put back
            return emit(std::move(executions));
        }
        std::vector<Execution> more = pump();
        executions.insert(executions.end(), std::make_move_iterator(more.begin()),
                          std::make_move_iterator(more.end()));
        return emit(std::move(executions));
    }
    put_back_all();
    if (mutated(SchedulerMutant::refused_run_is_acknowledged)) {
        for (ManualAnswer& answer : plan.answers) answer.answer(std::move(answer.result));
        plan.manual.clear();
    }
    planner_.roll_back(std::move(plan));
    if (reply.status == CommitStatus::fatal) {
        dependencies_.give_up(reply.reason);
        refuse_manual_runs({ErrorCode::io_error, "the run was not stored: " + reply.reason});
        return none();
    }
    pause_ = next_pause(pause_);
    timers_.retry.set(dependencies_.clock->boot_now() + pause_,
                      [me = self(*this)] { me.cast(TryAgain{}); });
    look_at_drain();
    return none();
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(StorageRestarted) {
    if (state_.plan) send_plan();
    return none();
}

ExecutionBroadcaster::Mode ExecutionBroadcaster::mode() const {
    if (state_.plan) return storage_is_in_doubt_ ? Mode::in_doubt : Mode::storing;
    return timers_.retry.is_set() ? Mode::backing_off : Mode::planning;
}

bool ExecutionBroadcaster::may_fire() const {
    return ready_ && (!drain_.has_begun() || mutated(SchedulerMutant::fires_while_draining));
}

// One plan: decide, have it stored, hand out. Called whenever something may have become possible.
std::vector<Execution> ExecutionBroadcaster::pump() {
    std::vector<Execution> executions;
    run_control_.ring_alarms();
    run_control_.end_runs_of_deleted();
    if (mode() == Mode::planning) {
        const WallTime now = look_at_clock();
        if (!mid_instant()) put_back_all();
        if (dependencies_.external)
            state_.open_entries.limit_slots(dependencies_.external->capacity());
        Plan plan = planner_.plan(now, dependencies_.clock->boot_now(), may_fire());
        if (!plan.empty()) {
            if (dependencies_.plans.keeps_ledger) {
                state_.plan = std::move(plan);
                send_plan();
            } else {
                executions = finish(std::move(plan));
                schedule_continue();
            }
        }
    }
    if (!state_.plan) {
        release_deleted();
        look_at_drain();
        report_futureless();
        reports_.watch_slots(state_);
    }
    arm();
    return executions;
}

// The wall clock as it is, or as it would be but for a step back that nobody has looked at yet.
WallTime ExecutionBroadcaster::latest_now() const {
    const WallTime now = dependencies_.clock->wall_now();
    if (!state_.offset_known) return now;
    return std::max(
        now, WallTime(dependencies_.clock->boot_now().time_since_epoch() + state_.wall_offset));
}

// Reads both clocks so close together that their difference means something: a thread that loses
// the processor in between would see a step that never was.
WallTime ExecutionBroadcaster::look_at_clock() {
    for (int attempt = 0;; ++attempt) {
        const BootTime before = dependencies_.clock->boot_now();
        const WallTime now = dependencies_.clock->wall_now();
        if (dependencies_.clock->boot_now() - before > closest_look && attempt < 100) continue;
        clock_steps_.look(now, before);
        return now;
    }
}

void ExecutionBroadcaster::send_plan() {
    Plan& plan = *state_.plan;
    if (mutated(SchedulerMutant::claim_after_start)) {
        for (const EntryHandle entry_handle : plan.starting) {
            dependencies_.executor->start({planner_.execution_of(
                entry_handle, state_.open_entries.at(entry_handle), dependencies_.clock->wall_now(),
                dependencies_.clock->boot_now())});
        }
    }
    if (!plan.request) plan.request = std::make_shared<Batch>(std::move(plan.batch));
    dependencies_.writer.cast(
        CommitRequest{Requester::executions, plan.number, plan.request,
                      [me = self(*this)](CommitReply reply) { me.cast(std::move(reply)); }});
    // While it is being stored; the plan before it is out.
    put_back_all();
}

std::vector<Execution> ExecutionBroadcaster::finish(Plan plan) {
    const WallTime now = dependencies_.clock->wall_now();
    std::vector<Execution> executions = planner_.commit(plan, now, dependencies_.clock->boot_now());
    state_.events.put_started(executions);
    run_control_.end_runs(plan.replaced);
    reports_.not_run(plan);
    for (ManualAnswer& answer : plan.answers) answer.answer(std::move(answer.result));
    put_back_all();
    backlog_ = std::move(plan.deferred);
    unfinished_ = plan.unfinished;
    return executions;
}

// More jobs of the instant at hand come next: those before them need not be back yet.
bool ExecutionBroadcaster::mid_instant() const {
    return unfinished_ && timeline_.head() == unfinished_;
}

void ExecutionBroadcaster::put_back_all() {
    next_dues_.put_back(backlog_);
    backlog_.clear();
}

void ExecutionBroadcaster::arm() {
    arm_alarm();
    arm_due();
}

// The one timer follows the head and is not touched while that stays. Where something waits for a
// slot or a function, the end of its grace counts too.
void ExecutionBroadcaster::arm_due() {
    auto head = timeline_.head();
    if (const auto deadline = state_.open_entries.deadline();
        deadline && (!head || *deadline < *head)) {
        head = *deadline + Duration(1);
    }
    if (!head) return timers_.due.cancel();
    if (!may_fire() || mode() != Mode::planning) return;
    if (*head <= dependencies_.clock->wall_now()) {
        if (!planner_.waits_for_change(*head, dependencies_.clock->wall_now())) schedule_continue();
        return;
    }
    if (timers_.due.is_set_to(*head)) return;
    timers_.due.set(*head, [me = self(*this)] { me.cast(Wake{}); });
}

// Beside it one by the boot clock, while something waits for a span of time.
void ExecutionBroadcaster::arm_alarm() {
    auto next = state_.alarms.next();
    // While a plan is being stored nobody looks; the next look comes with its answer.
    const auto report = ExecutionReports::slots_due(state_);
    if (report && !state_.plan && (!next || *report < *next)) next = report;
    if (!next) return timers_.alarm.cancel();
    if (timers_.alarm.is_set_to(*next)) return;
    timers_.alarm.set(*next, [me = self(*this)] { me.cast(Ring{}); });
}

void ExecutionBroadcaster::schedule_continue() {
    if (continuing_) return;
    continuing_ = true;
    system().runtime().post(std::make_shared<ContinueTask>(self(*this)));
}

void ExecutionBroadcaster::release_deleted() {
    std::vector<JobHandle> released = job_updates_.take_released(dependencies_.clock->wall_now());
    if (!released.empty()) dependencies_.jobs.cast(ReleasedJobs{std::move(released)});
}

void ExecutionBroadcaster::report_futureless() {
    FinishedJobs finished;
    for (const std::uint32_t index : next_dues_.take_futureless()) {
        const JobRecord& record = state_.records[index];
        if (!record.active || !record.no_future) continue;
        const JobRef& job = record.job;
        if (job->schedule()->once_at()) {
            finished.jobs.push_back({state_.handle_of(index), record.revision});
            continue;
        }
        reports_.no_future(*job);
    }
    if (!finished.jobs.empty()) dependencies_.jobs.cast(std::move(finished));
}

Reaction<Execution> ExecutionBroadcaster::handle_call(DrainRequest request,
                                                      From<DrainRequest::Drained> from) {
    if (drain_.ask(request, std::move(from))) {
        timers_.due.cancel();
        if (!mutated(SchedulerMutant::drain_leaves_request))
            refuse_manual_runs({ErrorCode::unavailable, "the scheduler is stopping"});
    }
    if (drain_.has_given_up()) return none();
    drain_step();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(DrainStep) {
    drain_step();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(StorageInDoubt) {
    storage_is_in_doubt_ = state_.plan.has_value();
    look_at_drain();
    return none();
}

void ExecutionBroadcaster::drain_step() {
    if (drain_.step()) try_storage_again();
    if (const auto next = drain_.next_step()) {
        timers_.drain.set(*next, [me = self(*this)] { me.cast(DrainStep{}); });
    } else {
        timers_.drain.cancel();
    }
}

void ExecutionBroadcaster::look_at_drain() {
    if (!drain_.has_begun()) return;
    if (drain_.look(mode() == Mode::backing_off || mode() == Mode::in_doubt)) schedule_continue();
    if (!drain_.next_step()) timers_.drain.cancel();
}

// What the storage refused is offered again at once: its answer decides whether it is waited for.
void ExecutionBroadcaster::try_storage_again() {
    timers_.retry.cancel();
    if (std::exchange(storage_is_in_doubt_, false) &&
        !mutated(SchedulerMutant::storage_not_asked_again))
        dependencies_.writer.cast(StorageWriter::CommitNow{});
}

void ExecutionBroadcaster::refuse_manual_runs(const Error& why) {
    std::vector<ManualRun> refused = std::exchange(state_.manual, {});
    for (ManualRun& run : state_.manual_runs.take()) refused.push_back(std::move(run));
    for (ManualRun& run : refused) run.answer(tl::unexpected(why));
}

Reaction<Execution> ExecutionBroadcaster::handle_call(ViewRequest request,
                                                      From<ExecutionView> from) {
    from.reply(view_of(state_, request));
    return none();
}

Reaction<Execution> ExecutionBroadcaster::handle_call(ProblemsRequest,
                                                      From<std::vector<JobProblem>> from) {
    from.reply(problems_of(state_));
    return none();
}

Reaction<Execution> ExecutionBroadcaster::handle_call(OpenRunsRequest request,
                                                      From<std::vector<RunView>> from) {
    from.reply(run_views_of(state_, request));
    return none();
}

Reaction<Execution> ExecutionBroadcaster::handle_call(const StopRuns& request,
                                                      From<std::vector<ExecutionId>> from) {
    from.reply(run_control_.stop_running(request.ids));
    return none();
}

}  // namespace quantum::scheduler
