#include "verify/run_check.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "verify/mutant.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

bool agrees(EntryState state, OutcomeKind outcome) {
    switch (state) {
        case EntryState::succeeded:
            return outcome == OutcomeKind::succeeded;
        case EntryState::failed:
            return outcome == OutcomeKind::failed;
        case EntryState::timed_out:
            return outcome == OutcomeKind::timed_out;
        case EntryState::killed:
            return outcome == OutcomeKind::killed;
        case EntryState::lost:
            return outcome == OutcomeKind::lost;
        case EntryState::claimed:
        case EntryState::started:
        case EntryState::coalesced:
        case EntryState::skipped:
            break;
    }
    return false;
}

}  // namespace

RunCheck::RunCheck(const JobView& job, const OpenRuns& open, std::optional<StartsTold>& starts_told,
                   JobFindings& findings)
    : job_(job),
      records_(job.records),
      open_(open),
      timeline_(job.timeline),
      around_(job.around),
      limits_(job.around.limits),
      starts_told_(starts_told),
      findings_(findings) {}

void RunCheck::check(const Row& row) {
    if (!makes_sense(row)) return;
    check_open(row);
    // What else explained an older row may be gone.
    if (around_.before_the_edge(row) || job_.lost_its_definition(row)) return;
    check_early(row);
    check_late(row);
    check_begin(row);
    check_attempts(row);
    if (row.asks_for_overlap) check_overlap_skip(row);
}

const JobRevision& RunCheck::revision_of(const Row& row) const {
    return records_.revisions[records_.index_of(row)];
}

void RunCheck::unexplained(const Row& row, std::string text) {
    findings_.add(FindingKind::unexplained, row, std::move(text));
}

bool RunCheck::makes_sense(const Row& row) {
    if (!has_what_its_state_has(row) || !is_in_order(row)) return false;
    if (row.state != EntryState::lost || around_.before_the_edge(row)) return true;
    if (timeline_.seen_twice(*row.handed_at) ||
        timeline_.disturbed(*row.handed_at, row.ended_at.value_or(OpenRuns::never))) {
        return true;
    }
    unexplained(row, "the row says lost, and nothing crashed after it started");
    return false;
}

bool RunCheck::has_what_its_state_has(const Row& row) {
    const std::string state = words(row);
    if (never_ran(row) && row.handed_at) {
        findings_.add(FindingKind::skip_that_ran, row,
                      "the row says " + state + " and that it started at " + words(*row.handed_at));
        return false;
    }
    if (never_ran(row) && row.started_at) {
        findings_.add(
            FindingKind::skip_that_ran, row,
            "the row says " + state + " and that its work began at " + words(*row.started_at));
        return false;
    }
    if (!never_ran(row) && !row.handed_at) {
        unexplained(row, "the row says " + state + " and not when it started");
        return false;
    }
    if (!never_ran(row) && is_stretch(row)) {
        unexplained(row, "the row says " + state + " and stands for " + std::to_string(row.count) +
                             " due times");
        return false;
    }
    if (row.state != EntryState::skipped && row.reason != SkipReason::none &&
        !waited_for_function(row)) {
        unexplained(row, "the row says " + state + " and gives a reason for skipping");
        return false;
    }
    // While it is open, it carries what the attempt before came to.
    const bool of_the_one_before = row.open() && row.attempt > 1;
    if (row.has_outcome && !of_the_one_before && !agrees(row.state, row.outcome)) {
        unexplained(row, "the row says " + state + " and carries another outcome");
        return false;
    }
    if (row.open() && row.ended_at) {
        unexplained(row, "the row says " + state + " and that it ended at " + words(*row.ended_at));
        return false;
    }
    return true;
}

bool RunCheck::is_in_order(const Row& row) {
    if (!row.ended_at || !row.handed_at) return true;
    if (*row.ended_at + limits_.unnoted_step >= *row.handed_at) return true;
    if (timeline_.seen_twice(*row.handed_at)) return true;
    unexplained(row, "ended at " + words(*row.ended_at) + ", before it started at " +
                         words(*row.handed_at));
    return false;
}

