#include "scheduler/jobs/job_acceptance.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/job_parts.hpp"
#include "scheduler/jobs/accepted_job.hpp"
#include "scheduler/jobs/file_audit.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

template <class Reply>
TableChange::Answer answer_with(From<Reply> from, Result<Reply> result) {
    return [from = std::move(from), result = std::move(result)](const Status& stored) mutable {
        if (!stored) {
            from.fail(stored.error());
        } else if (!result) {
            from.fail(std::move(result).error());
        } else if constexpr (std::is_void_v<Reply>) {
            from.reply();
        } else {
            from.reply(*std::move(result));
        }
    };
}

Error no_job(const std::string& name) { return {ErrorCode::not_found, "no job '" + name + "'"}; }

void note_actor(TableChange& change, const std::string& actor, std::string_view action,
                const std::string& job, const std::string& detail) {
    if (actor.empty() || mutated(SchedulerMutant::actor_not_noted)) return;
    change.batch->audit.push_back({change.instant, actor, std::string(action), job, detail});
}

// After the last of them: what goes with the batch is not to lie among what stays.
void name_changes(TableChange& change) {
    for (JobChange& one : change.batch->jobs) {
        if (one.name.empty() && one.stored.job) one.name = one.stored.job->name();
    }
}

}  // namespace

JobAcceptance::JobAcceptance(JobTable& table, TelemetryHub& hub, Options options)
    : table_(table), hub_(hub), options_(std::move(options)) {}

void JobAcceptance::apply(TableChange& change, Asked<AddJobs>& asked) {
    change.until_stored = change.until_stored || asked.request.until_stored;
    change.answers.push_back(answer_with(asked.from, add(change, asked.request)));
}

void JobAcceptance::apply(TableChange& change, const Asked<RemoveJob>& asked) {
    const RemoveJob& request = asked.request;
    Status done;
    if (request.if_revision) {
        if (auto wrong = check_revision(request.name, *request.if_revision)) {
            done = tl::unexpected(*std::move(wrong));
        }
    }
    if (const auto index = table_.find(request.name); done && index) {
        remove(change, *index, request.kill);
        note_actor(change, request.actor, "delete", request.name, request.note);
    }
    change.answers.push_back(answer_with(asked.from, std::move(done)));
}

void JobAcceptance::apply(TableChange& change, const Asked<RemoveAllJobs>& asked) {
    for (std::uint32_t at = 0; at < table_.indexes(); ++at) {
        if (!table_.row(at).exists()) continue;
        table_.remove(at, change.instant);
        change.events.push_back(event_of(at));
        note(change, TelemetryKind::job_delete, at);
    }
    change.batch->jobs.push_back({JobChangeKind::purged_all, {}, {nullptr, 1, change.instant}});
    change.answers.push_back(answer_with(asked.from, Status{}));
}

void JobAcceptance::apply(TableChange& change, const Asked<SetJobState>& asked) {
    if (const auto index = table_.find(asked.request.name)) {
        set_state(change, *index, asked.request.state);
    }
    change.answers.push_back(answer_with(asked.from, Status{}));
}

void JobAcceptance::apply(TableChange& change, const Asked<PauseJob>& asked) {
    const PauseJob& request = asked.request;
    Status done;
    if (const auto index = table_.find(request.name)) {
        set_pause(change, *index, Pause{request.until, request.note}, request.note);
        note_actor(change, request.actor, "pause", request.name, request.note);
    } else {
        done = tl::unexpected(no_job(request.name));
    }
    change.answers.push_back(answer_with(asked.from, std::move(done)));
}

void JobAcceptance::apply(TableChange& change, const Asked<ResumeJob>& asked) {
    const ResumeJob& request = asked.request;
    Status done;
    if (const auto index = table_.find(request.name)) {
        if (table_.row(*index).job->pause()) set_pause(change, *index, std::nullopt, request.note);
    } else {
        done = tl::unexpected(no_job(request.name));
    }
    change.answers.push_back(answer_with(asked.from, std::move(done)));
}

