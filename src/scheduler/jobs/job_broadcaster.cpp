#include "scheduler/jobs/job_broadcaster.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "scheduler/commits/retry_pause.hpp"
#include "scheduler/jobs/accepted_job.hpp"
#include "scheduler/jobs/file_notes.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

bool changes_jobs(JobRequest::Kind kind) {
    return kind != JobRequest::Kind::find && kind != JobRequest::Kind::list &&
           kind != JobRequest::Kind::run;
}

JobEvent accepted_up_to(std::uint64_t number) {
    JobEvent accepted;
    accepted.kind = JobEvent::Kind::accepted;
    accepted.number = number;
    return accepted;
}

}  // namespace

JobBroadcaster::JobBroadcaster(Dependencies dependencies)
    : dependencies_(std::move(dependencies)), state_(*dependencies_.state) {}

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
        if (state_.table.row(index).state != JobRow::State::free) events.push_back(event_of(index));
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

Reaction<JobEvent> JobBroadcaster::handle_call(JobRequest request, From<JobReply> from) {
    state_.queue.push_back({std::move(request), std::move(from)});
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
    JobBroadcasterState::Change change = std::move(*state_.change);
    state_.change.reset();
    std::vector<JobEvent> events;
    if (reply.status == CommitStatus::done) {
        take_back_finished();
        events = finish(std::move(change));
    } else {
        events = refuse(
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
    JobBroadcasterState::Change change;
    change.number = ++state_.last_change;
    change.batch = std::make_shared<Batch>();
    PendingChanges::Mark mark{0, dependencies_.clock->wall_now()};
    if (std::any_of(state_.queue.begin(), state_.queue.end(),
                    [](const JobBroadcasterState::Pending& pending) {
                        return changes_jobs(pending.request.kind);
                    })) {
        mark = dependencies_.pending_changes->accept(*dependencies_.clock);
    }
    change.accepted = mark.number;
    while (!state_.queue.empty()) {
        JobBroadcasterState::Pending pending = std::move(state_.queue.front());
        state_.queue.pop_front();
        apply(change, pending, mark.instant);
    }
    retire(change, mark.instant);
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
    JobBroadcasterState::Change& change = *state_.change;
    change.number = ++state_.last_change;  // the one before is answered
    change.reason = reason;
    change.pause = next_pause(change.pause);
    refuse_waiting();
    if (timer_) dependencies_.clock->cancel(*timer_);  // it was sent again before its time
    timer_ =
        dependencies_.clock->wake_after(change.pause, [me = self(*this)] { me.cast(SendAgain{}); });
}

void JobBroadcaster::refuse_waiting() {
    for (JobBroadcasterState::Pending& pending : std::exchange(state_.queue, {})) {
        pending.from.fail({ErrorCode::unavailable,
                           "the first jobs are not stored yet: " + state_.change->reason});
    }
}

void JobBroadcaster::apply(JobBroadcasterState::Change& change,
                           JobBroadcasterState::Pending& pending, WallTime now) {
    const JobRequest& request = pending.request;
    JobBroadcasterState::Change::Answer answer{pending.from, {}, std::nullopt};
    const auto index = state_.table.find(request.name);
    change.until_stored = change.until_stored || request.until_stored;
    switch (request.kind) {
        case JobRequest::Kind::add:
            answer.error = add(change, pending, answer.reply, now);
            break;
        case JobRequest::Kind::remove:
            if (index) {
                remove(change, *index, now, request.kill);
                note_actor(change, request, now);
            }
            break;
        case JobRequest::Kind::remove_all:
            for (std::uint32_t at = 0; at < state_.table.indexes(); ++at) {
                const JobRow::State state = state_.table.row(at).state;
                if (state != JobRow::State::active && state != JobRow::State::inactive) continue;
                state_.table.remove(at, now);
                change.events.push_back(event_of(at));
                note(change, TelemetryKind::job_delete, at);
            }
            change.batch->jobs.push_back({JobChangeKind::purged_all, {}, {nullptr, 1, now}});
            break;
        case JobRequest::Kind::activate:
            if (index) set_state(change, *index, JobState::active, now);
            break;
        case JobRequest::Kind::deactivate:
            if (index) set_state(change, *index, JobState::inactive, now);
            break;
        case JobRequest::Kind::pause:
        case JobRequest::Kind::resume:
            if (index) {
                set_pause(change, request, *index, now);
            } else {
                answer.error = Error{ErrorCode::not_found, "no job '" + request.name + "'"};
            }
            break;
        case JobRequest::Kind::run:
            if (index) {
                const JobRow& row = state_.table.row(*index);
                note_actor(change, request, now);
                change.runs.push_back({state_.table.handle_of(*index), row.job, row.revision,
                                       request.key,
                                       [from = pending.from](Result<ExecutionId> result) {
                                           if (result) {
                                               from.reply(JobReply{{}, {}, *result});
                                           } else {
                                               from.fail(std::move(result).error());
                                           }
                                       }});
                return;  // answered when the run is decided
            }
            answer.error = Error{ErrorCode::not_found, "no job '" + request.name + "'"};
            break;
        case JobRequest::Kind::find:
            if (index) {
                answer.reply.jobs.push_back(stored(*index));
                answer.reply.handles.push_back(state_.table.handle_of(*index));
            }
            break;
        case JobRequest::Kind::list:
            for (std::uint32_t at = 0; at < state_.table.indexes(); ++at) {
                const JobRow::State state = state_.table.row(at).state;
                if (state != JobRow::State::active && state != JobRow::State::inactive) continue;
                answer.reply.jobs.push_back(stored(at));
                answer.reply.handles.push_back(state_.table.handle_of(at));
            }
            break;
    }
    change.answers.push_back(std::move(answer));
}

// All of them or none, unless each stands for itself.
std::optional<Error> JobBroadcaster::add(JobBroadcasterState::Change& change,
                                         JobBroadcasterState::Pending& pending, JobReply& reply,
                                         WallTime now) {
    JobTable& table = state_.table;
    const auto earlier = [&](const Job& job) {
        const auto known = table.find(job.name());
        return known ? &table.row(*known) : nullptr;
    };
    const bool each_alone = pending.request.each_alone;
    for (const Job& job : pending.request.jobs) {
        if (each_alone) break;
        if (auto wrong = check_accepted(job, earlier(job), now)) return wrong;
    }
    // Few of many are known already, or room is needed soon anyhow.
    table.reserve(pending.request.jobs.size());
    change.events.reserve(change.events.size() + pending.request.jobs.size());
    const bool is_noted = pending.request.from_files && dependencies_.writer;
    FileNotes notes(is_noted ? &change.batch->audit : nullptr,
                    pending.request.jobs.size() + pending.request.removed.size(), now);
    for (const std::string& name : pending.request.removed) {
        const auto index = table.find(name);
        if (!index) continue;
        notes.removed(*table.row(*index).job);
        remove(change, *index, now, false);
    }
    std::size_t number = 0;
    for (Job& job : pending.request.jobs) {
        if (job.name().empty()) static_cast<void>(job.set_name(table.unused_name()));
        const JobRow* const known = earlier(job);
        const bool counted = number++ < pending.request.counted;
        if (auto wrong = each_alone ? check_accepted(job, known, now) : std::nullopt) {
            const std::array fields{LogField{"reason", wrong->message}};
            dependencies_.hub->log(LogLevel::warning, "a job was refused", fields);
            continue;
        }
        notes.put(job, known == nullptr ? nullptr : known->job.get());
        Job dropped = interner_.merge(job);
        prepare(job, known, now);
        const bool was_active = known != nullptr && known->state == JobRow::State::active;
        const bool is_new = known == nullptr;
        const std::uint32_t index =
            table.put(JobRef(std::move(job)), counted ? *pending.request.counts_from : now);
        job = std::move(dropped);  // goes with the request
        if (was_active || table.row(index).state == JobRow::State::active) {
            change.events.push_back(event_of(index));
        }
        note(change, is_new ? TelemetryKind::job_add : TelemetryKind::job_update, index);
        if (dependencies_.writer) {
            change.batch->jobs.push_back(
                {is_new ? JobChangeKind::added : JobChangeKind::updated, {}, stored(index)});
        }
        if (pending.request.tell_jobs) reply.jobs.push_back(stored(index));
    }
    name_changes(change);
    notes.close();
    return std::nullopt;
}

// After the last of them: what goes with the batch is not to lie among what stays.
void JobBroadcaster::name_changes(JobBroadcasterState::Change& change) {
    for (JobChange& one : change.batch->jobs) {
        if (one.name.empty() && one.stored.job) one.name = one.stored.job->name();
    }
}

// What a definition takes over from the one before it, and from the instant of its acceptance.
void JobBroadcaster::remove(JobBroadcasterState::Change& change, std::uint32_t index, WallTime now,
                            bool kill) {
    const JobRef job = state_.table.row(index).job;
    state_.table.remove(index, now);
    change.events.push_back(event_of(index));
    change.events.back().kill = kill;
    note(change, TelemetryKind::job_delete, index);
    change.batch->jobs.push_back({JobChangeKind::deleted, job->name(), {nullptr, 1, now}});
}

void JobBroadcaster::set_state(JobBroadcasterState::Change& change, std::uint32_t index,
                               JobState state, WallTime now) {
    const JobState before = state_.table.row(index).job->state();
    // What is finished has had its only due time, whatever the clock shows now.
    if (before == state || before == JobState::finished) return;
    Job changed = *state_.table.row(index).job;
    changed.set_state(state);
    const bool activated = state == JobState::active;
    // What a file defines is due once a boot, which is not for a pause to change.
    if (activated && changed.schedule() && changed.schedule()->is_reboot() &&
        JobParts::source(changed).empty()) {
        changed.set_schedule(changed.schedule()->anchored_at(now));
    }
    put_changed(change, index, std::move(changed), now, activated ? "activated" : "deactivated");
    change.batch->jobs.back().only_state = true;
}

void JobBroadcaster::set_pause(JobBroadcasterState::Change& change, const JobRequest& request,
                               std::uint32_t index, WallTime now) {
    const Job& job = *state_.table.row(index).job;
    const bool pauses = request.kind == JobRequest::Kind::pause;
    if (!pauses && !job.pause()) return;
    Job changed = job;
    changed.set_pause(pauses ? std::optional(Pause{request.until, request.note}) : std::nullopt);
    std::string note = pauses ? "paused" : "resumed";
    if (!request.note.empty()) note += ": " + request.note;
    put_changed(change, index, std::move(changed), now, std::move(note));
    note_actor(change, request, now);
}

void JobBroadcaster::put_changed(JobBroadcasterState::Change& change, std::uint32_t index,
                                 Job changed, WallTime now, std::string why) {
    state_.table.put(JobRef(std::move(changed)), now);
    change.events.push_back(event_of(index));
    note(change, TelemetryKind::job_update, index);
    change.batch->jobs.push_back(
        {JobChangeKind::updated, state_.table.row(index).job->name(), stored(index)});
    change.batch->jobs.back().stored.note = std::move(why);
}

// One-shots that were due are over, unless they were defined anew meanwhile.
void JobBroadcaster::retire(JobBroadcasterState::Change& change, WallTime now) {
    change.finished = std::exchange(state_.finished, {});
    for (const FinishedJobs::Definition& one : change.finished) {
        const std::uint32_t index = index_of(one.handle);
        const JobRow& row = state_.table.row(index);
        if (state_.table.handle_of(index) != one.handle || row.revision != one.revision) continue;
        if (row.state != JobRow::State::active) continue;
        set_state(change, index, JobState::finished, now);
        change.batch->jobs.back().stored.note = "its only due time is over";
    }
}

void JobBroadcaster::note_actor(JobBroadcasterState::Change& change, const JobRequest& request,
                                WallTime now) {
    if (request.actor.empty() || mutated(SchedulerMutant::actor_not_noted)) return;
    std::string_view action = "trigger";
    if (request.kind == JobRequest::Kind::remove) action = "delete";
    if (request.kind == JobRequest::Kind::pause) action = "pause";
    if (request.kind == JobRequest::Kind::resume) action = "resume";
    change.batch->audit.push_back(
        {now, request.actor, std::string(action), request.name, request.note});
}

std::vector<JobEvent> JobBroadcaster::finish(JobBroadcasterState::Change change) {
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
    for (JobBroadcasterState::Change::Answer& answer : change.answers) {
        if (answer.error) {
            answer.from.fail(std::move(*answer.error));
        } else {
            answer.from.reply(std::move(answer.reply));
        }
    }
    return events;
}

// Downstream waits with due times that the change could concern: it is told of its end.
void JobBroadcaster::settle(const JobBroadcasterState::Change& change,
                            std::vector<JobEvent>& events) {
    if (change.accepted == 0) return;
    state_.told = change.accepted;
    events.push_back(accepted_up_to(change.accepted));
}

std::vector<JobEvent> JobBroadcaster::refuse(JobBroadcasterState::Change change, ErrorCode code,
                                             const std::string& reason) {
    mutated(SchedulerMutant::refused_change_stays) ? state_.table.keep() : state_.table.undo();
    state_.finished_later.insert(state_.finished_later.end(), change.finished.begin(),
                                 change.finished.end());
    for (JobBroadcasterState::Change::Answer& answer : change.answers)
        answer.from.fail({code, reason});
    for (ManualRun& run : change.runs) run.answer(fail(code, reason));
    std::vector<JobEvent> events;
    settle(change, events);
    return events;
}

void JobBroadcaster::note(JobBroadcasterState::Change& change, TelemetryKind kind,
                          std::uint32_t index) {
    if (dependencies_.hub->wants(kind)) change.told.push_back({kind, state_.table.row(index).job});
}

void JobBroadcaster::tell(const JobBroadcasterState::Change& change) {
    for (const JobBroadcasterState::Told& told : change.told) {
        TelemetryEvent event{told.kind, {}, {}, dependencies_.clock->wall_now()};
        event.job = told.job.get();
        dependencies_.hub->emit(event);
    }
}

JobEvent JobBroadcaster::event_of(std::uint32_t index) const {
    const JobRow& row = state_.table.row(index);
    JobEvent event;
    event.kind = row.state == JobRow::State::active ? JobEvent::Kind::add : JobEvent::Kind::remove;
    event.deleted = row.state == JobRow::State::deleted;
    event.handle = state_.table.handle_of(index);
    event.revision = row.revision;
    event.job = row.job;
    event.instant = row.since;
    return event;
}

StoredJob JobBroadcaster::stored(std::uint32_t index) const {
    const JobRow& row = state_.table.row(index);
    return {row.job, row.revision, row.since, {}, dependencies_.zone_data};
}

}  // namespace quantum::scheduler
