#include "scheduler/job_broadcaster.hpp"

#include <algorithm>
#include <utility>

namespace quantum::scheduler {

namespace {

// An interval counts from the first acceptance of the job, and keeps doing so when the job is
// defined again with the same interval. `@reboot` is due once, at this acceptance.
void anchor(Job& job, const JobRow* earlier, WallTime now) {
    if (!job.schedule() || job.schedule()->anchor() != WallTime{}) return;
    const bool reboot = job.schedule()->is_reboot();
    if (!reboot && !job.schedule()->is_interval()) return;
    WallTime from = now;
    if (!reboot && earlier != nullptr && earlier->job->schedule()) {
        const Schedule& old = *earlier->job->schedule();
        if (job.schedule()->anchored_at(old.anchor()) == old) from = old.anchor();
    }
    job.set_schedule(job.schedule()->anchored_at(from));
}

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
    return emit(work());
}

Reaction<JobEvent> JobBroadcaster::handle_cast(CommitReply reply) {
    if (!desk_.change || desk_.change->number != reply.number) return none();
    JobDesk::Change change = std::move(*desk_.change);
    desk_.change.reset();
    std::vector<JobEvent> events;
    if (reply.status == CommitStatus::done) {
        events = finish(std::move(change));
    } else {
        events = refuse(
            std::move(change),
            reply.status == CommitStatus::fatal ? ErrorCode::io_error : ErrorCode::unavailable,
            "the change was not stored: " + reply.reason);
    }
    if (tell_all_) events = whole_table();
    for (JobEvent& event : work()) events.push_back(std::move(event));
    return emit(std::move(events));
}

Reaction<JobEvent> JobBroadcaster::handle_cast(StorageRestarted) {
    if (desk_.change) send();
    return none();
}

Reaction<JobEvent> JobBroadcaster::handle_cast(ReleasedJobs released) {
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
    if (desk_.change || desk_.queue.empty()) return {};
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
    if (change.batch->jobs.empty() || !links_.writer) return finish(std::move(change));
    desk_.change = std::move(change);
    send();
    return {};
}

void JobBroadcaster::send() {
    links_.writer.cast(
        CommitRequest{Requester::jobs, desk_.change->number, desk_.change->batch,
                      [me = self(*this)](CommitReply reply) { me.cast(std::move(reply)); }});
}

void JobBroadcaster::apply(JobDesk::Change& change, JobDesk::Pending& pending, WallTime now) {
    const JobRequest& request = pending.request;
    JobDesk::Change::Answer answer{pending.from, {}, std::nullopt};
    const auto place = desk_.table.find(request.name);
    switch (request.kind) {
        case JobRequest::Kind::add:
            add(change, pending, answer.reply, now);
            break;
        case JobRequest::Kind::remove:
            if (place) remove(change, *place, now);
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
            set_state(change, request.name, JobState::active, now);
            break;
        case JobRequest::Kind::deactivate:
            set_state(change, request.name, JobState::inactive, now);
            break;
        case JobRequest::Kind::run:
            if (place) {
                const JobRow& row = desk_.table.row(*place);
                change.runs.push_back({desk_.table.handle_of(*place), row.job, row.revision,
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

void JobBroadcaster::add(JobDesk::Change& change, JobDesk::Pending& pending, JobReply& reply,
                         WallTime now) {
    JobTable& table = desk_.table;
    for (const std::string& name : pending.request.removed) {
        if (const auto place = table.find(name)) remove(change, *place, now);
    }
    // Few of many are known already, or room is needed soon anyhow.
    table.reserve(pending.request.jobs.size());
    change.events.reserve(change.events.size() + pending.request.jobs.size());
    for (Job& job : pending.request.jobs) {
        if (job.name().empty()) static_cast<void>(job.set_name(table.unused_name()));
        const auto known = table.find(job.name());
        twins_.merge(job);
        anchor(job, known ? &table.row(*known) : nullptr, now);
        const bool was_active = known && table.row(*known).state == JobRow::State::active;
        const std::uint32_t place = table.put(JobRef(std::move(job)), now);
        if (was_active || table.row(place).state == JobRow::State::active) {
            change.events.push_back(event_of(place));
        }
        note(change, known ? TelemetryKind::job_update : TelemetryKind::job_add, place);
        if (links_.writer) {
            change.batch->jobs.push_back({known ? JobChangeKind::updated : JobChangeKind::added,
                                          table.row(place).job->name(), stored(place)});
        }
        if (pending.request.tell_jobs) reply.jobs.push_back(stored(place));
    }
}

void JobBroadcaster::remove(JobDesk::Change& change, std::uint32_t place, WallTime now) {
    const JobRef job = desk_.table.row(place).job;
    desk_.table.remove(place, now);
    change.events.push_back(event_of(place));
    note(change, TelemetryKind::job_delete, place);
    change.batch->jobs.push_back({JobChangeKind::deleted, job->name(), {nullptr, 1, now}});
}

void JobBroadcaster::set_state(JobDesk::Change& change, const std::string& name, JobState state,
                               WallTime now) {
    const auto place = desk_.table.find(name);
    if (!place || desk_.table.row(*place).job->state() == state) return;
    Job changed = *desk_.table.row(*place).job;
    changed.set_state(state);
    const bool activated = state == JobState::active;
    // What a file defines is due once a boot, which is not for a pause to change.
    if (activated && changed.schedule() && changed.schedule()->is_reboot() &&
        changed.source().empty()) {
        changed.set_schedule(changed.schedule()->anchored_at(now));
    }
    desk_.table.put(JobRef(std::move(changed)), now);
    change.events.push_back(event_of(*place));
    note(change, TelemetryKind::job_update, *place);
    StoredJob row = stored(*place);
    row.note = activated ? "resumed" : "paused";
    change.batch->jobs.push_back({JobChangeKind::updated, name, std::move(row)});
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
    desk_.table.undo();
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
    return {row.job, row.revision, row.since};
}

}  // namespace quantum::scheduler
