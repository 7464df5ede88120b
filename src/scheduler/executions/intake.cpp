#include "scheduler/executions/intake.hpp"

#include <algorithm>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

// Beyond what a clock may be off without having been set.
WallTime in_force_from(const JobEvent& event, WallTime now) {
    const StepKind kind = classify_step(now - event.instant);
    return kind == StepKind::backward || kind == StepKind::rewind ? now : event.instant;
}

}  // namespace

Intake::Intake(ExecutionBook& book, Timeline& timeline, RoundMaker& maker)
    : book_(book), timeline_(timeline), maker_(maker) {}

void Intake::add(const JobEvent& event, WallTime now) {
    const std::uint32_t place = place_of(event.handle);
    JobRecord& record = book_.at(event.handle);
    if (record.job && record.revision > event.revision &&
        !mutated(SchedulerMutant::old_definition_overwrites))
        return;  // said before the last change
    const bool same = record.job && record.active && record.revision == event.revision;
    if (!same && !(record.active && mutated(SchedulerMutant::stale_definition))) {
        const bool known = record.job != nullptr;
        const WallTime from = in_force_from(event, now);
        if (record.active) leave(event.handle, record, from, false);
        const bool exclusive = mutated(SchedulerMutant::effective_from_exclusive);
        const WallTime start = from - Duration(exclusive ? 0 : 1);
        record.position = known ? std::max(record.position, start) : start;
        record.job = event.job;
        record.paused = event.job->pause().has_value();
        if (record.paused) stop_retries(event.handle);
        record.revision = event.revision;
        record.recovered = 0;
        record.active = true;
        record.deleted = false;
        record.finished = false;
        record.no_future = false;
        ExecutionBook::look_at_anchor(record, from);
    }
    maker_.put_back(place);
}

void Intake::remove(const JobEvent& event, WallTime now) {
    JobRecord* record = book_.find(event.handle);
    if (record == nullptr) {
        if (!event.deleted) return;
        record = &book_.at(event.handle);  // never active here; its place is to be released
        record->job = event.job;
    }
    if (record->active && !event.deleted && mutated(SchedulerMutant::paused_goes_on)) return;
    if (record->active) {
        leave(event.handle, *record, in_force_from(event, now), event.deleted);
        record->active = false;
        record->finished = event.job && event.job->state() == JobState::finished;
        if (!record->finished) stop_retries(event.handle);
    }
    if (!event.deleted || record->deleted) return;
    record->deleted = true;
    book_.deleted.push_back(event.handle);
    for (const Ticket ticket : book_.registry.tickets_of(place_of(event.handle))) {
        const OpenEntry& entry = *book_.registry.find(ticket);
        if (is_waiting(entry.phase) || entry.is_retry()) {
            book_.withdrawn.push_back({ticket, SkipReason::superseded});
        } else if (event.kill && entry.phase != Phase::ending) {
            book_.to_end.push_back(ticket);
        }
    }
}

// A job that is held back is not tried again.
void Intake::stop_retries(JobHandle handle) {
    if (book_.retries == 0) return;
    for (const Ticket ticket : book_.registry.tickets_of(place_of(handle))) {
        if (!book_.registry.find(ticket)->is_retry()) continue;
        book_.withdrawn.push_back({ticket, SkipReason::superseded});
    }
}

// The definition held up to `until`: what was due before then and is not decided stays to be done.
void Intake::leave(JobHandle handle, JobRecord& record, WallTime until, bool superseded) {
    timeline_.remove(place_of(handle));
    if (const auto end = book_.pause_end(record)) {
        const WallTime first = record.position + Duration(1);
        const WallTime last = std::min(*end, until);
        if (record.job->schedule() && first < last) {
            book_.leftovers.push_back(
                {handle, record.job, record.revision, first, last, SkipReason::paused});
        }
        record.position = std::max(record.position, last - Duration(1));
    }
    const auto first = book_.next_due(record);
    if (!first || *first >= until || mutated(SchedulerMutant::leftovers_forgotten)) return;
    book_.leftovers.push_back({handle, record.job, record.revision, *first, until,
                               superseded ? SkipReason::superseded : SkipReason::none});
    record.position = until - Duration(1);
}

