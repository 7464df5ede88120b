#include "scheduler/jobs/job_broadcaster.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>

#include "scheduler/commits/retry_pause.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

JobEvent accepted_up_to(std::uint64_t number) {
    JobEvent accepted;
    accepted.kind = JobEvent::Kind::accepted;
    accepted.number = number;
    return accepted;
}

}  // namespace

JobBroadcaster::JobBroadcaster(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      state_(*dependencies_.state),
      acceptance_(state_.table, *dependencies_.hub,
                  {static_cast<bool>(dependencies_.writer), dependencies_.zone_data,
                   dependencies_.binding}) {}

JobBroadcaster::~JobBroadcaster() {
    if (timer_) dependencies_.clock->cancel(*timer_);
}

InitResult JobBroadcaster::init(Options&) {
    dependencies_.pending_changes->withdraw(state_.told,
                                            state_.change ? state_.change->accepted : 0);
    if (state_.change) send();  // the answer, or the request, may have been lost
    return InitResult::started();
}

Reaction<JobEvent> JobBroadcaster::handle_demand(std::size_t) {
    return none();  // events go out as they arise; the stage's buffer, which drops none, waits
}

// A consumer that begins, or begins again, is told the whole table; never what may yet be undone.
Reaction<JobEvent> JobBroadcaster::handle_subscribe(const Subscription&) {
    if (state_.change) {
        tell_all_ = true;
        return none();
    }
    return emit(whole_table());
}

std::vector<JobEvent> JobBroadcaster::whole_table() {
    tell_all_ = false;
    std::vector<JobEvent> events;
    events.reserve(state_.table.indexes() + 3);
    for (std::uint32_t index = 0; index < state_.table.indexes(); ++index) {
        if (state_.table.row(index).state == JobRow::State::free) continue;
        events.push_back(acceptance_.event_of(index));
    }
    JobEvent complete;
    complete.kind = JobEvent::Kind::complete;
    events.push_back(complete);
    events.push_back(accepted_up_to(state_.told));
    if (!dependencies_.manual_runs->empty()) {
        JobEvent run;
        run.kind = JobEvent::Kind::run;
        events.push_back(run);
    }
    return events;
}

Reaction<JobEvent> JobBroadcaster::take(JobRequest request) {
    state_.queue.push_back(std::move(request));
    if (state_.change && state_.change->pause > Duration::zero()) {
        refuse_waiting();
        return none();
    }
    take_back_finished();
    return emit(work());
}

Reaction<JobEvent> JobBroadcaster::handle_cast(const FinishedJobs& finished) {
    state_.finished.insert(state_.finished.end(), finished.jobs.begin(), finished.jobs.end());
    return emit(work());
}

void JobBroadcaster::take_back_finished() {
    for (const auto& one : std::exchange(state_.finished_later, {})) state_.finished.push_back(one);
}

Reaction<JobEvent> JobBroadcaster::handle_cast(const CommitReply& reply) {
    if (!state_.change || state_.change->number != reply.number) return none();
    if (state_.change->until_stored && reply.status == CommitStatus::failed) {
        send_later(reply.reason);
        return none();
    }
    TableChange change = std::move(*state_.change);
    state_.change.reset();
    std::vector<JobEvent> events;
    if (reply.status == CommitStatus::done) {
        take_back_finished();
        events = finish(std::move(change));
    } else {
        events = refuse_change(
            std::move(change),
            reply.status == CommitStatus::fatal ? ErrorCode::io_error : ErrorCode::unavailable,
            "the change was not stored: " + reply.reason);
        if (reply.status == CommitStatus::fatal) dependencies_.give_up(reply.reason);
    }
    if (tell_all_) events = whole_table();
    for (JobEvent& event : work()) events.push_back(std::move(event));
    return emit(std::move(events));
}

Reaction<JobEvent> JobBroadcaster::handle_cast(StorageRestarted) {
    if (state_.change) send();
    return none();
}

Reaction<JobEvent> JobBroadcaster::handle_cast(SendAgain) {
    timer_.reset();
    if (state_.change) send();
    return none();
}

Reaction<JobEvent> JobBroadcaster::handle_cast(const ReleasedJobs& released) {
    for (const JobHandle handle : released.handles) {
        // While a change is being stored its undo log may name the index; the handle stays in use
        // until the change is through.
        state_.released.push_back(handle);
    }
    if (!state_.change) {
        for (const JobHandle handle : std::exchange(state_.released, {})) {
            state_.table.release(handle);
        }
    }
    return none();
}

// Takes what waits as one change. One is being stored at a time; the next gathers meanwhile.
std::vector<JobEvent> JobBroadcaster::work() {
    if (state_.change || (state_.queue.empty() && state_.finished.empty())) return {};
    for (const JobHandle handle : std::exchange(state_.released, {})) state_.table.release(handle);
    TableChange change;
    change.number = ++state_.last_change;
    change.batch = std::make_shared<Batch>();
    PendingChanges::Mark mark{0, dependencies_.clock->wall_now()};
    if (std::any_of(state_.queue.begin(), state_.queue.end(), changes_jobs)) {
        mark = dependencies_.pending_changes->accept(*dependencies_.clock);
    }
    change.accepted = mark.number;
    change.instant = mark.instant;
    while (!state_.queue.empty()) {
        JobRequest request = std::move(state_.queue.front());
        state_.queue.pop_front();
        std::visit([&](auto& asked) { acceptance_.apply(change, asked); }, request);
    }
    change.finished = std::exchange(state_.finished, {});
    acceptance_.retire(change);
    const bool stores = !change.batch->jobs.empty() || !change.batch->audit.empty();
    if (!stores || !dependencies_.writer) return finish(std::move(change));
    state_.change = std::move(change);
    send();
    return {};
}

void JobBroadcaster::send() {
    dependencies_.writer.cast(
        CommitRequest{Requester::jobs, state_.change->number, state_.change->batch,
                      [me = self(*this)](CommitReply reply) { me.cast(std::move(reply)); }});
}

// The change stays as it is, and downstream, which is told nothing meanwhile, decides nothing.
void JobBroadcaster::send_later(const std::string& reason) {
    TableChange& change = *state_.change;
    change.number = ++state_.last_change;  // the one before is answered
    change.reason = reason;
    change.pause = next_pause(change.pause);
    refuse_waiting();
    if (timer_) dependencies_.clock->cancel(*timer_);  // it was sent again before its time
    timer_ =
        dependencies_.clock->wake_after(change.pause, [me = self(*this)] { me.cast(SendAgain{}); });
}

void JobBroadcaster::refuse_waiting() {
    const Error why{ErrorCode::unavailable,
                    "the first jobs are not stored yet: " + state_.change->reason};
    for (const JobRequest& request : std::exchange(state_.queue, {})) refuse(request, why);
}

std::vector<JobEvent> JobBroadcaster::finish(TableChange change) {
    state_.table.keep();
    tell(change);
    std::vector<JobEvent> events = std::move(change.events);
    settle(change, events);
    if (!change.runs.empty()) {
        for (ManualRun& run : change.runs) {
            static_cast<void>(dependencies_.manual_runs->put(std::move(run)));  // an event says so
        }
        JobEvent run;
        run.kind = JobEvent::Kind::run;
        events.push_back(run);
    }
    for (const TableChange::Answer& answer : change.answers) answer(Status{});
    return events;
}

// Downstream waits with due times that the change could concern: it is told of its end.
void JobBroadcaster::settle(const TableChange& change, std::vector<JobEvent>& events) {
    if (change.accepted == 0) return;
    state_.told = change.accepted;
    events.push_back(accepted_up_to(change.accepted));
}

std::vector<JobEvent> JobBroadcaster::refuse_change(TableChange change, ErrorCode code,
                                                    const std::string& reason) {
    mutated(SchedulerMutant::refused_change_stays) ? state_.table.keep() : state_.table.undo();
    state_.finished_later.insert(state_.finished_later.end(), change.finished.begin(),
                                 change.finished.end());
    for (const TableChange::Answer& answer : change.answers) answer(fail(code, reason));
    for (ManualRun& run : change.runs) run.answer(fail(code, reason));
    std::vector<JobEvent> events;
    settle(change, events);
    return events;
}

void JobBroadcaster::tell(const TableChange& change) {
    for (const TableChange::Told& told : change.told) {
        TelemetryEvent event{told.kind, {}, {}, dependencies_.clock->wall_now()};
        const JobRef& job = told.stored.job;
        event.job = job.get();
        if (told.kind != TelemetryKind::job_delete) event.stored = &told.stored;
        std::string text;
        if (told.kind == TelemetryKind::job_unbound) {
            text = why_unbound(*job);
            const std::array fields{LogField{"job", job->name()}, LogField{"reason", text}};
            dependencies_.hub->log(LogLevel::warning, "a job has no function", fields);
        }
        event.text = text;
        dependencies_.hub->emit(event);
    }
}

}  // namespace quantum::scheduler
