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

JobBroadcaster::JobBroadcaster(Links links) : links_(std::move(links)), desk_(*links_.desk) {}

JobBroadcaster::~JobBroadcaster() {
    if (timer_) links_.clock->cancel(*timer_);
}

InitResult JobBroadcaster::init(Options&) {
    links_.acceptance->withdraw(desk_.told, desk_.change ? desk_.change->accepted : 0);
    if (desk_.change) send();  // the answer, or the request, may have been lost
    return InitResult::started();
}

Reaction<JobEvent> JobBroadcaster::handle_demand(std::size_t) {
    return none();  // events go out as they arise; the stage's buffer, which drops none, waits
}

// A consumer that begins, or begins again, is told the whole table; never what may yet be undone.
Reaction<JobEvent> JobBroadcaster::handle_subscribe(const Subscription&) {
    if (desk_.change) {
        tell_all_ = true;
        return none();
    }
    return emit(whole_table());
}

std::vector<JobEvent> JobBroadcaster::whole_table() {
    tell_all_ = false;
    std::vector<JobEvent> events;
    events.reserve(desk_.table.places() + 3);
    for (std::uint32_t place = 0; place < desk_.table.places(); ++place) {
        if (desk_.table.row(place).state != JobRow::State::free) events.push_back(event_of(place));
    }
    JobEvent complete;
    complete.kind = JobEvent::Kind::complete;
    events.push_back(complete);
    events.push_back(accepted_up_to(desk_.told));
    if (!links_.manual_runs->empty()) {
        JobEvent run;
        run.kind = JobEvent::Kind::run;
        events.push_back(run);
    }
    return events;
}

Reaction<JobEvent> JobBroadcaster::handle_call(JobRequest request, From<JobReply> from) {
    desk_.queue.push_back({std::move(request), std::move(from)});
    if (desk_.change && desk_.change->pause > Duration::zero()) {
        refuse_waiting();
        return none();
    }
    take_back_finished();
    return emit(work());
}

Reaction<JobEvent> JobBroadcaster::handle_cast(const FinishedJobs& finished) {
    desk_.finished.insert(desk_.finished.end(), finished.jobs.begin(), finished.jobs.end());
    return emit(work());
}

void JobBroadcaster::take_back_finished() {
    for (const auto& one : std::exchange(desk_.finished_later, {})) desk_.finished.push_back(one);
}

Reaction<JobEvent> JobBroadcaster::handle_cast(const CommitReply& reply) {
    if (!desk_.change || desk_.change->number != reply.number) return none();
    if (desk_.change->until_stored && reply.status == CommitStatus::failed) {
        send_later(reply.reason);
        return none();
    }
    JobDesk::Change change = std::move(*desk_.change);
    desk_.change.reset();
    std::vector<JobEvent> events;
    if (reply.status == CommitStatus::done) {
        take_back_finished();
        events = finish(std::move(change));
    } else {
        events = refuse(
            std::move(change),
            reply.status == CommitStatus::fatal ? ErrorCode::io_error : ErrorCode::unavailable,
            "the change was not stored: " + reply.reason);
        if (reply.status == CommitStatus::fatal) links_.give_up(reply.reason);
    }
    if (tell_all_) events = whole_table();
    for (JobEvent& event : work()) events.push_back(std::move(event));
    return emit(std::move(events));
}

Reaction<JobEvent> JobBroadcaster::handle_cast(StorageRestarted) {
    if (desk_.change) send();
    return none();
}

Reaction<JobEvent> JobBroadcaster::handle_cast(SendAgain) {
    timer_.reset();
    if (desk_.change) send();
    return none();
}

Reaction<JobEvent> JobBroadcaster::handle_cast(const ReleasedJobs& released) {
    for (const JobHandle handle : released.handles) {
        // While a change is being stored its undo log may name the place; the handle stays in use
        // until the change is through.
        desk_.released.push_back(handle);
    }
    if (!desk_.change) {
        for (const JobHandle handle : std::exchange(desk_.released, {})) {
            desk_.table.release(handle);
        }
    }
    return none();
}

