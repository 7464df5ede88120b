#include "scheduler/executions/execution_broadcaster.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <tuple>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/commits/retry_pause.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

constexpr Duration closest_look = std::chrono::milliseconds(10);
constexpr Duration full_for_long = std::chrono::seconds(60);

/// Comes back to the stage by way of the runtime: a message to itself would be worked off in the
/// same turn, and what was just handed out would wait for all slices to be done.
class Nudge final : public Runnable {
public:
    explicit Nudge(StageRef<ExecutionBroadcaster> stage) : stage_(std::move(stage)) {}
    bool run(std::size_t) override {
        stage_.cast(ExecutionBroadcaster::Continue{});
        return false;
    }

private:
    StageRef<ExecutionBroadcaster> stage_;
};

}  // namespace

ExecutionBroadcaster::ExecutionBroadcaster(Links links)
    : links_(std::move(links)),
      book_(*links_.book),
      drain_(*links_.drain),
      maker_(book_, timeline_, links_.rounds),
      intake_(book_, timeline_, maker_) {}

ExecutionBroadcaster::~ExecutionBroadcaster() {
    disarm();
    if (alarm_timer_) links_.clock->cancel(*alarm_timer_);
    if (retry_timer_) links_.clock->cancel(*retry_timer_);
    if (drain_timer_) links_.clock->cancel(*drain_timer_);
    if (steps_ != Clock::ListenerId{}) links_.clock->ignore_steps(steps_);
}

InitResult ExecutionBroadcaster::init(Options&) {
    const auto me = self(*this);
    steps_ = links_.clock->on_step([me](const ClockStep&) { me.cast(Wake{}); });
    // The answer, or the request, may have been lost.
    if (book_.round && !mutated(SchedulerMutant::round_not_resent)) send_round();
    if (drain_.draining) me.cast(DrainStep{});
    me.cast(Continue{});
    return InitResult::started();
}

