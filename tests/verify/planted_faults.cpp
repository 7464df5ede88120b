#include "verify/planted_faults.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "verify/planted_support.hpp"

namespace quantum::verify::test {

namespace {

// ---- the faults ----

bool lose(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr || entry->due > *history.watermark) return false;
    const ExecutionId id = entry->id;
    forget_witnesses(history, id);
    std::erase_if(history.entries, [&](const Entry& other) { return other.id == id; });
    return true;
}

bool lose_skipped(History& history, Random& random) {
    const Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return candidate.state == EntryState::skipped && candidate.count == 1 &&
               scheduled(candidate) && candidate.reason == SkipReason::overlap &&
               inside_revision(history, candidate) && calm(history, candidate.due, candidate.due) &&
               candidate.due <= *history.watermark;
    });
    if (entry == nullptr) return false;
    const ExecutionId id = entry->id;
    std::erase_if(history.entries, [&](const Entry& other) { return other.id == id; });
    return true;
}

bool double_claim(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    Entry copy = *entry;
    copy.id = fresh_id(random);
    history.entries.push_back(copy);
    return true;
}

bool double_pass(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    Entry copy = *entry;
    copy.id = fresh_id(random);
    copy.pass += 1;
    history.entries.push_back(copy);
    return true;
}

bool double_start(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    Witness again = *witness_of(history, entry->id);
    again.started += milliseconds(3);
    if (again.ended) *again.ended += milliseconds(3);
    history.witnesses->push_back(again);
    return true;
}

bool phantom(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    Entry copy = *entry;
    copy.id = fresh_id(random);
    copy.due += Duration(1'234'567);
    copy.until = copy.due;
    copy.claimed_at = copy.due;
    make_run(history, copy);
    history.entries.push_back(copy);
    return true;
}

bool phantom_job(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    Entry copy = *entry;
    copy.id = fresh_id(random);
    copy.job = "a job that never was";
    history.entries.push_back(copy);
    return true;
}

bool decide_early(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    entry->claimed_at = entry->due - milliseconds(1);
    return true;
}

bool start_early(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    entry->handed_at = entry->due - seconds(3);
    return true;
}

bool see_early(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    witness_of(history, entry->id)->started_wall = entry->due - seconds(3);
    return true;
}

bool decide_late(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return plain_run(history, candidate) &&
               calm(history, candidate.due, candidate.due + minutes(3));
    });
    if (entry == nullptr) return false;
    entry->claimed_at = entry->due + minutes(2);
    entry->handed_at = entry->claimed_at;
    entry->ended_at = entry->claimed_at + seconds(1);
    return true;
}

bool start_late(History& history, Random& random) {
    if (history.concurrency < 512U) return false;
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        const JobRevision& revision = revision_of(history, candidate);
        return plain_run(history, candidate) && candidate.attempt == 1 &&
               (revision.overlap == Overlap::allow || revision.overlap == Overlap::skip) &&
               calm(history, candidate.due, candidate.due + minutes(2));
    });
    if (entry == nullptr) return false;
    entry->handed_at = entry->claimed_at + seconds(50);
    entry->ended_at = *entry->handed_at + seconds(1);
    return true;
}

bool overlap(History& history, Random& random) {
    const auto found = neighbours(history, random);
    if (!found) return false;
    found->first->ended_at = *found->second->handed_at + milliseconds(1);
    return true;
}

bool see_overlap(History& history, Random& random) {
    const auto found = neighbours(history, random);
    if (!found) return false;
    Witness* first = witness_of(history, found->first->id);
    const Witness* second = witness_of(history, found->second->id);
    first->ended = second->started + milliseconds(1);
    return true;
}

Entry* pick_coalesced(History& history, Random& random) {
    return pick(history, random, [&](const Entry& entry) {
        return entry.state == EntryState::coalesced && history.steps.empty();
    });
}

bool cover_by_nothing(History& history, Random& random) {
    Entry* entry = pick_coalesced(history, random);
    if (entry == nullptr) return false;
    entry->covered_by.reset();
    return true;
}

bool cover_by_stranger(History& history, Random& random) {
    Entry* entry = pick_coalesced(history, random);
    if (entry == nullptr) return false;
    entry->covered_by = fresh_id(random);
    return true;
}

bool cover_by_earlier(History& history, Random& random) {
    Entry* entry = pick_coalesced(history, random);
    if (entry == nullptr) return false;
    const Entry* earlier = pick(history, random, [&](const Entry& other) {
        return other.job == entry->job && other.due < entry->due && ran(other);
    });
    if (earlier == nullptr) return false;
    entry->covered_by = earlier->id;
    return true;
}

