#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "verify/planted_faults.hpp"
#include "verify/planted_support.hpp"

namespace quantum::verify::test {

namespace {

// Nothing at all happened.
bool quiet(const History& history) { return history.steps.empty() && history.outages.empty(); }

JobRevision& own_revision(History& history, const Entry& entry) {
    return *std::find_if(
        history.jobs.begin(), history.jobs.end(), [&](const JobRevision& revision) {
            return revision.job == entry.job && revision.revision == entry.revision;
        });
}

bool is_paused_ever(const History& history, const std::string& job) {
    return std::any_of(history.jobs.begin(), history.jobs.end(),
                       [&](const JobRevision& one) { return one.job == job && !one.active; });
}

template <class Wanted>
bool all_revisions(const History& history, const std::string& job, Wanted wanted) {
    return std::all_of(history.jobs.begin(), history.jobs.end(),
                       [&](const JobRevision& one) { return one.job != job || wanted(one); });
}

// What a fate does to a plain run.
bool change_a_run(History& history, Random& random, void (*change)(Entry&)) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    change(*entry);
    return true;
}

Entry* pick_skip(History& history, Random& random, SkipReason reason) {
    return pick(history, random, [&](const Entry& entry) {
        return entry.state == EntryState::skipped && entry.reason == reason && scheduled(entry) &&
               entry.count == 1 && inside_revision(history, entry) &&
               calm(history, entry.due, entry.ended_at.value_or(entry.claimed_at));
    });
}

// ---- a row beside itself ----

bool skip_for_nothing(History& history, Random& random) {
    Entry* entry = pick_skip(history, random, SkipReason::overlap);
    if (entry == nullptr) return false;
    entry->reason = SkipReason::none;
    return true;
}

bool start_a_skip(History& history, Random& random) {
    Entry* entry = pick_skip(history, random, SkipReason::overlap);
    if (entry == nullptr) return false;
    entry->handed_at = entry->claimed_at;
    return true;
}

bool begin_a_skip(History& history, Random& random) {
    Entry* entry = pick_skip(history, random, SkipReason::overlap);
    if (entry == nullptr) return false;
    entry->started_at = entry->claimed_at;
    return true;
}

bool forget_the_hand_over(History& history, Random& random) {
    return change_a_run(history, random, [](Entry& entry) { entry.handed_at.reset(); });
}

bool run_for_many(History& history, Random& random) {
    return change_a_run(history, random, [](Entry& entry) { entry.count = 2; });
}

bool give_a_reason(History& history, Random& random) {
    return change_a_run(history, random, [](Entry& entry) { entry.reason = SkipReason::overlap; });
}

bool change_the_outcome(History& history, Random& random) {
    return change_a_run(history, random,
                        [](Entry& entry) { entry.outcome->kind = OutcomeKind::killed; });
}

bool end_and_stay_open(History& history, Random& random) {
    return change_a_run(history, random, [](Entry& entry) {
        entry.state = EntryState::started;
        entry.attempt = 1;
        entry.outcome.reset();
    });
}

// ---- when its work began ----

bool begin_early(History& history, Random& random) {
    return change_a_run(history, random,
                        [](Entry& entry) { entry.started_at = entry.due - seconds(3); });
}

bool begin_before_hand_over(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return plain_run(history, candidate) && candidate.attempt == 1 && candidate.started_at &&
               *candidate.handed_at - candidate.due > seconds(8) &&
               candidate.not_before.value_or(candidate.due) < *candidate.handed_at - seconds(3);
    });
    if (entry == nullptr) return false;
    entry->started_at = *entry->handed_at - seconds(3);
    return true;
}

bool begin_after_the_end(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr || entry->attempt > 1) return false;
    entry->started_at = *entry->ended_at + seconds(10);
    return true;
}

bool begin_after_a_later_attempt(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return plain_run(history, candidate) && candidate.attempt > 1;
    });
    if (entry == nullptr) return false;
    entry->started_at = *entry->handed_at + seconds(10);
    return true;
}

bool forget_the_begin(History& history, Random& random) {
    const auto succeeded = [](const Entry& entry) {
        return entry.state == EntryState::succeeded && entry.attempt == 1;
    };
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return plain_run(history, candidate) && succeeded(candidate) &&
               std::any_of(history.entries.begin(), history.entries.end(),
                           [&](const Entry& earlier) {
                               return plain_run(history, earlier) && succeeded(earlier) &&
                                      earlier.job == candidate.job &&
                                      earlier.revision == candidate.revision &&
                                      is_judged(history, earlier) && earlier.started_at &&
                                      earlier.due < candidate.due &&
                                      *earlier.handed_at < *candidate.handed_at;
                           });
    });
    if (entry == nullptr || !quiet(history)) return false;
    entry->started_at.reset();
    return true;
}