void JobAcceptance::apply(TableChange& change, const Asked<SetPauses>& asked) {
    const SetPauses& request = asked.request;
    std::vector<std::uint32_t> indexes;
    for (const std::string& name : request.names) {
        const auto index = table_.find(name);
        if (!index) {
            change.answers.push_back(
                answer_with<std::size_t>(asked.from, tl::unexpected(no_job(name))));
            return;
        }
        // A job that is not paused has nothing to resume; a name may stand there twice.
        const bool is_done = !request.pause && !table_.row(*index).job->pause();
        if (!is_done && std::find(indexes.begin(), indexes.end(), *index) == indexes.end()) {
            indexes.push_back(*index);
        }
    }
    for (const std::uint32_t index : indexes) set_pause(change, index, request.pause, request.note);
    if (!indexes.empty()) {
        note_actor(
            change, request.actor, request.pause ? "pause" : "resume",
            request.names.size() == 1 ? request.names.front() : std::string(),
            request.names.size() == 1 ? request.note : list_of_jobs(request.names, request.note));
    }
    change.answers.push_back(answer_with<std::size_t>(asked.from, indexes.size()));
}

void JobAcceptance::apply(TableChange& change, const Asked<AddNotes>& asked) {
    for (AuditNote note : asked.request.notes) {
        note.at = change.instant;
        change.batch->audit.push_back(std::move(note));
    }
    change.answers.push_back(answer_with(asked.from, Status{}));
}

// Answered when the run is decided, which is ExecutionBroadcaster's.
void JobAcceptance::apply(TableChange& change, const Asked<RunJob>& asked) {
    const RunJob& request = asked.request;
    const auto index = table_.find(request.name);
    if (!index) {
        change.answers.push_back(
            answer_with<ExecutionId>(asked.from, tl::unexpected(no_job(request.name))));
        return;
    }
    const JobRow& row = table_.row(*index);
    if (row.unbound && !mutated(SchedulerMutant::unbound_is_triggered)) {
        const Error unbound{ErrorCode::unavailable,
                            "job '" + request.name + "' is " + why_unbound(*row.job)};
        change.answers.push_back(answer_with<ExecutionId>(asked.from, tl::unexpected(unbound)));
        return;
    }
    note_actor(change, request.actor, "trigger", request.name, request.note);
    const auto answer = [from = asked.from](Result<ExecutionId> result) {
        if (result) {
            from.reply(*result);
        } else {
            from.fail(std::move(result).error());
        }
    };
    change.runs.push_back({table_.handle_of(*index), row.job, row.revision, request.key, answer});
}

void JobAcceptance::apply(TableChange& change, const Asked<BindHandler>& asked) {
    for (std::uint32_t at = 0; at < table_.indexes(); ++at) {
        const JobRow& row = table_.row(at);
        if (!row.exists() || !row.unbound || options_.binding.is_unbound(*row.job)) continue;
        const HandlerCall* const call = handler_of(row.job->task());
        if (call != nullptr && call->name == asked.request.name) bind(change, at, row.job);
    }
    change.answers.push_back(answer_with(asked.from, Status{}));
}

void JobAcceptance::apply(TableChange& change, const Asked<FindJob>& asked) {
    std::optional<FoundJob> found;
    if (const auto index = table_.find(asked.request.name)) {
        found = FoundJob{stored(*index), table_.handle_of(*index)};
    }
    change.answers.push_back(answer_with<std::optional<FoundJob>>(asked.from, std::move(found)));
}

void JobAcceptance::apply(TableChange& change, const Asked<ListJobs>& asked) {
    std::vector<StoredJob> jobs;
    for (std::uint32_t at = 0; at < table_.indexes(); ++at) {
        if (table_.row(at).exists()) jobs.push_back(stored(at));
    }
    change.answers.push_back(answer_with<std::vector<StoredJob>>(asked.from, std::move(jobs)));
}

// All of them or none, unless each stands for itself.
Result<std::vector<StoredJob>> JobAcceptance::add(TableChange& change, AddJobs& request) {
    const WallTime now = change.instant;
    if (!request.each_alone) {
        if (auto wrong = check_all(request, now)) return tl::unexpected(*std::move(wrong));
    }
    // Few of many are known already, or room is needed soon anyhow.
    table_.reserve(request.jobs.size());
    change.events.reserve(change.events.size() + request.jobs.size());
    const bool is_noted = (request.from_files || !request.actor.empty()) && options_.keeps_ledger;
    FileAudit audit(is_noted ? &change.batch->audit : nullptr,
                    request.jobs.size() + request.removed.size(), now, request.actor, request.note);
    for (const std::string& name : request.removed) {
        const auto index = table_.find(name);
        if (!index) continue;
        audit.removed(*table_.row(*index).job);
        remove(change, *index, false);
    }
    std::vector<StoredJob> accepted;
    std::size_t number = 0;
    for (Job& job : request.jobs) {
        if (job.name().empty()) static_cast<void>(job.set_name(table_.unused_name()));
        const JobRow* const known = find(job.name());
        const bool counted = number++ < request.counted;
        if (request.each_alone && is_refused_alone(job, known, now)) continue;
        const bool is_told = known != nullptr && !request.from_files;
        std::optional<std::uint32_t> index;
        if (known != nullptr) index = table_.find(job.name());
        if (is_told && is_bound_by(job, *known)) {
            bind(change, *index, JobRef(with_task_of(*known->job, job)));
        } else if (!is_told || !is_known(job, *known)) {
            audit.put(job, known == nullptr ? nullptr : known->job.get());
            index = put(change, job, counted ? *request.counts_from : now);
        }
        if (request.list_accepted) accepted.push_back(stored(*index));
    }
    name_changes(change);
    audit.close();
    return accepted;
}