bool skip_that_was_seen(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    const std::vector<Witness> seen = *history.witnesses;
    make_skipped(history, *entry, SkipReason::overlap);
    history.witnesses = seen;
    return true;
}

bool skip_policy_that_ran(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return candidate.state == EntryState::skipped && candidate.reason == SkipReason::misfire &&
               surely_missed(history, candidate) &&
               (!candidate.ended_at || *candidate.ended_at == candidate.claimed_at) &&
               revision_of(history, candidate).misfire == Misfire::skip;
    });
    if (entry == nullptr) return false;
    make_run(history, *entry);
    return true;
}

// Well within its grace, and with room under the cap: nothing but a fault explains the skip.
bool drop_under_all(History& history, Random& random) {
    // Of a recovery that began before the edge of retention nobody knows what it ran.
    if (history.retained_from) return false;
    const auto has_to_run = [&](const Entry& candidate) {
        const JobRevision& revision = revision_of(history, candidate);
        constexpr Duration shortest_grace = minutes(1);
        const Duration late = candidate.claimed_at - candidate.due;
        return ran(candidate) && surely_missed(history, candidate) &&
               revision.misfire == Misfire::all &&
               late + seconds(2) < revision.grace.value_or(shortest_grace);
    };
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        if (!has_to_run(candidate)) return false;
        const auto recovered =
            std::count_if(history.entries.begin(), history.entries.end(), [&](const Entry& other) {
                const bool withdrawn = other.state == EntryState::skipped && other.ended_at &&
                                       *other.ended_at > other.claimed_at;
                return other.job == candidate.job && scheduled(other) &&
                       (withdrawn || other.claimed_at - other.due > seconds(1));
            });
        return recovered < static_cast<std::int64_t>(revision_of(history, candidate).misfire_cap);
    });
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::misfire);
    return true;
}

bool drop_the_latest(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return ran(candidate) && surely_missed(history, candidate) &&
               revision_of(history, candidate).misfire == Misfire::one;
    });
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::misfire);
    return true;
}

bool drop_in_time(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::misfire);
    return true;
}

bool run_the_coalesced(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return candidate.state == EntryState::coalesced && surely_missed(history, candidate) &&
               candidate.claimed_at - candidate.due < minutes(1);
    });
    if (entry == nullptr) return false;
    // The next one of the recovery must be missed beyond doubt, too.
    const bool followed =
        std::any_of(history.entries.begin(), history.entries.end(), [&](const Entry& other) {
            return other.job == entry->job && other.due > entry->due && scheduled(other) &&
                   other.claimed_at == entry->claimed_at &&
                   other.claimed_at - other.due > seconds(10);
        });
    if (!followed) return false;
    make_run(history, *entry);
    return true;
}

bool coalesce_without_need(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    const Entry* later = pick(history, random, [&](const Entry& other) {
        return other.job == entry->job && other.due > entry->due && ran(other);
    });
    if (later == nullptr) return false;
    const ExecutionId cover = later->id;
    make_skipped(history, *entry, SkipReason::none);
    entry->state = EntryState::coalesced;
    entry->covered_by = cover;
    return true;
}

bool skip_while_idle(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        if (!plain_run(history, candidate)) return false;
        if (revision_of(history, candidate).overlap != Overlap::skip) return false;
        return std::all_of(history.entries.begin(), history.entries.end(), [&](const Entry& other) {
            if (other.job != candidate.job || other.id == candidate.id) return true;
            if (other.state == EntryState::timed_out) return false;
            const WallTime end = other.open() ? other.claimed_at + hours(1000)
                                              : other.ended_at.value_or(other.claimed_at);
            return end < candidate.claimed_at - seconds(3) ||
                   other.claimed_at > candidate.claimed_at + seconds(3);
        });
    });
    if (entry == nullptr || !history.steps.empty() || !history.outages.empty()) return false;
    // At the edge of retention nobody knows what was open before it.
    const auto ran_before = [&](const Entry& other) {
        return other.job == entry->job && other.handed_at && other.claimed_at < entry->claimed_at;
    };
    if (history.retained_from &&
        std::none_of(history.entries.begin(), history.entries.end(), ran_before)) {
        return false;
    }
    make_skipped(history, *entry, SkipReason::overlap);
    return true;
}

bool stale_revision(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    entry->revision += 1;
    return true;
}

