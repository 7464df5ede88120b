#include "verify/policy_check.hpp"

#include <algorithm>
#include <string>

#include "verify/words.hpp"

namespace quantum::verify {

namespace {

std::string_view plain(Misfire misfire) {
    switch (misfire) {
        case Misfire::one:
            return "one";
        case Misfire::all:
            return "all";
        case Misfire::skip:
            return "skip";
    }
    return "unknown";
}

bool skipped_as(const Entry& entry, SkipReason reason) {
    return entry.state == EntryState::skipped && entry.reason == reason;
}

// Given a run or a place in the line for one.
bool let_run(const Entry& entry) {
    return entry.state != EntryState::coalesced && entry.state != EntryState::skipped;
}

class PolicyCheck {
public:
    PolicyCheck(const JobRecords& records, const JobSlots& slots, const OpenRuns& open,
                const std::vector<Decision>& decisions, const Timeline& timeline,
                const Surroundings& around, Findings& findings)
        : records_(records),
          slots_(slots),
          open_(open),
          decisions_(decisions),
          timeline_(timeline),
          around_(around),
          findings_(findings) {}

    void run() {
        find_recoveries();
        for (std::size_t i = 0; i < decisions_.size(); ++i) {
            const Decision& decision = decisions_[i];
            if (unclear(*decision.entry)) continue;
            const Entry& entry = *decision.entry;
            if (let_run(entry)) check_run(i);
            if (entry.state == EntryState::coalesced) check_coalesced(i);
            if (entry.state == EntryState::skipped) check_skip(i);
        }
        for (const Entry* entry : records_.manual) {
            if (skipped_as(*entry, SkipReason::overlap) && !timeline_.seen_twice(entry->due)) {
                check_overlap_skip(*entry, revision_at(entry->claimed_at));
            }
        }
    }

private:
    // Wall times around a clock that was set back say nothing about before and after.
    bool unclear(const Entry& entry) const {
        return timeline_.seen_twice(entry.due) || timeline_.seen_twice(last_due(entry));
    }

    // For each decision the latest one of the same recovery: the due times that were all missed
    // when the first of them was decided.
    void find_recoveries() {
        latest_.resize(decisions_.size());
        // Rows for what a change of the clocks left out are no part of a recovery.
        std::size_t following = decisions_.size();
        for (std::size_t i = decisions_.size(); i-- > 0;) {
            latest_[i] = i;
            if (skipped_as(*decisions_[i].entry, SkipReason::dst_gap)) continue;
            const std::size_t after = following;
            following = i;
            if (after == decisions_.size()) continue;
            const Entry& entry = *decisions_[i].entry;
            const Entry& next = *decisions_[after].entry;
            const bool together =
                entry.pass == next.pass && !unclear(entry) && !unclear(next) &&
                timeline_.missed(last_due(entry), entry.claimed_at) == Missed::surely &&
                timeline_.missed(last_due(next), entry.claimed_at) == Missed::surely;
            if (together) latest_[i] = latest_[after];
        }
        surely_ran_.resize(decisions_.size());
        perhaps_ran_.resize(decisions_.size());
        std::size_t sure = 0;
        std::size_t perhaps = 0;
        for (std::size_t i = 0; i < decisions_.size(); ++i) {
            if (i == 0 || latest_[i - 1] != latest_[i]) sure = 0;
            const Missed was_missed = recovered(i);
            if (was_missed == Missed::no) perhaps = 0;
            if (recovered_run(*decisions_[i].entry)) {
                if (was_missed == Missed::surely) ++sure;
                if (was_missed != Missed::no) ++perhaps;
            } else if (skipped_as(*decisions_[i].entry, SkipReason::superseded)) {
                ++perhaps;  // it may have been let run before it was withdrawn
            }
            surely_ran_[i] = sure;
            perhaps_ran_[i] = perhaps;
        }
    }