std::vector<JobHandle> Intake::take_released(WallTime now) {
    std::vector<JobHandle> released;
    if (book_.deleted.empty() || book_.round || !book_.leftovers.empty()) return released;
    std::vector<JobHandle> kept;
    for (const JobHandle handle : std::exchange(book_.deleted, {})) {
        JobRecord* record = book_.find(handle);
        if (record == nullptr || !record->deleted) continue;  // it came back
        const std::uint32_t place = place_of(handle);
        // A name deleted and added again within the instant of its last due time must find it.
        if ((!book_.registry.tickets_of(place).empty() &&
             !mutated(SchedulerMutant::release_before_last_run)) ||
            record->position >= now) {
            kept.push_back(handle);
            continue;
        }
        record->job.reset();
        released.push_back(handle);
    }
    book_.deleted = std::move(kept);
    return released;
}

void Intake::look_at_clock(WallTime wall, BootTime boot) {
    const Duration offset = wall.time_since_epoch() - boot.time_since_epoch();
    if (!book_.offset_known) {
        book_.wall_offset = offset;
        book_.offset_known = true;
        return;
    }
    const Duration size = offset - book_.wall_offset;
    const StepKind kind = classify_step(size);
    if (mutated(SchedulerMutant::small_changes_do_not_add_up)) book_.wall_offset = offset;
    if (kind == StepKind::none) return;  // small changes add up
    book_.wall_offset = offset;
    const WallTime before = wall - size;
    switch (kind) {
        case StepKind::none:
            return;
        case StepKind::forward:
            step_forward(wall, false);
            break;
        case StepKind::correction:
            step_forward(wall, true);
            break;
        case StepKind::backward:
            step_backward(before, wall, false);
            break;
        case StepKind::rewind:
            step_backward(before, wall, true);
            break;
    }
    book_.steps.push_back({before, wall, book_.pass, book_.repeated_until, book_.used_until,
                           book_.begun, book_.begun_until});
    replan();
}

void Intake::step_forward(WallTime after, bool correction) {
    book_.missed_until = after - Duration(1);
    if (!correction || mutated(SchedulerMutant::correction_replayed)) return;
    for (std::size_t place = 0; place < book_.records.size(); ++place) {
        JobRecord& record = book_.records[place];
        if (!record.job || !record.job->schedule() || record.job->schedule()->is_reboot()) continue;
        record.position = std::max(record.position, after);
    }
    if (book_.watermark) book_.watermark = std::max(*book_.watermark, after);
}

void Intake::step_backward(WallTime before, WallTime after, bool rewind) {
    const WallTime start = after - Duration(1);
    ++book_.pass;
    if (rewind) {
        book_.begun = book_.pass;
        book_.begun_until = std::max(book_.repeated_until, before);
        book_.used_until = start;
    } else {
        book_.used_until = std::max(book_.used_until, decided_until(before));
    }
    book_.repeated_until = std::max(book_.repeated_until, before);
    book_.missed_until = std::min(book_.missed_until, start);
    for (std::size_t place = 0; place < book_.records.size(); ++place) {
        JobRecord& record = book_.records[place];
        if (!record.job || !record.job->schedule()) continue;
        const Schedule& schedule = *record.job->schedule();
        if (schedule.is_reboot()) continue;
        if (mutated(SchedulerMutant::step_back_silences) && !rewind) continue;
        if (rewind || !schedule.is_fixed_time() || mutated(SchedulerMutant::step_back_repeats)) {
            record.position = std::min(record.position, start);
            ExecutionBook::look_at_anchor(record, after);
        }
    }
    if (book_.watermark) book_.watermark = std::min(*book_.watermark, start);
}

// Up to where, at most `until`, no due time is left to be decided.
WallTime Intake::decided_until(WallTime until) const {
    const auto stands_before = [&](WallTime due) { until = std::min(until, due - Duration(1)); };
    if (const auto head = timeline_.head()) stands_before(*head);
    for (const Leftover& left : book_.leftovers) stands_before(left.first);
    if (!book_.round) return until;
    for (const Claim& claim : book_.round->claims) stands_before(claim.due);
    for (const Leftover& left : book_.round->leftovers) stands_before(left.first);
    return until;
}

// Every job goes to where it is due now.
void Intake::replan() {
    for (std::uint32_t place = 0; place < book_.records.size(); ++place) {
        timeline_.remove(place);
        if (book_.records[place].job) maker_.put_back(place);
    }
}

}  // namespace quantum::scheduler