void RunCheck::check_early(const Row& row) {
    if (timeline_.seen_twice(row.due)) return;
    // Runs by hand of one instant are told apart by their due times.
    const bool by_hand = row.kind == ExecutionKind::manual;
    const Duration early = by_hand ? limits_.unnoted_step : Duration::zero();
    if (row.claimed_at + early < row.due && row.claimed_at != WallTime{}) {
        findings_.add(FindingKind::early, row,
                      "decided at " + words(row.claimed_at) + ", " +
                          words(row.due - row.claimed_at) + " before its due time");
    } else if (row.handed_at && *row.handed_at + limits_.unnoted_step < row.due) {
        findings_.add(FindingKind::early, row,
                      "started at " + words(*row.handed_at) + ", " +
                          words(row.due - *row.handed_at) + " before its due time");
    }
}

// When the work of its first attempt truly began.
void RunCheck::check_begin(const Row& row) {
    if (!row.started_at) return check_begin_is_told(row);
    const WallTime began = *row.started_at;
    const bool is_first = !starts_told_ || starts_told_->revision != row.revision;
    if (row.state == EntryState::succeeded && is_first) {
        starts_told_ = {row.revision, *row.handed_at};
    }
    if (timeline_.seen_twice(began) || timeline_.seen_twice(*row.handed_at)) return;
    const WallTime planned = std::max(row.due, row.not_before.value_or(row.due));
    const bool by_hand = row.kind == ExecutionKind::manual;
    if (began + limits_.unnoted_step < planned && !by_hand &&
        !mutated(VerifyMutant::begin_before_plan) && !timeline_.seen_twice(row.due)) {
        findings_.add(FindingKind::early, row,
                      "its work began at " + words(began) + ", " + words(planned - began) +
                          " before it was to start");
    } else if (row.attempt == 1 && began + limits_.slack < *row.handed_at) {
        unexplained(row, "its work began at " + words(began) + ", before it was handed over at " +
                             words(*row.handed_at));
    } else if (row.attempt > 1 && began > *row.handed_at + limits_.unnoted_step) {
        unexplained(row, "its first attempt began at " + words(began) +
                             ", after a later one was handed over at " + words(*row.handed_at));
    } else if (row.ended_at && began > *row.ended_at + limits_.unnoted_step &&
               !mutated(VerifyMutant::begin_after_end) && !timeline_.seen_twice(*row.ended_at)) {
        unexplained(row, "its work began at " + words(began) + ", after it had ended at " +
                             words(*row.ended_at));
    }
}

// Ledgers of old did not tell it; but once a definition's runs do, all that follow do.
void RunCheck::check_begin_is_told(const Row& row) {
    if (row.state != EntryState::succeeded || row.attempt > 1 || !starts_told_ ||
        mutated(VerifyMutant::begin_need_not_be_told))
        return;
    if (starts_told_->revision != row.revision) {
        starts_told_.reset();
        return;
    }
    if (*row.handed_at <= starts_told_->since || timeline_.seen_twice(*row.handed_at)) return;
    unexplained(row, "the row says " + words(row) +
                         " and not when its work began, as earlier ones of its definition do");
}

void RunCheck::check_late(const Row& row) {
    if (timeline_.seen_twice(row.due) || row.kind == ExecutionKind::manual) return;
    const Duration tolerance = limits_.misfire_after + limits_.slack;
    if (let_run(row) && row.claimed_at - row.due > tolerance &&
        !timeline_.disturbed(row.due, row.claimed_at)) {
        findings_.add(FindingKind::late, row,
                      "decided " + words(row.claimed_at - row.due) +
                          " after its due time; no outage and no step of the clock explains it");
        return;
    }
    // A retry has a start of its own, and its backoff is no lateness.
    if (!row.handed_at || never_ran(row) || row.attempt > 1) return;
    check_late_start(row);
}