    // What counts against the cap: it was let run, whatever overlap or the limit then said.
    static bool recovered_run(const Entry& entry) {
        if (let_run(entry) || skipped_as(entry, SkipReason::overlap)) return true;
        return entry.state == EntryState::skipped && entry.ended_at &&
               *entry.ended_at > entry.claimed_at;
    }

    Missed missed(std::size_t i) const {
        const Entry& entry = *decisions_[i].entry;
        return timeline_.missed(last_due(entry), decided_at(entry));
    }

    // Whether a recovery decided it. What was claimed in time and withdrawn later, while nothing
    // had to be recovered, is no part of one.
    Missed recovered(std::size_t i) const {
        const Entry& entry = *decisions_[i].entry;
        const WallTime due = last_due(entry);
        if (timeline_.missed(due, entry.claimed_at) == Missed::no &&
            !timeline_.disturbed(entry.claimed_at, decided_at(entry))) {
            return Missed::no;
        }
        return missed(i);
    }

    const JobRevision& revision_of(const Decision& decision) const {
        return records_.revisions[revision_index(decision)];
    }

    // The one in force; on the edge of two, the one that the entry names.
    std::size_t revision_index(const Decision& decision) const {
        const std::size_t in_force = slots_.slots()[decision.last_slot].revision;
        if (records_.revisions[in_force].revision == decision.entry->revision) return in_force;
        const Entry& entry = *decision.entry;
        return records_.revision_of(entry, entry.claimed_at).value_or(in_force);
    }

    JobSlots::Grace grace_of(const Decision& decision) const {
        return slots_.grace(revision_index(decision), last_due(*decision.entry));
    }

    const JobRevision& revision_at(WallTime instant) const {
        return records_.revisions[records_.in_force_at(instant)];
    }

    void check_run(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Entry& entry = *decision.entry;
        const JobRevision& revision = revision_of(decision);
        if (slots_.slots()[decision.first_slot].gap_row) {
            findings_.add(FindingKind::skip_that_ran, entry,
                          "the schedule leaves out what a change of the clocks left out "
                          "(dst_gap = skip), and it has an entry " +
                              words(entry));
            return;
        }
        if (missed(i) != Missed::surely) return;
        const Duration late = entry.claimed_at - entry.due;
        if (revision.misfire == Misfire::skip) {
            findings_.add(
                FindingKind::skip_that_ran, entry,
                "missed (noticed " + words(late) +
                    " late) and run, although misfire = skip lets no missed due time run");
            return;
        }
        if (late > grace_of(decision).longest + around_.limits.slack) {
            findings_.add(FindingKind::late, entry,
                          "run " + words(late) + " after its due time; its grace is " +
                              words(grace_of(decision).longest));
            return;
        }
        if (revision.misfire == Misfire::one && latest_[i] != i) {
            findings_.add(FindingKind::not_coalesced, entry,
                          "missed together with " + words(decisions_[latest_[i]].entry->due) +
                              ", and run all the same; misfire = one runs only the latest");
        }
        if (revision.misfire == Misfire::all && surely_ran_[i] > revision.misfire_cap) {
            findings_.add(FindingKind::over_cap, entry,
                          "number " + std::to_string(surely_ran_[i]) +
                              " that one recovery ran; misfire_cap is " +
                              std::to_string(revision.misfire_cap));
        }
    }

    void check_coalesced(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Entry& entry = *decision.entry;
        const JobRevision& revision = revision_of(decision);
        if (revision.misfire != Misfire::one) {
            findings_.add(FindingKind::needless_coalesce, entry,
                          "coalesced, although misfire is " + std::string(plain(revision.misfire)));
            return;
        }
        if (missed(i) == Missed::no) {
            findings_.add(FindingKind::needless_coalesce, entry,
                          "coalesced " + words(decided_at(entry) - last_due(entry)) +
                              " after its due time, although it was not missed");
            return;
        }
        check_cover(entry);
    }