Reaction<Execution> ExecutionBroadcaster::handle_events(std::vector<JobEvent> events,
                                                        const Subscription&) {
    const WallTime now = latest_now();
    for (const JobEvent& event : events) {
        switch (event.kind) {
            case JobEvent::Kind::add:
                intake_.add(event, now);
                break;
            case JobEvent::Kind::remove:
                intake_.remove(event, now);
                break;
            case JobEvent::Kind::run:
                break;  // the box is emptied by the next round
            case JobEvent::Kind::accepted:
                book_.acceptance.settle(event.number);
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
    const WallTime now = links_.clock->wall_now();
    const BootTime boot = links_.clock->boot_now();
    for (const Ticket ticket : book_.registry.all()) {
        const OpenEntry& entry = *book_.registry.find(ticket);
        if (entry.phase != Phase::running) continue;
        const bool taken = links_.executor->has_taken(static_cast<std::uint64_t>(ticket));
        if (taken && !mutated(SchedulerMutant::handed_out_twice)) continue;
        again.push_back(maker_.execution_of(ticket, entry, now, boot));
    }
    return emit(std::move(again));
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(Wake) {
    disarm();  // it may have fired early for what the clock shows now
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(Ring) {
    if (alarm_timer_) links_.clock->cancel(*alarm_timer_);
    alarm_timer_.reset();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(Continue) {
    continuing_ = false;
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(TryAgain) {
    if (retry_timer_) links_.clock->cancel(*retry_timer_);
    retry_timer_.reset();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(RunsEnded) {
    if (mutated(SchedulerMutant::lost_wakeup)) return none();
    if (continuing_)
        return none();  // it looks into the box as well, once what is out is on its way
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(CommitReply reply) {
    if (!book_.round || book_.round->number != reply.number) return none();
    Round round = std::move(*book_.round);
    book_.round.reset();
    storage_is_in_doubt_ = false;
    if (reply.status == CommitStatus::done) {
        pause_ = Duration::zero();
        std::vector<Execution> executions = finish(std::move(round));
        if (!backlog_.empty() && !mid_instant()) {
            go_on();  // what starts goes out before the rest is put back
            return emit(std::move(executions));
        }
        std::vector<Execution> more = pump();
        executions.insert(executions.end(), std::make_move_iterator(more.begin()),
                          std::make_move_iterator(more.end()));
        return emit(std::move(executions));
    }
    put_back_all();
    if (mutated(SchedulerMutant::refused_run_is_acknowledged)) {
        for (ManualAnswer& answer : round.answers) answer.answer(std::move(answer.result));
        round.manual.clear();
    }
    maker_.take_back(std::move(round));
    if (reply.status == CommitStatus::fatal) {
        links_.give_up(reply.reason);
        refuse_manual_runs({ErrorCode::io_error, "the run was not stored: " + reply.reason});
        return none();
    }
    pause_ = next_pause(pause_);
    retry_timer_ = links_.clock->wake_after(pause_, [me = self(*this)] { me.cast(TryAgain{}); });
    drain_on();
    return none();
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(StorageRestarted) {
    if (book_.round) send_round();
    return none();
}

bool ExecutionBroadcaster::may_fire() const {
    return ready_ && (!drain_.draining || mutated(SchedulerMutant::fires_while_draining));
}

// One round: decide, have it stored, hand out. Called whenever something may have become possible.
std::vector<Execution> ExecutionBroadcaster::pump() {
    std::vector<Execution> executions;
    ring_alarms();
    end_runs_of_deleted();
    if (!book_.round && !retry_timer_) {
        const WallTime now = look_at_clock();
        if (!mid_instant()) put_back_all();
        Round round = maker_.make(now, links_.clock->boot_now(), may_fire());
        if (!round.empty()) {
            if (links_.rounds.keeps_ledger) {
                book_.round = std::move(round);
                send_round();
            } else {
                executions = finish(std::move(round));
                go_on();
            }
        }
    }
    if (!book_.round) {
        release_deleted();
        drain_on();
        report_futureless();
        watch_places();
    }
    arm();
    return executions;
}

// A function that has run for long enough is told to end at once; the ledger hears of it with the
// next round.
void ExecutionBroadcaster::ring_alarms() {
    if (!book_.alarms.next()) return;
    const BootTime now = links_.clock->boot_now();
    while (const auto alarm = book_.alarms.take(now)) {
        if (alarm->kind == Alarm::Kind::wake) {
            book_.woken.push_back(alarm->ticket);
            continue;
        }
        const OpenEntry* entry = book_.registry.find(alarm->ticket);
        if (entry == nullptr || entry->phase != Phase::running) continue;
        if (!links_.executor->has_taken(static_cast<std::uint64_t>(alarm->ticket))) {
            // It is still on its way there.
            book_.alarms.add({now + first_pause, alarm->ticket, alarm->kind});
            continue;
        }
        const WallTime wall = links_.clock->wall_now();
        const Execution execution = maker_.execution_of(alarm->ticket, *entry, wall, now);
        if (const BootTime end = links_.executor->expires_at(execution, now); end > now) {
            book_.alarms.add({end, alarm->ticket, alarm->kind});
        } else if (auto expired = links_.executor->expire(execution)) {
            book_.expired.push_back(
                {alarm->ticket, std::move(expired->outcome), wall, expired->started_at});
        }
    }
}

void ExecutionBroadcaster::end_runs_of_deleted() {
    for (const Ticket ticket : std::exchange(book_.to_end, {})) {
        if (const OpenEntry* entry = book_.registry.find(ticket)) {
            links_.executor->stop(entry->id, StopSignal::terminate);
        }
    }
}

// Tells once that the limits have kept somebody waiting for long.
void ExecutionBroadcaster::watch_places() {
    if (book_.registry.waiting() == 0) {
        book_.full_since.reset();
        book_.told_full = false;
        return;
    }
    const BootTime now = links_.clock->boot_now();
    if (!book_.full_since) book_.full_since = now;
    if (book_.told_full || now - *book_.full_since < full_for_long) return;
    book_.told_full = true;
    const std::string running = std::to_string(book_.registry.running());
    const std::string waiting = std::to_string(book_.registry.waiting());
    const std::array fields{LogField{"running", running}, LogField{"waiting", waiting}};
    links_.hub->log(LogLevel::warning, "all places have been taken for 60 s", fields);
    TelemetryEvent event{TelemetryKind::scheduler_state, {}, {}, links_.clock->wall_now()};
    event.text = "full";
    links_.hub->tell(event);
}

// The wall clock as it is, or as it would be but for a step back that nobody has looked at yet.
WallTime ExecutionBroadcaster::latest_now() const {
    const WallTime now = links_.clock->wall_now();
    if (!book_.offset_known) return now;
    return std::max(now, WallTime(links_.clock->boot_now().time_since_epoch() + book_.wall_offset));
}

// Reads both clocks so close together that their difference means something: a thread that loses
// the processor in between would see a step that never was.
WallTime ExecutionBroadcaster::look_at_clock() {
    for (int attempt = 0;; ++attempt) {
        const BootTime before = links_.clock->boot_now();
        const WallTime now = links_.clock->wall_now();
        if (links_.clock->boot_now() - before > closest_look && attempt < 100) continue;
        intake_.look_at_clock(now, before);
        return now;
    }
}

void ExecutionBroadcaster::send_round() {
    Round& round = *book_.round;
    if (mutated(SchedulerMutant::claim_after_start)) start_unstored(round);
    if (!round.request) round.request = std::make_shared<Batch>(std::move(round.batch));
    links_.writer.cast(
        CommitRequest{Requester::executions, round.number, round.request,
                      [me = self(*this)](CommitReply reply) { me.cast(std::move(reply)); }});
    // While it is being stored; the round before it is out.
    put_back_all();
}

// Only ever called for a mutant.
void ExecutionBroadcaster::start_unstored(const Round& round) {
    std::vector<Execution> executions;
    const WallTime now = links_.clock->wall_now();
    for (const Ticket ticket : round.starting) {
        executions.push_back(maker_.execution_of(ticket, *book_.registry.find(ticket), now,
                                                 links_.clock->boot_now()));
    }
    links_.executor->start(std::move(executions));
}

std::vector<Execution> ExecutionBroadcaster::finish(Round round) {
    const WallTime now = links_.clock->wall_now();
    std::vector<Execution> executions = maker_.complete(round, now, links_.clock->boot_now());
    for (const Ticket ticket : round.replaced) {
        if (const OpenEntry* entry = book_.registry.find(ticket)) {
            links_.executor->stop(entry->id, StopSignal::terminate);
        }
    }
    tell(round);
    for (ManualAnswer& answer : round.answers) answer.answer(std::move(answer.result));
    put_back_all();
    backlog_ = std::move(round.deferred);
    unfinished_ = round.unfinished;
    return executions;
}

// More jobs of the instant at hand come next: those before them need not be back yet.
bool ExecutionBroadcaster::mid_instant() const {
    return unfinished_ && timeline_.head() == unfinished_;
}

void ExecutionBroadcaster::put_back_all() {
    maker_.put_back(backlog_);
    backlog_.clear();
}

void ExecutionBroadcaster::tell(const Round& round) {
    for (const NotRun& not_run : round.not_run) {
        if (not_run.reason != SkipReason::node_down) continue;
        const std::string_view node = not_run.node ? std::string_view(*not_run.node) : "none";
        const std::array fields{LogField{"node", node}, LogField{"job", not_run.job->name()}};
        links_.hub->log(LogLevel::error, "the node is down; the job does not run there", fields);
    }
    if (!links_.hub->wants(TelemetryKind::job_skip)) return;
    for (const NotRun& not_run : round.not_run) {
        TelemetryEvent event{TelemetryKind::job_skip, {}, {}, links_.clock->wall_now()};
        event.job = not_run.job.get();
        event.due = not_run.due;
        event.text = not_run.state == EntryState::coalesced ? to_string(not_run.state)
                                                            : to_string(not_run.reason);
        links_.hub->tell(event);
    }
}

// The one timer follows the head and is not touched while that stays. Where something waits for a
// place, the end of its patience counts too.
void ExecutionBroadcaster::arm() {
    arm_alarm();
    auto head = timeline_.head();
    if (const auto patience = book_.registry.patience();
        patience && book_.registry.waiting() > 0 && (!head || *patience < *head)) {
        head = *patience + Duration(1);
    }
    if (!head || !may_fire() || book_.round || retry_timer_) {
        if (!head) disarm();
        return;
    }
    if (*head <= links_.clock->wall_now()) {
        if (!maker_.waits_for_change(*head, links_.clock->wall_now())) go_on();
        return;
    }
    if (timer_ && timer_due_ == *head) return;
    disarm();
    timer_due_ = *head;
    timer_ = links_.clock->wake_at(*head, [me = self(*this)] { me.cast(Wake{}); });
}

// Beside it one by the boot clock, while something waits for a span of time.
void ExecutionBroadcaster::arm_alarm() {
    auto next = book_.alarms.next();
    // While a round is being stored nobody looks; the next look comes with its answer.
    if (book_.full_since && !book_.told_full && !book_.round) {
        const BootTime told = *book_.full_since + full_for_long;
        if (!next || told < *next) next = told;
    }
    if (alarm_timer_ && next == alarm_due_) return;
    if (alarm_timer_) links_.clock->cancel(*alarm_timer_);
    alarm_timer_.reset();
    if (!next) return;
    alarm_due_ = *next;
    const Duration wait = std::max(Duration::zero(), *next - links_.clock->boot_now());
    alarm_timer_ = links_.clock->wake_after(wait, [me = self(*this)] { me.cast(Ring{}); });
}

void ExecutionBroadcaster::disarm() {
    if (timer_) links_.clock->cancel(*timer_);
    timer_.reset();
}

void ExecutionBroadcaster::go_on() {
    if (continuing_) return;
    continuing_ = true;
    system().runtime().post(std::make_shared<Nudge>(self(*this)));
}

void ExecutionBroadcaster::release_deleted() {
    std::vector<JobHandle> released = intake_.take_released(links_.clock->wall_now());
    if (!released.empty()) links_.jobs.cast(ReleasedJobs{std::move(released)});
}

void ExecutionBroadcaster::report_futureless() {
    FinishedJobs finished;
    for (const std::uint32_t place : maker_.take_futureless()) {
        const JobRecord& record = book_.records[place];
        if (!record.active || !record.no_future) continue;
        const JobRef& job = record.job;
        if (job->schedule()->once_at()) {
            finished.jobs.push_back({book_.handle_of(place), record.revision});
            continue;
        }
        const std::string schedule(job->schedule()->text());
        const std::array fields{LogField{"job", job->name()}, LogField{"schedule", schedule}};
        links_.hub->log(LogLevel::warning, "the schedule has no further due time", fields);
    }
    if (!finished.jobs.empty()) links_.jobs.cast(std::move(finished));
}

Reaction<Execution> ExecutionBroadcaster::handle_call(ViewRequest request,
                                                      From<ExecutionView> from) {
    ExecutionView view;
    if (JobRecord* record = book_.find(request.handle);
        record != nullptr && record->revision == request.revision) {
        if (record->active) view.next_due = book_.next_run(*record);
        view.no_future = record->active && record->no_future && record->job->schedule() &&
                         !record->job->schedule()->is_reboot();
        if (const LastRun last = book_.last_run(place_of(request.handle)); last.known) {
            view.last_outcome = last.outcome;
            view.last_end = last.end;
        }
    }
    const OpenRuns runs = book_.registry.runs_of(place_of(request.handle));
    view.open = runs.open;
    view.waiting = runs.waiting;
    if (runs.open > 0) {
        for (const Ticket ticket : book_.registry.tickets_of(place_of(request.handle))) {
            const OpenEntry& entry = *book_.registry.find(ticket);
            if (entry.phase == Phase::stuck) ++view.stuck;
            if (entry.is_retry() && !view.retry_at) view.retry_at = entry.not_before();
        }
    }
    from.reply(view);
    return none();
}

Reaction<Execution> ExecutionBroadcaster::handle_call(OpenRunsRequest request,
                                                      From<std::vector<OpenRun>> from) {
    const std::vector<Ticket> tickets = request.handle
                                            ? book_.registry.tickets_of(place_of(*request.handle))
                                            : book_.registry.all();
    std::vector<OpenRun> runs;
    runs.reserve(tickets.size());
    for (const Ticket ticket : tickets) {
        const OpenEntry& entry = *book_.registry.find(ticket);
        if (entry.phase == Phase::ending) continue;
        OpenRun run;
        run.id = entry.id;
        run.job = entry.job;
        run.due = entry.due;
        run.attempt = entry.attempt;
        run.kind = entry.kind;
        run.is_running = entry.phase == Phase::running || entry.phase == Phase::stuck;
        run.is_stuck = entry.phase == Phase::stuck;
        run.not_before = entry.not_before();
        if (entry.special && entry.special->node) run.node = *entry.special->node;
        runs.push_back(std::move(run));
    }
    std::sort(runs.begin(), runs.end(), [](const OpenRun& a, const OpenRun& b) {
        return std::tie(a.due, a.id) < std::tie(b.due, b.id);
    });
    from.reply(std::move(runs));
    return none();
}

}  // namespace quantum::scheduler