void RunCheck::check_late_start(const Row& row) {
    const JobRevision& revision = revision_of(row);
    const WallTime turn = turn_of(row, revision);
    const Duration waited = *row.handed_at - turn - revision.jitter;
    if (waited <= limits_.misfire_after + limits_.slack) return;
    Duration grace =
        job_.definitions.grace(records_.index_of(row), row.due).longest + revision.jitter;
    // Decided anew when the function came.
    if (waited_for_function(row)) grace = std::max(grace, grace_at(*row.handed_at, row.due));
    const Outage* restart = timeline_.restart_after(row.claimed_at);
    if (restart != nullptr && restart->to && *restart->to <= *row.handed_at) {
        for (; restart != nullptr && restart->to && *restart->to <= *row.handed_at;
             restart = timeline_.restart_after(restart->from + Duration(1))) {
            if (check_late_after(*restart, row, grace)) return;
        }
        return;
    }
    if (timeline_.disturbed(turn, *row.handed_at)) return;
    // Grace is for those who wait for a place, not for the end of their job's other runs.
    const WallTime from = row.had_to_wait ? turn : row.due;
    if (!may_be_in_line(row, revision) && *row.handed_at - from > grace + limits_.slack) {
        findings_.add(FindingKind::late, row,
                      "started " + words(*row.handed_at - from) +
                          (row.had_to_wait ? " after its turn had come" : " after its due time") +
                          "; its grace is " + words(grace));
        return;
    }
    const bool limited = !around_.history.concurrency ||
                         around_.full.touches(turn - limits_.slack, *row.handed_at + limits_.slack);
    if (limited) return;
    if (waited_for_function(row)) return check_after_function(row, waited);
    findings_.add(FindingKind::late, row,
                  "waited " + words(waited) +
                      " between its claim and its start; no queue, no limit and no outage "
                      "explains it");
}

// That explains the wait, but a missed due time may run only where the policy lets it.
void RunCheck::check_after_function(const Row& row, Duration waited) {
    const JobRevision& then = records_.revisions[records_.in_force_at(*row.handed_at)];
    if (revision_of(row).misfire != Misfire::skip || then.misfire != Misfire::skip) return;
    findings_.add(FindingKind::skip_that_ran, row,
                  "waited " + words(waited) +
                      " for its function and run, although misfire = skip lets no missed due time "
                      "run");
}

// Decided anew when the scheduler was back, unless another run of its job was in its way until
// then. True if that is told.
bool RunCheck::check_late_after(const Outage& restart, const Row& row, Duration grace) {
    if (may_be_in_line(row, revision_of(row))) return false;
    if (!never_takes_turns(row, restart) &&
        open_.in_the_way_until(row, restart.from - limits_.slack, *restart.to)) {
        return false;
    }
    const Duration either = std::max(grace, grace_at(*restart.to, row.due));
    if (*restart.to - row.due <= either + limits_.slack ||
        mutated(VerifyMutant::restart_explains_any_lateness)) {
        return false;
    }
    findings_.add(FindingKind::late, row,
                  "started although the restart at " + words(*restart.to) + " came " +
                      words(*restart.to - row.due) + " after its due time; its grace is " +
                      words(either));
    return true;
}

// Where the definition did not change: an older one may have been a queue.
bool RunCheck::never_takes_turns(const Row& row, const Outage& restart) const {
    const std::size_t own = records_.index_of(row);
    return !takes_turns(row, records_.revisions[own]) &&
           records_.in_force_at(restart.from) == own && records_.in_force_at(*restart.to) == own;
}

// By the definition in force when it was decided anew.
Duration RunCheck::grace_at(WallTime instant, WallTime due) const {
    const std::size_t revision = records_.in_force_at(instant);
    return job_.definitions.grace(revision, due).longest + records_.revisions[revision].jitter;
}

// One of several missed runs that follow one another: its grace was judged when it was decided.
bool RunCheck::is_in_line(const Row& row, const JobRevision& revision) const {
    return revision.misfire == Misfire::all &&
           timeline_.missed(row.due, row.claimed_at) != Missed::no;
}

// Also where its claim was in time, and its function came late.
bool RunCheck::may_be_in_line(const Row& row, const JobRevision& revision) const {
    return is_in_line(row, revision) ||
           (revision.misfire == Misfire::all && waited_for_function(row));
}

bool RunCheck::takes_turns(const Row& row, const JobRevision& revision) const {
    return revision.overlap == Overlap::queue || revision.overlap == Overlap::replace ||
           (revision.overlap == Overlap::skip && may_be_in_line(row, revision));
}

// Since when nothing of its own job was in its way.
WallTime RunCheck::turn_of(const Row& row, const JobRevision& revision) const {
    if (!takes_turns(row, revision)) return row.claimed_at;
    return open_.in_the_way_until(row, row.claimed_at, *row.handed_at).value_or(row.claimed_at);
}