    void check_cover(const Entry& entry) {
        const auto dangling = [&](const std::string& why) {
            findings_.add(FindingKind::dangling_coalesce, entry, "coalesced, and " + why);
        };
        if (!entry.covered_by) return dangling("no run is named that covers it");
        WallTime reached = last_due(entry);
        std::optional<ExecutionId> cover = entry.covered_by;
        // A covering run that was itself coalesced after a crash names the next one.
        for (;;) {
            const auto found = around_.by_id.find(*cover);
            if (found == around_.by_id.end()) {
                return dangling("the run that covers it (" + cover->text() +
                                ") is not in the ledger");
            }
            const Entry& run = *found->second;
            if (run.job != entry.job) {
                return dangling("the run that covers it belongs to the job '" + run.job + "'");
            }
            if (run.due <= reached) {
                return dangling("the run that covers it was due at " + words(run.due) +
                                ", not later");
            }
            if (run.state != EntryState::coalesced) {
                const bool at_once = !run.ended_at || *run.ended_at <= run.claimed_at;
                if (skipped_as(run, SkipReason::misfire) && at_once) {
                    dangling("the run that covers it was skipped as too late");
                }
                return;
            }
            if (!run.covered_by) return dangling("the run that covers it is covered by nothing");
            reached = last_due(run);
            cover = run.covered_by;
        }
    }

    void check_skip(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Entry& entry = *decision.entry;
        const JobRevision& revision = revision_of(decision);
        const WallTime decided = decided_at(entry);
        switch (entry.reason) {
            case SkipReason::none:
                return unexplained(entry, "skipped without a reason");
            case SkipReason::overlap:
                return check_overlap_skip(entry, revision);
            case SkipReason::misfire:
                return check_misfire_skip(i);
            case SkipReason::paused: {
                const bool paused =
                    std::any_of(records_.revisions.begin(), records_.revisions.end(),
                                [&](const JobRevision& other) {
                                    return !other.active && other.effective_from <= decided;
                                });
                if (!paused) unexplained(entry, "skipped as paused, and the job was not paused");
                return;
            }
            case SkipReason::superseded:
                if (timeline_.seen_twice(decided)) return;
                if (!revision.effective_to ||
                    *revision.effective_to > decided + around_.limits.slack) {
                    unexplained(entry,
                                "skipped as superseded, and its definition was still in force");
                }
                return;
            case SkipReason::dst_gap:
                if (!slots_.slots()[decision.first_slot].gap_row) {
                    unexplained(
                        entry,
                        "skipped for a gap of local time, and there is none at this instant");
                }
                return;
            case SkipReason::concurrency:
                return check_concurrency_skip(decision);
            case SkipReason::node_down:
            case SkipReason::excluded:
                return;
        }
    }

    void check_concurrency_skip(const Decision& decision) {
        const Entry& entry = *decision.entry;
        const WallTime decided = decided_at(entry);
        const Duration waited = decided - entry.due;
        const Duration grace = grace_of(decision).shortest;
        const Outage* restart = timeline_.restart_after(entry.due);
        const bool died = restart != nullptr && restart->from <= decided;
        // Decided anew after it, by the definition that was in force then.
        if (died && revision_index(decision) != records_.in_force_at(decided)) return;
        if (waited + around_.limits.slack < grace) {
            unexplained(entry, "given up after waiting " + words(waited) +
                                   " for a free place; its grace is " + words(grace));
        } else if (around_.history.concurrency && !died &&
                   !timeline_.disturbed(entry.due, decided) &&
                   !around_.full.touches(entry.due - around_.limits.slack,
                                         decided + around_.limits.slack)) {
            unexplained(entry,
                        "given up for want of a free place, and never was every place taken");
        }
    }