// Before any of them is taken: why none is.
std::optional<Error> JobAcceptance::check_all(const AddJobs& request, WallTime now) const {
    for (const Job& job : request.jobs) {
        if (request.if_revision) {
            if (auto wrong = check_revision(job.name(), *request.if_revision)) return wrong;
        }
        if (auto wrong = check_accepted(job, find(job.name()), now)) return wrong;
    }
    return check_room(request);
}

// On this turn, so that of two who have seen the same revision only one succeeds.
std::optional<Error> JobAcceptance::check_revision(const std::string& name,
                                                   std::uint32_t wanted) const {
    const JobRow* const row = find(name);
    const std::uint32_t revision = row == nullptr ? 0 : row->revision;
    if (revision == wanted || mutated(SchedulerMutant::stale_revision_replaced)) {
        return std::nullopt;
    }
    if (row == nullptr) return no_job(name);
    return Error{ErrorCode::already_exists,
                 "job '" + name + "' exists, with revision " + std::to_string(revision)};
}

// Counts the new names only where they could be too many.
std::optional<Error> JobAcceptance::check_room(const AddJobs& request) const {
    const std::size_t room = table_.room();
    if (request.jobs.size() <= room) return std::nullopt;
    std::set<std::string_view> names;
    std::size_t wanted = 0;
    for (const Job& job : request.jobs) {
        if (job.name().empty() ||
            (!table_.has_index(job.name()) && names.insert(job.name()).second)) {
            ++wanted;
        }
    }
    if (wanted <= room) return std::nullopt;
    return too_many_jobs(table_);
}

bool JobAcceptance::is_refused_alone(const Job& job, const JobRow* known, WallTime now) const {
    std::optional<Error> wrong = check_accepted(job, known, now);
    if (!wrong && table_.room() == 0 && !table_.has_index(job.name())) {
        wrong = too_many_jobs(table_);
    }
    if (!wrong) return false;
    const std::array fields{LogField{"reason", wrong->message}};
    hub_.log(LogLevel::warning, "a job was rejected", fields);
    return true;
}

// A new revision. Its maker's job may be left without a name.
std::uint32_t JobAcceptance::put(TableChange& change, Job& job, WallTime since) {
    const JobRow* const known = find(job.name());
    const bool is_new = known == nullptr;
    const bool was_active = !is_new && known->state == JobRow::State::active;
    const bool was_unbound = !is_new && known->unbound;
    Job dropped = interner_.merge(job);
    prepare(job, known, change.instant);
    const bool unbound = options_.binding.is_unbound(job);
    const std::uint32_t index = table_.put(JobRef(std::move(job)), since, unbound);
    job = std::move(dropped);  // goes with the request
    const bool is_active = table_.row(index).state == JobRow::State::active;
    // What waits for the function of one that is finished waits still.
    if (was_active || is_active || was_unbound) change.events.push_back(event_of(index));
    note(change, is_new ? TelemetryKind::job_add : TelemetryKind::job_update, index);
    if (was_unbound && !unbound) note(change, TelemetryKind::job_bound, index);
    if (unbound && is_active && !was_unbound) note(change, TelemetryKind::job_unbound, index);
    if (options_.keeps_ledger) {
        change.batch->jobs.push_back(
            {is_new ? JobChangeKind::added : JobChangeKind::updated, {}, stored(index)});
    }
    return index;
}

// Not a revision: nothing is stored.
void JobAcceptance::bind(TableChange& change, std::uint32_t index, JobRef bound) {
    table_.bind(index, std::move(bound));
    change.events.push_back(event_of(index));
    note(change, TelemetryKind::job_bound, index);
}