void RunCheck::check_open(const Row& row) {
    if (!row.open() || timeline_.seen_twice(row.claimed_at)) return;
    if (between_attempts(row) && !mutated(VerifyMutant::waiting_attempt_is_open))
        return;  // for its time, then for a place: as long as it takes
    const std::optional<WallTime>& now = around_.history.now;
    if (row.state == EntryState::started) {
        const Outage* restart = timeline_.restart_after(*row.handed_at);
        if (restart != nullptr && restart->to && !mutated(VerifyMutant::open_after_restart) &&
            (!now || *restart->to + limits_.settle <= *now)) {
            findings_.add(FindingKind::open_too_long, row,
                          "started at " + words(*row.handed_at) +
                              " and still open, although the scheduler died at " +
                              words(restart->from) + ": it must be lost");
            return;
        }
    }
    if (!now || timeline_.seen_twice(row.due) || timeline_.disturbed(*now, *now)) return;
    if (row.state == EntryState::started) {
        check_still_running(row);
    } else {
        check_still_waiting(row);
    }
}

void RunCheck::check_still_running(const Row& row) {
    const WallTime now = *around_.history.now;
    const JobRevision& revision = revision_of(row);
    if (!revision.timeout || timeline_.disturbed(*row.handed_at, now)) return;
    const Duration open = now - *row.handed_at;
    const Duration kill_after = std::max(limits_.kill_after, revision.kill_after);
    if (open <= *revision.timeout + kill_after + limits_.settle ||
        mutated(VerifyMutant::timeout_need_not_end))
        return;
    findings_.add(FindingKind::open_too_long, row,
                  "running for " + words(open) + "; its timeout is " + words(*revision.timeout));
}

void RunCheck::check_still_waiting(const Row& row) {
    const WallTime now = *around_.history.now;
    const JobRevision& revision = revision_of(row);
    const bool in_turns = takes_turns(row, revision);
    const bool queued = in_turns && open_.in_the_way_until(row, now, now);
    if (queued || row.kind == ExecutionKind::manual || is_in_line(row, revision)) return;
    // Its patience for a place begins with its turn.
    const WallTime turn =
        in_turns ? open_.in_the_way_until(row, row.due, now).value_or(row.due) : row.due;
    const Duration grace =
        job_.definitions.grace(records_.index_of(row), row.due).longest + revision.jitter;
    if (now - turn <= grace + limits_.settle || mutated(VerifyMutant::waits_for_ever)) return;
    findings_.add(FindingKind::open_too_long, row,
                  "claimed and still waiting " + words(now - row.due) +
                      " after its due time; its grace is " + words(grace));
}

void RunCheck::check_attempts(const Row& row) {
    const auto most = job_.most_attempts(row);
    if (!most || row.attempt <= *most) return;
    findings_.add(
        FindingKind::too_many_attempts, row,
        "attempt " + std::to_string(row.attempt) + "; the job allows " + std::to_string(*most));
}

void RunCheck::check_overlap_skip(const Row& row) {
    const WallTime decided = decided_at(row);
    const Duration slack = limits_.slack;
    if (timeline_.seen_twice(decided)) return;
    // The policy in force at the decision counts as much as that at the due time.
    const JobRevision& then = records_.revisions[row.decided_by];
    const JobRevision& now = records_.revisions[records_.in_force_at(decided)];
    if (then.overlap == Overlap::allow && now.overlap == Overlap::allow) {
        return unexplained(row, "skipped for an overlap, and the job allows overlaps");
    }
    if (!open_.open_during(row, decided - slack, decided + slack)) {
        const auto last_end = open_.last_end_before(decided);
        if (last_end && timeline_.disturbed(*last_end, decided)) return;
        // Something from before the edge of retention may have kept its place.
        if (!last_end && around_.history.retained_from) return;
        findings_.add(FindingKind::skip_while_idle, row,
                      last_end ? "skipped for an overlap at " + words(decided) +
                                     "; the last run of the job had ended at " + words(*last_end)
                               : "skipped for an overlap, and the job had not run before");
        return;
    }
    if (then.overlap == Overlap::queue && now.overlap == Overlap::queue) {
        const std::size_t limit = std::min(then.queue_limit, now.queue_limit);
        const std::size_t waiting = open_.waiting_at(row, decided, slack, limit);
        if (waiting >= limit || timeline_.disturbed(decided, decided)) return;
        findings_.add(FindingKind::skip_while_idle, row,
                      "skipped for an overlap, and the queue had room: " + std::to_string(waiting) +
                          " of " + std::to_string(limit) + " waited");
    }
}

}  // namespace quantum::verify