// Takes what waits as one change. One is being stored at a time; the next gathers meanwhile.
std::vector<JobEvent> JobBroadcaster::work() {
    if (desk_.change || (desk_.queue.empty() && desk_.finished.empty())) return {};
    for (const JobHandle handle : std::exchange(desk_.released, {})) desk_.table.release(handle);
    JobDesk::Change change;
    change.number = ++desk_.last_change;
    change.batch = std::make_shared<Batch>();
    Acceptance::Mark mark{0, links_.clock->wall_now()};
    if (std::any_of(desk_.queue.begin(), desk_.queue.end(), [](const JobDesk::Pending& pending) {
            return changes_jobs(pending.request.kind);
        })) {
        mark = links_.acceptance->accept(*links_.clock);
    }
    change.accepted = mark.number;
    while (!desk_.queue.empty()) {
        JobDesk::Pending pending = std::move(desk_.queue.front());
        desk_.queue.pop_front();
        apply(change, pending, mark.instant);
    }
    retire(change, mark.instant);
    const bool stores = !change.batch->jobs.empty() || !change.batch->audit.empty();
    if (!stores || !links_.writer) return finish(std::move(change));
    desk_.change = std::move(change);
    send();
    return {};
}

void JobBroadcaster::send() {
    links_.writer.cast(
        CommitRequest{Requester::jobs, desk_.change->number, desk_.change->batch,
                      [me = self(*this)](CommitReply reply) { me.cast(std::move(reply)); }});
}

// The change stays as it is, and downstream, which is told nothing meanwhile, decides nothing.
void JobBroadcaster::send_later(const std::string& reason) {
    JobDesk::Change& change = *desk_.change;
    change.number = ++desk_.last_change;  // the one before is answered
    change.reason = reason;
    change.pause = next_pause(change.pause);
    refuse_waiting();
    if (timer_) links_.clock->cancel(*timer_);  // it was sent again before its time
    timer_ = links_.clock->wake_after(change.pause, [me = self(*this)] { me.cast(SendAgain{}); });
}

void JobBroadcaster::refuse_waiting() {
    for (JobDesk::Pending& pending : std::exchange(desk_.queue, {})) {
        pending.from.fail(
            {ErrorCode::unavailable, "the first jobs are not stored yet: " + desk_.change->reason});
    }
}