// Then it is no revision either: nothing is stored, and nobody told.
bool JobAcceptance::is_known(const Job& job, const JobRow& known) {
    if (!known.exists() || mutated(SchedulerMutant::each_adding_is_a_revision)) return false;
    return is_unchanged(job, *known.job);
}

bool JobAcceptance::is_bound_by(const Job& job, const JobRow& known) {
    if (!known.exists() || !known.unbound || mutated(SchedulerMutant::binding_is_a_revision)) {
        return false;
    }
    return known.job->task().kind() == TaskKind::none && only_binds(job, *known.job);
}

const JobRow* JobAcceptance::find(std::string_view name) const {
    const auto index = table_.find(name);
    return index ? &table_.row(*index) : nullptr;
}

void JobAcceptance::remove(TableChange& change, std::uint32_t index, bool kill) {
    const JobRef job = table_.row(index).job;
    table_.remove(index, change.instant);
    change.events.push_back(event_of(index));
    change.events.back().kill = kill;
    note(change, TelemetryKind::job_delete, index);
    change.batch->jobs.push_back(
        {JobChangeKind::deleted, job->name(), {nullptr, 1, change.instant}});
}

void JobAcceptance::set_state(TableChange& change, std::uint32_t index, JobState state) {
    const JobState before = table_.row(index).job->state();
    // What is finished has had its only due time, whatever the clock shows now.
    if (before == state || before == JobState::finished) return;
    Job changed = *table_.row(index).job;
    changed.set_state(state);
    const bool activated = state == JobState::active;
    // What a file defines is due once a boot, which is not for a pause to change.
    if (activated && changed.schedule() && changed.schedule()->is_reboot() &&
        model::JobParts::source(changed).empty()) {
        changed.set_schedule(changed.schedule()->anchored_at(change.instant));
    }
    put_changed(change, index, std::move(changed), activated ? "activated" : "deactivated");
    change.batch->jobs.back().only_state = true;
}

void JobAcceptance::set_pause(TableChange& change, std::uint32_t index, std::optional<Pause> pause,
                              const std::string& note) {
    std::string why = pause ? "paused" : "resumed";
    if (!note.empty()) why += ": " + note;
    Job changed = *table_.row(index).job;
    changed.set_pause(std::move(pause));
    put_changed(change, index, std::move(changed), std::move(why));
}

void JobAcceptance::put_changed(TableChange& change, std::uint32_t index, Job changed,
                                std::string why) {
    const bool unbound = table_.row(index).unbound;  // stays as it was
    const bool was_active = table_.row(index).state == JobRow::State::active;
    table_.put(JobRef(std::move(changed)), change.instant, unbound);
    change.events.push_back(event_of(index));
    note(change, TelemetryKind::job_update, index, why);
    if (unbound && !was_active && table_.row(index).state == JobRow::State::active) {
        note(change, TelemetryKind::job_unbound, index);
    }
    change.batch->jobs.push_back(
        {JobChangeKind::updated, table_.row(index).job->name(), stored(index)});
    change.batch->jobs.back().stored.note = std::move(why);
}

// Unless they were defined anew meanwhile.
void JobAcceptance::retire(TableChange& change) {
    for (const FinishedDefinition& one : change.finished) {
        const std::uint32_t index = index_of(one.handle);
        const JobRow& row = table_.row(index);
        if (table_.handle_of(index) != one.handle || row.revision != one.revision) continue;
        if (row.state != JobRow::State::active) continue;
        set_state(change, index, JobState::finished);
        change.batch->jobs.back().stored.note = "its only due time has passed";
    }
}

void JobAcceptance::note(TableChange& change, TelemetryKind kind, std::uint32_t index,
                         const std::string& why) const {
    const bool is_logged = kind == TelemetryKind::job_unbound;
    if (!is_logged && !hub_.wants(kind)) return;
    change.told.push_back({kind, stored(index)});
    change.told.back().stored.note = why;
}

JobEvent JobAcceptance::event_of(std::uint32_t index) const {
    const JobRow& row = table_.row(index);
    JobEvent event;
    event.kind = row.state == JobRow::State::active ? JobEvent::Kind::add : JobEvent::Kind::remove;
    event.deleted = row.state == JobRow::State::deleted;
    event.handle = table_.handle_of(index);
    event.unbound = row.unbound;
    event.revision = row.revision;
    event.job = row.job;
    event.instant = row.since;
    return event;
}

StoredJob JobAcceptance::stored(std::uint32_t index) const {
    const JobRow& row = table_.row(index);
    return {row.job, row.revision, row.since, {}, options_.zone_data};
}

}  // namespace quantum::scheduler