    void check_misfire_skip(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Entry& entry = *decision.entry;
        const JobRevision& revision = revision_of(decision);
        const Duration late = decided_at(entry) - last_due(entry);
        if (missed(i) == Missed::no) {
            findings_.add(FindingKind::dropped, entry,
                          "skipped as missed, although it was noticed in time (" + words(late) +
                              " after its due time)");
            return;
        }
        if (revision.misfire == Misfire::skip) return;
        Duration grace = grace_of(decision).shortest;
        if (decided_at(entry) > entry.claimed_at) {
            // Decided anew, by the definition that was in force then.
            const std::size_t then = records_.in_force_at(decided_at(entry));
            grace = std::min(grace, slots_.grace(then, last_due(entry)).shortest);
        }
        if (late + around_.limits.slack >= grace) {
            // Too late by itself; under `one` the earlier ones go with the latest.
            if (revision.misfire == Misfire::all || latest_[i] == i) return;
        }
        if (revision.misfire == Misfire::all) {
            if (perhaps_ran_[i] >= revision.misfire_cap) return;
            findings_.add(FindingKind::dropped, entry,
                          "skipped as too late after " + words(late) + "; its grace is " +
                              words(grace) + ", and misfire = all lets it run");
            return;
        }
        const Entry& latest = *decisions_[latest_[i]].entry;
        if (latest_[i] != i && skipped_as(latest, SkipReason::misfire)) return;
        findings_.add(FindingKind::dropped, entry,
                      latest_[i] == i
                          ? "skipped as too late after " + words(late) + "; its grace is " +
                                words(grace) + ", and misfire = one lets the latest run"
                          : "skipped as missed, although " + words(latest.due) +
                                " of the same recovery was let run and covers it");
    }

    void check_overlap_skip(const Entry& entry, const JobRevision& revision) {
        const WallTime decided = decided_at(entry);
        const Duration slack = around_.limits.slack;
        if (timeline_.seen_twice(decided)) return;
        // The policy in force at the decision counts as much as that at the due time.
        const Overlap overlap = revision.overlap;
        const JobRevision& now = revision_at(decided);
        if (overlap == Overlap::allow && now.overlap == Overlap::allow) {
            unexplained(entry, "skipped for an overlap, and the job allows overlaps");
            return;
        }
        if (!open_.open_during(entry, decided - slack, decided + slack)) {
            const auto last_end = open_.last_end_before(decided);
            if (last_end && timeline_.disturbed(*last_end, decided)) return;
            findings_.add(FindingKind::skip_while_idle, entry,
                          last_end
                              ? "skipped for an overlap at " + words(decided) +
                                    "; the last run of the job had ended at " + words(*last_end)
                              : "skipped for an overlap, and the job had not run before");
            return;
        }
        if (overlap == Overlap::queue && now.overlap == Overlap::queue) {
            const std::size_t limit = std::min(revision.queue_limit, now.queue_limit);
            const std::size_t waiting = open_.waiting_at(entry, decided, slack, limit);
            if (waiting < limit && !timeline_.disturbed(decided, decided)) {
                findings_.add(
                    FindingKind::skip_while_idle, entry,
                    "skipped for an overlap, and the queue had room: " + std::to_string(waiting) +
                        " of " + std::to_string(limit) + " waited");
            }
        }
    }

    void unexplained(const Entry& entry, std::string text) {
        findings_.add(FindingKind::unexplained, entry, std::move(text));
    }

    const JobRecords& records_;
    const JobSlots& slots_;
    const OpenRuns& open_;
    const std::vector<Decision>& decisions_;
    const Timeline& timeline_;
    const Surroundings& around_;
    Findings& findings_;
    std::vector<std::size_t> latest_;
    // How many the recovery has run up to here, counted both ways where the edge is unclear.
    std::vector<std::size_t> surely_ran_;
    std::vector<std::size_t> perhaps_ran_;
};

}  // namespace

void check_policies(const JobRecords& records, const JobSlots& slots, const OpenRuns& open,
                    const std::vector<Decision>& decisions, const Timeline& timeline,
                    const Surroundings& around, Findings& findings) {
    PolicyCheck(records, slots, open, decisions, timeline, around, findings).run();
}

}  // namespace quantum::verify