// ---- skips that nothing explains ----

bool pause_an_active_job(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr || is_paused_ever(history, entry->job)) return false;
    make_skipped(history, *entry, SkipReason::paused);
    return true;
}

bool skip_for_no_gap(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::dst_gap);
    return true;
}

bool give_up_though_places_were_free(History& history, Random& random) {
    if (history.concurrency < 512U || !quiet(history)) return false;
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::concurrency);
    entry->ended_at = entry->claimed_at + hours(13);
    return true;
}

bool skip_where_overlaps_are_allowed(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    const auto allows = [](const JobRevision& one) { return one.overlap == Overlap::allow; };
    if (!all_revisions(history, entry->job, allows)) return false;
    make_skipped(history, *entry, SkipReason::overlap);
    return true;
}

bool skip_though_the_queue_had_room(History& history, Random& random) {
    if (!quiet(history)) return false;
    const auto queues = [](const JobRevision& one) { return one.overlap == Overlap::queue; };
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        if (!plain_run(history, candidate) || !all_revisions(history, candidate.job, queues)) {
            return false;
        }
        const WallTime at = candidate.claimed_at;
        bool open = false;
        for (const Entry& other : history.entries) {
            if (other.job != candidate.job || &other == &candidate || other.count > 1) continue;
            const bool begun = other.handed_at && *other.handed_at < at;
            const WallTime end = other.ended_at.value_or(at + hours(1));
            if (begun && *other.handed_at > at - seconds(3)) return false;
            if (begun && end > at + seconds(3)) open = true;
            if (!begun && other.claimed_at < at + seconds(3) && end > at - seconds(3)) return false;
        }
        return open;
    });
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::overlap);
    return true;
}

// ---- missed ----

bool coalesce_against_the_policy(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return candidate.state == EntryState::coalesced && surely_missed(history, candidate);
    });
    if (entry == nullptr) return false;
    own_revision(history, *entry).misfire = Misfire::all;
    return true;
}

bool run_beyond_its_grace(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return ran(candidate) && surely_missed(history, candidate) &&
               revision_of(history, candidate).misfire != Misfire::skip;
    });
    if (entry == nullptr) return false;
    own_revision(history, *entry).grace = seconds(1);
    return true;
}

Entry* pick_covered(History& history, Random& random) {
    return pick(history, random, [&](const Entry& entry) {
        return entry.state == EntryState::coalesced && history.steps.empty();
    });
}

Entry* cover_of(History& history, const Entry& covered) {
    for (Entry& entry : history.entries) {
        if (entry.id == *covered.covered_by) return &entry;
    }
    return nullptr;
}

bool cover_by_another_job(History& history, Random& random) {
    Entry* entry = pick_covered(history, random);
    if (entry == nullptr) return false;
    const Entry* other = pick(history, random, [&](const Entry& candidate) {
        return candidate.job != entry->job && candidate.due > entry->until && ran(candidate);
    });
    if (other == nullptr) return false;
    entry->covered_by = other->id;
    return true;
}

bool cover_by_what_was_too_late(History& history, Random& random) {
    Entry* entry = pick_covered(history, random);
    Entry* cover = entry != nullptr ? cover_of(history, *entry) : nullptr;
    if (cover == nullptr || !is_judged(history, *cover)) return false;
    make_skipped(history, *cover, SkipReason::misfire);
    return true;
}

bool cover_by_what_nothing_covers(History& history, Random& random) {
    Entry* entry = pick_covered(history, random);
    Entry* cover = entry != nullptr ? cover_of(history, *entry) : nullptr;
    if (cover == nullptr || !is_judged(history, *cover)) return false;
    make_skipped(history, *cover, SkipReason::none);
    cover->state = EntryState::coalesced;
    cover->covered_by.reset();
    return true;
}

// ---- changes of the clocks and of the definition ----

bool run_what_the_clocks_left_out(History& history, Random& random) {
    Entry* entry = pick_skip(history, random, SkipReason::dst_gap);
    if (entry == nullptr || !history.steps.empty()) return false;
    make_run(history, *entry);
    return true;
}

bool lose_what_the_clocks_left_out(History& history, Random& random) {
    const Entry* entry = pick_skip(history, random, SkipReason::dst_gap);
    if (entry == nullptr || !history.steps.empty() || entry->due > *history.watermark) return false;
    const ExecutionId id = entry->id;
    std::erase_if(history.entries, [&](const Entry& other) { return other.id == id; });
    return true;
}