void JobBroadcaster::apply(JobDesk::Change& change, JobDesk::Pending& pending, WallTime now) {
    const JobRequest& request = pending.request;
    JobDesk::Change::Answer answer{pending.from, {}, std::nullopt};
    const auto place = desk_.table.find(request.name);
    change.until_stored = change.until_stored || request.until_stored;
    switch (request.kind) {
        case JobRequest::Kind::add:
            answer.error = add(change, pending, answer.reply, now);
            break;
        case JobRequest::Kind::remove:
            if (place) {
                remove(change, *place, now, request.kill);
                note_actor(change, request, now);
            }
            break;
        case JobRequest::Kind::remove_all:
            for (std::uint32_t at = 0; at < desk_.table.places(); ++at) {
                const JobRow::State state = desk_.table.row(at).state;
                if (state != JobRow::State::active && state != JobRow::State::inactive) continue;
                desk_.table.remove(at, now);
                change.events.push_back(event_of(at));
                note(change, TelemetryKind::job_delete, at);
            }
            change.batch->jobs.push_back({JobChangeKind::purged_all, {}, {nullptr, 1, now}});
            break;
        case JobRequest::Kind::activate:
            if (place) set_state(change, *place, JobState::active, now);
            break;
        case JobRequest::Kind::deactivate:
            if (place) set_state(change, *place, JobState::inactive, now);
            break;
        case JobRequest::Kind::pause:
        case JobRequest::Kind::resume:
            if (place) {
                set_pause(change, request, *place, now);
            } else {
                answer.error = Error{ErrorCode::not_found, "no job '" + request.name + "'"};
            }
            break;
        case JobRequest::Kind::run:
            if (place) {
                const JobRow& row = desk_.table.row(*place);
                note_actor(change, request, now);
                change.runs.push_back({desk_.table.handle_of(*place), row.job, row.revision,
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
            if (place) {
                answer.reply.jobs.push_back(stored(*place));
                answer.reply.handles.push_back(desk_.table.handle_of(*place));
            }
            break;
        case JobRequest::Kind::list:
            for (std::uint32_t at = 0; at < desk_.table.places(); ++at) {
                const JobRow::State state = desk_.table.row(at).state;
                if (state != JobRow::State::active && state != JobRow::State::inactive) continue;
                answer.reply.jobs.push_back(stored(at));
                answer.reply.handles.push_back(desk_.table.handle_of(at));
            }
            break;
    }
    change.answers.push_back(std::move(answer));
}

// All of them or none, unless each stands for itself.
std::optional<Error> JobBroadcaster::add(JobDesk::Change& change, JobDesk::Pending& pending,
                                         JobReply& reply, WallTime now) {
    JobTable& table = desk_.table;
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
    const bool is_noted = pending.request.from_files && links_.writer;
    FileNotes notes(is_noted ? &change.batch->audit : nullptr,
                    pending.request.jobs.size() + pending.request.removed.size(), now);
    for (const std::string& name : pending.request.removed) {
        const auto place = table.find(name);
        if (!place) continue;
        notes.removed(*table.row(*place).job);
        remove(change, *place, now, false);
    }
    std::size_t number = 0;
    for (Job& job : pending.request.jobs) {
        if (job.name().empty()) static_cast<void>(job.set_name(table.unused_name()));
        const JobRow* const known = earlier(job);
        const bool counted = number++ < pending.request.counted;
        if (auto wrong = each_alone ? check_accepted(job, known, now) : std::nullopt) {
            const std::array fields{LogField{"reason", wrong->message}};
            links_.hub->log(LogLevel::warning, "a job was refused", fields);
            continue;
        }
        notes.put(job, known == nullptr ? nullptr : known->job.get());
        Job dropped = twins_.merge(job);
        prepare(job, known, now);
        const bool was_active = known != nullptr && known->state == JobRow::State::active;
        const bool is_new = known == nullptr;
        const std::uint32_t place =
            table.put(JobRef(std::move(job)), counted ? *pending.request.counts_from : now);
        job = std::move(dropped);  // goes with the request
        if (was_active || table.row(place).state == JobRow::State::active) {
            change.events.push_back(event_of(place));
        }
        note(change, is_new ? TelemetryKind::job_add : TelemetryKind::job_update, place);
        if (links_.writer) {
            change.batch->jobs.push_back(
                {is_new ? JobChangeKind::added : JobChangeKind::updated, {}, stored(place)});
        }
        if (pending.request.tell_jobs) reply.jobs.push_back(stored(place));
    }
    name_changes(change);
    notes.close();
    return std::nullopt;
}

// After the last of them: what goes with the batch is not to lie among what stays.
void JobBroadcaster::name_changes(JobDesk::Change& change) {
    for (JobChange& one : change.batch->jobs) {
        if (one.name.empty() && one.stored.job) one.name = one.stored.job->name();
    }
}

// What a definition takes over from the one before it, and from the instant of its acceptance.
void JobBroadcaster::remove(JobDesk::Change& change, std::uint32_t place, WallTime now, bool kill) {
    const JobRef job = desk_.table.row(place).job;
    desk_.table.remove(place, now);
    change.events.push_back(event_of(place));
    change.events.back().kill = kill;
    note(change, TelemetryKind::job_delete, place);
    change.batch->jobs.push_back({JobChangeKind::deleted, job->name(), {nullptr, 1, now}});
}

void JobBroadcaster::set_state(JobDesk::Change& change, std::uint32_t place, JobState state,
                               WallTime now) {
    const JobState before = desk_.table.row(place).job->state();
    // What is finished has had its only due time, whatever the clock shows now.
    if (before == state || before == JobState::finished) return;
    Job changed = *desk_.table.row(place).job;
    changed.set_state(state);
    const bool activated = state == JobState::active;
    // What a file defines is due once a boot, which is not for a pause to change.
    if (activated && changed.schedule() && changed.schedule()->is_reboot() &&
        JobParts::source(changed).empty()) {
        changed.set_schedule(changed.schedule()->anchored_at(now));
    }
    put_changed(change, place, std::move(changed), now, activated ? "activated" : "deactivated");
    change.batch->jobs.back().only_state = true;
}

void JobBroadcaster::set_pause(JobDesk::Change& change, const JobRequest& request,
                               std::uint32_t place, WallTime now) {
    const Job& job = *desk_.table.row(place).job;
    const bool pauses = request.kind == JobRequest::Kind::pause;
    if (!pauses && !job.pause()) return;
    Job changed = job;
    changed.set_pause(pauses ? std::optional(Pause{request.until, request.note}) : std::nullopt);
    std::string note = pauses ? "paused" : "resumed";
    if (!request.note.empty()) note += ": " + request.note;
    put_changed(change, place, std::move(changed), now, std::move(note));
    note_actor(change, request, now);
}

void JobBroadcaster::put_changed(JobDesk::Change& change, std::uint32_t place, Job changed,
                                 WallTime now, std::string why) {
    desk_.table.put(JobRef(std::move(changed)), now);
    change.events.push_back(event_of(place));
    note(change, TelemetryKind::job_update, place);
    change.batch->jobs.push_back(
        {JobChangeKind::updated, desk_.table.row(place).job->name(), stored(place)});
    change.batch->jobs.back().stored.note = std::move(why);
}

// One-shots that were due are over, unless they were defined anew meanwhile.
void JobBroadcaster::retire(JobDesk::Change& change, WallTime now) {
    change.finished = std::exchange(desk_.finished, {});
    for (const FinishedJobs::Definition& one : change.finished) {
        const std::uint32_t place = place_of(one.handle);
        const JobRow& row = desk_.table.row(place);
        if (desk_.table.handle_of(place) != one.handle || row.revision != one.revision) continue;
        if (row.state != JobRow::State::active) continue;
        set_state(change, place, JobState::finished, now);
        change.batch->jobs.back().stored.note = "its only due time is over";
    }
}

void JobBroadcaster::note_actor(JobDesk::Change& change, const JobRequest& request, WallTime now) {
    if (request.actor.empty() || mutated(SchedulerMutant::actor_not_noted)) return;
    std::string_view action = "trigger";
    if (request.kind == JobRequest::Kind::remove) action = "delete";
    if (request.kind == JobRequest::Kind::pause) action = "pause";
    if (request.kind == JobRequest::Kind::resume) action = "resume";
    change.batch->audit.push_back(
        {now, request.actor, std::string(action), request.name, request.note});
}

std::vector<JobEvent> JobBroadcaster::finish(JobDesk::Change change) {
    desk_.table.keep();
    tell(change);
    std::vector<JobEvent> events = std::move(change.events);
    settle(change, events);
    if (!change.runs.empty()) {
        for (ManualRun& run : change.runs) links_.manual_runs->put(std::move(run));
        JobEvent run;
        run.kind = JobEvent::Kind::run;
        events.push_back(run);
    }
    for (JobDesk::Change::Answer& answer : change.answers) {
        if (answer.error) {
            answer.from.fail(std::move(*answer.error));
        } else {
            answer.from.reply(std::move(answer.reply));
        }
    }
    return events;
}

// Downstream waits with due times that the change could concern: it is told of its end.
void JobBroadcaster::settle(const JobDesk::Change& change, std::vector<JobEvent>& events) {
    if (change.accepted == 0) return;
    desk_.told = change.accepted;
    events.push_back(accepted_up_to(change.accepted));
}

std::vector<JobEvent> JobBroadcaster::refuse(JobDesk::Change change, ErrorCode code,
                                             const std::string& reason) {
    mutated(SchedulerMutant::refused_change_stays) ? desk_.table.keep() : desk_.table.undo();
    desk_.finished_later.insert(desk_.finished_later.end(), change.finished.begin(),
                                change.finished.end());
    for (JobDesk::Change::Answer& answer : change.answers) answer.from.fail({code, reason});
    for (ManualRun& run : change.runs) run.answer(fail(code, reason));
    std::vector<JobEvent> events;
    settle(change, events);
    return events;
}

void JobBroadcaster::note(JobDesk::Change& change, TelemetryKind kind, std::uint32_t place) {
    if (links_.hub->wants(kind)) change.told.push_back({kind, desk_.table.row(place).job});
}

void JobBroadcaster::tell(const JobDesk::Change& change) {
    for (const JobDesk::Told& told : change.told) {
        TelemetryEvent event{told.kind, {}, {}, links_.clock->wall_now()};
        event.job = told.job.get();
        links_.hub->tell(event);
    }
}

JobEvent JobBroadcaster::event_of(std::uint32_t place) const {
    const JobRow& row = desk_.table.row(place);
    JobEvent event;
    event.kind = row.state == JobRow::State::active ? JobEvent::Kind::add : JobEvent::Kind::remove;
    event.deleted = row.state == JobRow::State::deleted;
    event.handle = desk_.table.handle_of(place);
    event.revision = row.revision;
    event.job = row.job;
    event.instant = row.since;
    return event;
}

StoredJob JobBroadcaster::stored(std::uint32_t place) const {
    const JobRow& row = desk_.table.row(place);
    return {row.job, row.revision, row.since, {}, links_.zone_data};
}

}  // namespace quantum::scheduler
