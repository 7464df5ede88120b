#include "scheduler/entries/policies.hpp"

#include <algorithm>
#include <deque>
#include <limits>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration smallest_step = seconds(2);
constexpr Duration largest_change = hours(3);

void extend(DueRange& range, WallTime due) {
    range.until = due;
    if (range.count < std::numeric_limits<std::uint32_t>::max()) ++range.count;
}

bool too_late(const MissedRules& rules, WallTime due, std::optional<WallTime> next, WallTime now) {
    if (mutated(SchedulerMutant::grace_ignored)) return false;
    const Duration grace = rules.grace ? *rules.grace : default_grace(due, next);
    if (mutated(SchedulerMutant::missed_until_grace_ends)) return now - due >= grace;
    return now - due > grace;
}

// The latest missed due time runs if it may; all others are covered by it, or all are too late.
Decision decide_one(const MissedRules& rules, const Schedule& schedule, WallTime first,
                    WallTime missed_until, WallTime now) {
    DueRange earlier{first, first, 0, EntryState::coalesced, SkipReason::none};
    WallTime latest = first;
    std::optional<WallTime> next = schedule.next(first);
    while (next && *next <= missed_until) {
        extend(earlier, latest);
        latest = *next;
        next = schedule.next(latest);
    }
    if (too_late(rules, latest, next, now)) {
        earlier.state = EntryState::skipped;
        earlier.reason = SkipReason::misfire;
        extend(earlier, latest);
        return {earlier, std::nullopt, latest, false};
    }
    Decision decision{std::nullopt, latest, latest, true};
    if (earlier.count > 0) decision.range = earlier;
    return decision;
}

// The first due time that runs, of those from `first` on that are missed and not too late: the
// newest `cap` of them run. None: none does.
//
// With a cap of 2 and 01:00, 02:00 and 03:00 missed, 02:00 is the first that runs. It runs as
// `recovered` 1, and 03:00 as 2; what comes to be missed while they wait is over the cap.
std::optional<WallTime> first_that_runs(const MissedRules& rules, const Schedule& schedule,
                                        WallTime first, WallTime missed_until, WallTime now) {
    const bool capped = !mutated(SchedulerMutant::cap_ignored);
    if (capped && rules.recovered >= rules.cap) return std::nullopt;
    const bool counts = capped && rules.recovered == 0;  // else that is behind us
    std::deque<WallTime> newest;
    std::optional<WallTime> due = first;
    while (due && *due <= missed_until) {
        const auto next = schedule.next(*due);
        if (!too_late(rules, *due, next, now)) {
            if (!counts) return due;
            newest.push_back(*due);
            if (newest.size() > rules.cap) newest.pop_front();
        }
        due = next;
    }
    if (newest.empty()) return std::nullopt;
    return newest.front();
}

// One due time at a time, so that jobs keep their order.
Decision decide_all(const MissedRules& rules, const Schedule& schedule, WallTime first,
                    WallTime missed_until, WallTime now) {
    const auto run = first_that_runs(rules, schedule, first, missed_until, now);
    if (run == first) return {std::nullopt, first, first, true};
    const WallTime last = run ? *run - Duration(1) : missed_until;
    DueRange left_out{first, first, 0, EntryState::skipped, SkipReason::misfire};
    for (std::optional<WallTime> due = first; due && *due <= last; due = schedule.next(*due)) {
        extend(left_out, *due);
    }
    return {left_out, std::nullopt, left_out.until, false};
}

Decision decide_skip(const Schedule& schedule, WallTime first, WallTime missed_until) {
    DueRange missed{first, first, 1, EntryState::skipped, SkipReason::misfire};
    for (auto due = schedule.next(first); due && *due <= missed_until; due = schedule.next(*due)) {
        extend(missed, *due);
    }
    return {missed, std::nullopt, missed.until, false};
}

}  // namespace

Duration default_grace(WallTime due, std::optional<WallTime> next) {
    if (!next || *next - due >= hours(24))
        return hours(mutated(SchedulerMutant::day_of_grace_is_an_hour) ? 1 : 12);
    return std::clamp<Duration>((*next - due) / 2, minutes(1), hours(1));
}

Duration grace_of(const Job& job, WallTime due) {
    if (job.grace()) return *job.grace();
    if (!job.schedule()) return Duration::max();
    return default_grace(due, job.schedule()->next(due));
}

Decision decide_missed(const MissedRules& rules, const Schedule& schedule, WallTime first,
                       WallTime missed_until, WallTime now) {
    if (first > missed_until) return {std::nullopt, first, first, false};
    switch (rules.misfire) {
        case Misfire::one:
            if (mutated(SchedulerMutant::missed_all_run)) {
                return decide_all(rules, schedule, first, missed_until, now);
            }
            return decide_one(rules, schedule, first, missed_until, now);
        case Misfire::all:
            return decide_all(rules, schedule, first, missed_until, now);
        case Misfire::skip:
            return decide_skip(schedule, first, missed_until);
    }
    return {std::nullopt, first, first, false};
}

std::optional<WallTime> first_due(const Schedule& schedule, WallTime from) {
    if (schedule.is_reboot()) return from;
    return schedule.next(from - Duration(1));
}

std::optional<DueRange> skipped_between(const Schedule& schedule, WallTime first, WallTime last,
                                        SkipReason reason) {
    auto due = first_due(schedule, first);
    if (!due || *due > last) return std::nullopt;
    DueRange all{*due, *due, 0, EntryState::skipped, reason};
    for (; due && *due <= last; due = schedule.next(*due)) extend(all, *due);
    return all;
}

std::optional<Duration> function_timeout(const Job& job) {
    if (!job.timeout() || job.task().kind() == TaskKind::command) return std::nullopt;
    return job.timeout();
}

Admission admit(Overlap overlap, std::uint32_t queue_limit, const OpenRuns& runs) {
    if (runs.open == 0) return Admission::go;
    switch (overlap) {
        case Overlap::allow:
            return Admission::go;
        case Overlap::skip:
            return Admission::skip;
        case Overlap::queue:
            return runs.waiting <
                           queue_limit + (mutated(SchedulerMutant::queue_takes_one_more) ? 1 : 0)
                       ? Admission::wait
                       : Admission::skip;
        case Overlap::replace:
            return Admission::replace;
    }
    return Admission::skip;
}

Admission admit_in_line(Overlap overlap, const OpenRuns& runs) {
    return runs.open == 0 || overlap == Overlap::allow ? Admission::go : Admission::wait;
}

bool grace_is_settled(const Job& job, WallTime due, WallTime claimed_at, Duration misfire_after) {
    return job.misfire() == Misfire::all && claimed_at - due > misfire_after;
}

StepKind classify_step(Duration size) {
    if (size > largest_change) return StepKind::correction;
    if (size > smallest_step) return StepKind::forward;
    if (size < -largest_change) return StepKind::rewind;
    if (size < -smallest_step) return StepKind::backward;
    return StepKind::none;
}

}  // namespace quantum::scheduler