bool run_by_a_definition_of_before(History& history, Random& random) {
    if (!history.steps.empty()) return false;
    for (std::size_t i = 1; i < history.jobs.size(); ++i) {
        const JobRevision& old = history.jobs[i - 1];
        const JobRevision& now = history.jobs[i];
        if (old.job != now.job || old.schedules.size() != 1 || now.schedules.size() != 1) continue;
        const WallTime from = now.effective_from + minutes(1);
        const WallTime to = std::min(now.effective_to.value_or(from + hours(20)), from + hours(20));
        const auto before = reference_times(old.schedules[0], from, to, *old.anchor).due;
        const auto after = reference_times(now.schedules[0], from, to, *now.anchor).due;
        for (const WallTime due : before) {
            if (std::find(after.begin(), after.end(), due) != after.end()) continue;
            if (history.retained_from && due < *history.retained_from) continue;
            Entry entry;
            entry.id = fresh_id(random);
            entry.job = old.job;
            entry.revision = old.revision;
            entry.due = entry.until = entry.claimed_at = due;
            make_run(history, entry);
            history.entries.push_back(entry);
            return true;
        }
    }
    return false;
}

// ---- open for too long ----

bool run_without_end(History& history, Random& random) {
    if (!quiet(history)) return false;
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    for (JobRevision& revision : history.jobs) {
        if (revision.job == entry->job) revision.timeout = minutes(1);
    }
    entry->state = EntryState::started;
    entry->attempt = 1;
    entry->outcome.reset();
    entry->started_at.reset();
    history.now = std::max(history.now.value_or(*entry->ended_at), *entry->ended_at) + hours(1);
    entry->ended_at.reset();
    return true;
}

bool wait_without_end(History& history, Random& random) {
    if (!quiet(history)) return false;
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        const Overlap overlap = revision_of(history, candidate).overlap;
        return plain_run(history, candidate) && candidate.attempt == 1 &&
               (overlap == Overlap::allow || overlap == Overlap::skip);
    });
    if (entry == nullptr) return false;
    forget_witnesses(history, entry->id);
    history.now = std::max(history.now.value_or(*entry->ended_at), *entry->ended_at) + hours(14);
    entry->state = EntryState::claimed;
    entry->handed_at.reset();
    entry->started_at.reset();
    entry->outcome.reset();
    entry->ended_at.reset();
    return true;
}

bool start_after_its_grace(History& history, Random& random) {
    if (!quiet(history)) return false;
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        const Overlap overlap = revision_of(history, candidate).overlap;
        return plain_run(history, candidate) && candidate.attempt == 1 &&
               (overlap == Overlap::allow || overlap == Overlap::skip);
    });
    if (entry == nullptr) return false;
    entry->handed_at = entry->started_at = entry->claimed_at + hours(14);
    entry->ended_at = *entry->handed_at + seconds(1);
    return true;
}

bool see_the_end_of_what_is_open(History& history, Random& random) {
    if (!quiet(history)) return false;
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    history.now = std::max(history.now.value_or(*entry->ended_at), *entry->ended_at) + minutes(1);
    entry->state = EntryState::started;
    entry->outcome.reset();
    entry->ended_at.reset();
    return true;
}

// ---- who ran what ----

Entry* pick_manual(History& history, Random& random) {
    return pick(history, random, [&](const Entry& entry) {
        return entry.kind == ExecutionKind::manual && calm(history, entry.due, entry.claimed_at);
    });
}

bool double_a_run_by_hand(History& history, Random& random) {
    const Entry* entry = pick_manual(history, random);
    if (entry == nullptr) return false;
    Entry copy = *entry;
    copy.id = fresh_id(random);
    history.entries.push_back(copy);
    return true;
}

bool run_by_hand_before_there_was_a_job(History& history, Random& random) {
    if (!quiet(history) || history.retained_from) return false;
    Entry* entry = pick_manual(history, random);
    if (entry == nullptr) return false;
    entry->due = entry->until = entry->claimed_at - hours(1000);
    return true;
}

bool share_an_id(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    const Entry* other = pick_plain_run(history, random);
    if (entry == nullptr || entry == other) return false;
    entry->id = other->id;
    return true;
}

bool see_too_many_attempts(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    const auto records = [](const JobRevision& one) { return !one.reruns_lost; };
    if (entry == nullptr || !all_revisions(history, entry->job, records)) return false;
    witness_of(history, entry->id)->attempt = 17;
    return true;
}

