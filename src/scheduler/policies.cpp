#include "scheduler/policies.hpp"

#include <algorithm>
#include <limits>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration smallest_step = seconds(2);
constexpr Duration largest_change = hours(3);

void extend(Stretch& stretch, WallTime due) {
    stretch.until = due;
    if (stretch.count < std::numeric_limits<std::uint32_t>::max()) ++stretch.count;
}

bool too_late(const MissedRules& rules, WallTime due, std::optional<WallTime> next, WallTime now) {
    if (mutated(SchedulerMutant::grace_ignored)) return false;
    const Duration grace = rules.grace ? *rules.grace : default_grace(due, next);
    if (mutated(SchedulerMutant::missed_until_grace_ends)) return now - due >= grace;
    return now - due > grace;
}

// The latest missed due time runs if it may; all others are covered by it, or all are too late.
Verdict decide_one(const MissedRules& rules, const Schedule& schedule, WallTime first,
                   WallTime missed_until, WallTime now) {
    Stretch earlier{first, first, 0, EntryState::coalesced, SkipReason::none};
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
    Verdict verdict{std::nullopt, latest, latest, true};
    if (earlier.count > 0) verdict.stretch = earlier;
    return verdict;
}

Verdict decide_all(const MissedRules& rules, const Schedule& schedule, WallTime first,
                   WallTime missed_until, WallTime now) {
    const bool cap_reached = rules.recovered >= rules.cap && !mutated(SchedulerMutant::cap_ignored);
    std::optional<WallTime> due = first;
    std::optional<WallTime> next = schedule.next(first);
    if (!cap_reached && !too_late(rules, first, next, now)) {
        return {std::nullopt, first, first, true};
    }
    Stretch late{first, first, 0, EntryState::skipped, SkipReason::misfire};
    while (due && *due <= missed_until && (cap_reached || too_late(rules, *due, next, now))) {
        extend(late, *due);
        due = next;
        if (due) next = schedule.next(*due);
    }
    return {late, std::nullopt, late.until, false};
}

Verdict decide_skip(const Schedule& schedule, WallTime first, WallTime missed_until) {
    Stretch missed{first, first, 1, EntryState::skipped, SkipReason::misfire};
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

Verdict decide_missed(const MissedRules& rules, const Schedule& schedule, WallTime first,
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

std::optional<Stretch> skipped_between(const Schedule& schedule, WallTime first, WallTime last,
                                       SkipReason reason) {
    auto due = first_due(schedule, first);
    if (!due || *due > last) return std::nullopt;
    Stretch all{*due, *due, 0, EntryState::skipped, reason};
    for (; due && *due <= last; due = schedule.next(*due)) extend(all, *due);
    return all;
}

std::optional<Duration> function_timeout(const Job& job) {
    if (!job.timeout() || command_of(job.task()) != nullptr) return std::nullopt;
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

StepKind classify_step(Duration size) {
    if (size > largest_change) return StepKind::correction;
    if (size > smallest_step) return StepKind::forward;
    if (size < -largest_change) return StepKind::rewind;
    if (size < -smallest_step) return StepKind::backward;
    return StepKind::none;
}

}  // namespace quantum::scheduler