bool run_while_paused(History& history, Random& random) {
    if (!history.steps.empty() || !history.watermark) return false;
    for (const JobRevision& revision : history.jobs) {
        if (revision.active || revision.schedules.size() != 1) continue;
        const WallTime to = revision.effective_to.value_or(*history.watermark);
        const auto times = reference_times(revision.schedules.front(), revision.effective_from, to,
                                           revision.anchor.value_or(WallTime{}));
        for (const WallTime due : times.due) {
            if (due <= revision.effective_from || due >= to || !calm(history, due, due)) continue;
            if (history.retained_from && due < *history.retained_from) continue;
            const bool has_row = std::any_of(
                history.entries.begin(), history.entries.end(), [&](const Entry& entry) {
                    return entry.job == revision.job && entry.due <= due && due <= entry.until;
                });
            if (has_row) continue;
            Entry entry;
            entry.id = fresh_id(random);
            entry.job = revision.job;
            entry.revision = revision.revision;
            entry.due = entry.until = due;
            entry.claimed_at = due;
            make_run(history, entry);
            history.entries.push_back(entry);
            return true;
        }
    }
    return false;
}

bool leave_open(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return candidate.state == EntryState::lost && history.steps.empty();
    });
    if (entry == nullptr) return false;
    if (history.now && *entry->ended_at + seconds(20) > *history.now) return false;
    entry->state = EntryState::started;
    entry->outcome.reset();
    entry->ended_at.reset();
    return true;
}

bool run_without_entry(History& history, Random& random) {
    if (history.witnesses->empty()) return false;
    Witness witness = (*history.witnesses)[random() % history.witnesses->size()];
    if (history.retained_from && witness.due < *history.retained_from) return false;
    witness.id = fresh_id(random);
    witness.due += Duration(1);
    history.witnesses->push_back(witness);
    return true;
}

bool run_unseen(History& history, Random& random) {
    const Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    forget_witnesses(history, entry->id);
    return true;
}

bool try_too_often(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    // After a restart the definition in force then decides.
    std::uint32_t most = 0;
    for (const JobRevision& revision : history.jobs) {
        if (revision.job != entry->job) continue;
        if (revision.reruns_lost) return false;
        most = std::max(most, revision.retries);
    }
    entry->attempt = most + 2;
    return true;
}

bool exceed_the_limit(History& history, Random&) {
    if (!history.steps.empty()) return false;
    for (const Entry& a : history.entries) {
        if (!ran(a) || !is_judged(history, a)) continue;
        for (const Entry& b : history.entries) {
            if (!ran(b) || &a == &b || *a.handed_at >= *b.handed_at ||
                *b.handed_at >= *a.ended_at || *b.handed_at >= *b.ended_at) {
                continue;
            }
            history.concurrency = 1;
            return true;
        }
    }
    return false;
}

bool miscount(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return candidate.count > 1 && candidate.reason != SkipReason::paused &&
               history.steps.empty() && history.jobs.size() == 1;
    });
    if (entry == nullptr) return false;
    if (random() % 2 == 0) {
        ++entry->count;
    } else {
        --entry->count;
    }
    // One of one due time is no stretch, and what it left out is lost.
    return true;
}

bool regress(History& history, Random&) {
    if (history.watermarks.empty()) return false;
    const WatermarkMove last = history.watermarks.back();
    history.watermarks.push_back({last.value - seconds(1), last.steps_before});
    return true;
}

bool stand_still(History& history, Random&) {
    if (!history.now || !history.steps.empty()) return false;
    for (const Outage& outage : history.outages) {
        if (!outage.to) return false;
    }
    const JobRevision& last = history.jobs.back();
    if (!last.active || last.effective_to) return false;
    const WallTime now = *history.now + hours(1);
    // What falls into the last outage's shadow is excused.
    if (!calm(history, *history.now - seconds(1), now)) return false;
    for (const ScheduleText& text : last.schedules) {
        const auto times = reference_times(text, *history.now + seconds(1), now - minutes(1),
                                           last.anchor.value_or(WallTime{}));
        if (times.due.empty()) continue;
        history.now = now;
        return true;
    }
    return false;
}

bool end_before_start(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    entry->ended_at = *entry->handed_at - seconds(10);
    return true;
}

bool lose_without_crash(History& history, Random& random) {
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    entry->state = EntryState::lost;
    entry->outcome.reset();
    return true;
}

bool give_up_with_places_free(History& history, Random& random) {
    if (history.concurrency < 512U) return false;
    Entry* entry = pick_plain_run(history, random);
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::concurrency);
    return true;
}

bool supersede_in_force(History& history, Random& random) {
    Entry* entry = pick(history, random, [&](const Entry& candidate) {
        return plain_run(history, candidate) && !revision_of(history, candidate).effective_to;
    });
    if (entry == nullptr) return false;
    make_skipped(history, *entry, SkipReason::superseded);
    return true;
}