bool see_a_job_that_never_was(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    Witness witness = *witness_of(history, entry->id);
    witness.job = "a job that never was";
    history.witnesses->push_back(witness);
    return true;
}

}  // namespace

std::vector<Fault> row_faults() {
    return {
        {"SkippedForNothing", skip_for_nothing, {Kind::unexplained}, "without a reason"},
        {"SkippedAndStarted", start_a_skip, {Kind::skip_that_ran}, "and that it started at"},
        {"SkippedAndBegun", begin_a_skip, {Kind::skip_that_ran}, "its work began"},
        {"NeverHandedOver", forget_the_hand_over, {Kind::unexplained}, "not when it started"},
        {"RunOfMany", run_for_many, {Kind::unexplained}, "stands for 2 due times"},
        {"RunWithAReason", give_a_reason, {Kind::unexplained}, "a reason for skipping"},
        {"OtherOutcome", change_the_outcome, {Kind::unexplained}, "another outcome"},
        {"EndedAndOpen", end_and_stay_open, {Kind::unexplained}, "and that it ended at"},
        {"BegunEarly", begin_early, {Kind::early}, "before it was to start"},
        {"BegunBeforeHandOver",
         begin_before_hand_over,
         {Kind::unexplained},
         "before it was handed over"},
        {"BegunAfterItsEnd", begin_after_the_end, {Kind::unexplained}, "after it had ended"},
        {"BegunAfterALaterAttempt",
         begin_after_a_later_attempt,
         {Kind::unexplained},
         "after a later one"},
        {"BeginForgotten", forget_the_begin, {Kind::unexplained}, "not when its work began"},
        {"PausedWhileActive", pause_an_active_job, {Kind::unexplained}, "was not paused"},
        {"NoGapThere", skip_for_no_gap, {Kind::unexplained}, "there is none at this instant"},
        {"GivenUpThoughPlacesWereFree",
         give_up_though_places_were_free,
         {Kind::unexplained},
         "there was always one"},
        {"SkippedWhereOverlapsAreAllowed",
         skip_where_overlaps_are_allowed,
         {Kind::unexplained},
         "allows overlaps"},
        {"SkippedThoughTheQueueHadRoom",
         skip_though_the_queue_had_room,
         {Kind::skip_while_idle},
         "the queue had room"},
        {"CoalescedAgainstThePolicy",
         coalesce_against_the_policy,
         {Kind::needless_coalesce},
         "although misfire is all"},
        {"RunBeyondItsGrace", run_beyond_its_grace, {Kind::late}, "its grace is"},
        {"CoveredByAnotherJob",
         cover_by_another_job,
         {Kind::dangling_coalesce},
         "belongs to the job"},
        {"CoveredByWhatWasTooLate",
         cover_by_what_was_too_late,
         {Kind::dangling_coalesce},
         "skipped as too late"},
        {"CoveredByWhatNothingCovers",
         cover_by_what_nothing_covers,
         {Kind::dangling_coalesce},
         "covered by nothing"},
        {"GapThatRan", run_what_the_clocks_left_out, {Kind::skip_that_ran}, "leaves out"},
        {"GapLost", lose_what_the_clocks_left_out, {Kind::lost}, "skipped(dst_gap)"},
        {"RunByADefinitionOfBefore", run_by_a_definition_of_before, {Kind::stale_revision}, "only"},
        {"RunningWithoutEnd", run_without_end, {Kind::open_too_long}, "its timeout is"},
        {"WaitingWithoutEnd", wait_without_end, {Kind::open_too_long}, "still waiting"},
        {"StartedAfterItsGrace", start_after_its_grace, {Kind::late}, "its grace is"},
        {"SeenToEnd", see_the_end_of_what_is_open, {Kind::open_too_long}, "seen to end"},
        {"DoubledByHand",
         double_a_run_by_hand,
         {Kind::doubled_claim},
         "manual run has two entries"},
        {"ByHandBeforeItsJob",
         run_by_hand_before_there_was_a_job,
         {Kind::phantom},
         "before the job was accepted"},
        {"SharedId", share_an_id, {Kind::doubled_claim}, "the execution id also belongs"},
        {"SeenTooOften", see_too_many_attempts, {Kind::too_many_attempts}, "was seen"},
        {"SeenThoughItNeverWas",
         see_a_job_that_never_was,
         {Kind::no_entry},
         "a job that never existed"},
    };
}

}  // namespace quantum::verify::test