bool run_past_the_cap(History& history, Random&) {
    if (!history.steps.empty()) return false;
    std::map<std::pair<std::string, WallTime>, int> recoveries;
    for (const Entry& entry : history.entries) {
        if (!is_judged(history, entry) || !ran(entry) || !surely_missed(history, entry)) continue;
        if (revision_of(history, entry).misfire != Misfire::all) continue;
        if (++recoveries[{entry.job, entry.claimed_at}] < 2) continue;
        for (JobRevision& revision : history.jobs) {
            if (revision.job == entry.job) revision.misfire_cap = 1;
        }
        return true;
    }
    return false;
}

bool jump_the_queue(History& history, Random&) {
    if (!history.steps.empty()) return false;
    for (Entry& a : history.entries) {
        if (!ran(a) || !scheduled(a) || a.attempt != 1 || !is_judged(history, a)) continue;
        if (revision_of(history, a).overlap != Overlap::queue) continue;
        for (Entry& b : history.entries) {
            if (b.job != a.job || !ran(b) || !scheduled(b) || b.attempt != 1) continue;
            if (b.revision != a.revision || b.due <= a.due) continue;
            if (b.claimed_at >= *a.handed_at || *a.handed_at >= *b.handed_at) continue;
            std::swap(a.handed_at, b.handed_at);
            std::swap(a.ended_at, b.ended_at);
            return true;
        }
    }
    return false;
}

}  // namespace

const std::vector<Fault>& faults() {
    static const std::vector<Fault> all = [] {
        std::vector<Fault> some{
            {"Lost", lose, {Kind::lost}},
            {"LostSkip", lose_skipped, {Kind::lost}},
            {"DoubledClaim", double_claim, {Kind::doubled_claim}},
            {"DoubledPass", double_pass, {Kind::doubled_claim, Kind::phantom}},
            {"DoubledStart", double_start, {Kind::doubled_start}},
            {"Phantom", phantom, {Kind::phantom}},
            {"PhantomJob", phantom_job, {Kind::phantom}},
            {"DecidedEarly", decide_early, {Kind::early}},
            {"StartedEarly", start_early, {Kind::early}},
            {"SeenEarly", see_early, {Kind::early}},
            {"DecidedLate", decide_late, {Kind::late}},
            {"StartedLate", start_late, {Kind::late}},
            {"Overlapping", overlap, {Kind::overlapping}},
            {"SeenOverlapping", see_overlap, {Kind::overlapping}},
            {"CoveredByNothing", cover_by_nothing, {Kind::dangling_coalesce}},
            {"CoveredByAStranger", cover_by_stranger, {Kind::dangling_coalesce}},
            {"CoveredByAnEarlierRun", cover_by_earlier, {Kind::dangling_coalesce}},
            {"SkipThatWasSeen", skip_that_was_seen, {Kind::skip_that_ran}},
            {"SkipPolicyThatRan", skip_policy_that_ran, {Kind::skip_that_ran}},
            {"RunAllThatDropped", drop_under_all, {Kind::dropped}},
            {"LatestDropped", drop_the_latest, {Kind::dropped, Kind::dangling_coalesce}},
            {"DroppedInTime", drop_in_time, {Kind::dropped}},
            {"CoalescedThatRan", run_the_coalesced, {Kind::not_coalesced}},
            {"CoalescedWithoutNeed", coalesce_without_need, {Kind::needless_coalesce}},
            {"SkipWhileIdle", skip_while_idle, {Kind::skip_while_idle}},
            {"StaleRevision", stale_revision, {Kind::stale_revision}},
            {"RanWhilePaused", run_while_paused, {Kind::ran_while_paused}},
            {"OpenTooLong", leave_open, {Kind::open_too_long}},
            {"RunWithoutEntry", run_without_entry, {Kind::no_entry}},
            {"RunUnseen", run_unseen, {Kind::no_witness}},
            {"TooManyAttempts", try_too_often, {Kind::too_many_attempts}},
            {"OverTheLimit", exceed_the_limit, {Kind::over_limit}},
            {"Miscounted", miscount, {Kind::bad_stretch, Kind::lost}},
            {"WatermarkRegress", regress, {Kind::watermark_regress}},
            {"Stalled", stand_still, {Kind::stalled}},
            {"EndedBeforeItStarted", end_before_start, {Kind::unexplained}},
            {"LostWithoutACrash", lose_without_crash, {Kind::unexplained}},
            {"GivenUpWithPlacesFree", give_up_with_places_free, {Kind::unexplained}},
            {"SupersededInForce", supersede_in_force, {Kind::unexplained}},
            {"PastTheCap", run_past_the_cap, {Kind::over_cap}},
            {"QueueJumped", jump_the_queue, {Kind::out_of_order}},
        };
        const std::vector<Fault> rows = row_faults();
        some.insert(some.end(), rows.begin(), rows.end());
        return some;
    }();
    return all;
}

}  // namespace quantum::verify::test
