#include "verify/run_check.hpp"

#include <algorithm>
#include <optional>
#include <string>

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

class RunCheck {
public:
    RunCheck(const JobRecords& records, const JobSlots& slots, const OpenRuns& open,
             const Timeline& timeline, const Surroundings& around, Findings& findings)
        : records_(records),
          slots_(slots),
          open_(open),
          timeline_(timeline),
          around_(around),
          limits_(around.limits),
          findings_(findings) {}

    void run() {
        for (const auto* entries : {&records_.entries, &records_.manual, &records_.stretches}) {
            for (const Entry* entry : *entries) {
                if (!makes_sense(*entry)) continue;
                check_early(*entry);
                check_late(*entry);
                check_open(*entry);
                check_attempts(*entry);
            }
        }
        check_overlap();
        check_order();
    }

private:
    std::size_t index_at(const Entry& entry) const {
        // The entry's own word, where it names one that exists.
        if (const auto named = records_.revision_of(entry, entry.claimed_at)) return *named;
        return records_.in_force_at(entry.due);
    }
    const JobRevision& revision_of(const Entry& entry) const {
        return records_.revisions[index_at(entry)];
    }

    void unexplained(const Entry& entry, std::string text) {
        findings_.add(FindingKind::unexplained, entry, std::move(text));
    }

    bool makes_sense(const Entry& entry) {
        const std::string state = words(entry);
        if (never_ran(entry) && entry.handed_at) {
            findings_.add(
                FindingKind::skip_that_ran, entry,
                "the row says " + state + " and that it started at " + words(*entry.handed_at));
            return false;
        }
        if (!never_ran(entry) && !entry.handed_at) {
            unexplained(entry, "the row says " + state + " and not when it started");
            return false;
        }
        if (!never_ran(entry) && is_stretch(entry)) {
            unexplained(entry, "the row says " + state + " and stands for " +
                                   std::to_string(entry.count) + " due times");
            return false;
        }
        if (entry.state != EntryState::skipped && entry.reason != SkipReason::none) {
            unexplained(entry, "the row says " + state + " and gives a reason for skipping");
            return false;
        }
        // While it is open, it carries what the attempt before came to.
        const bool of_the_one_before = entry.open() && entry.attempt > 1;
        if (entry.outcome && !of_the_one_before && !agrees(entry.state, entry.outcome->kind)) {
            unexplained(entry, "the row says " + state + " and carries another outcome");
            return false;
        }
        if (entry.open() && entry.ended_at) {
            unexplained(
                entry, "the row says " + state + " and that it ended at " + words(*entry.ended_at));
            return false;
        }
        const bool in_order = !entry.ended_at || !entry.handed_at ||
                              *entry.ended_at + limits_.unnoted_step >= *entry.handed_at;
        if (!in_order && !timeline_.seen_twice(*entry.handed_at)) {
            unexplained(entry, "ended at " + words(*entry.ended_at) + ", before it started at " +
                                   words(*entry.handed_at));
            return false;
        }
        if (entry.state == EntryState::lost && !timeline_.seen_twice(*entry.handed_at) &&
            !timeline_.disturbed(*entry.handed_at, entry.ended_at.value_or(OpenRuns::never))) {
            unexplained(entry, "the row says lost, and nothing crashed after it started");
            return false;
        }
        return true;
    }

    void check_early(const Entry& entry) {
        if (timeline_.seen_twice(entry.due)) return;
        // Runs by hand of one instant are told apart by their due times.
        const bool by_hand = entry.kind == ExecutionKind::manual;
        const Duration early = by_hand ? limits_.unnoted_step : Duration::zero();
        if (entry.claimed_at + early < entry.due && entry.claimed_at != WallTime{}) {
            findings_.add(FindingKind::early, entry,
                          "decided at " + words(entry.claimed_at) + ", " +
                              words(entry.due - entry.claimed_at) + " before its due time");
        } else if (entry.handed_at && *entry.handed_at + limits_.unnoted_step < entry.due) {
            findings_.add(FindingKind::early, entry,
                          "started at " + words(*entry.handed_at) + ", " +
                              words(entry.due - *entry.handed_at) + " before its due time");
        }
    }

    void check_late(const Entry& entry) {
        if (timeline_.seen_twice(entry.due) || entry.kind == ExecutionKind::manual) return;
        const bool let_run = entry.open() || !never_ran(entry);
        const Duration tolerance = limits_.misfire_after + limits_.slack;
        if (let_run && entry.claimed_at - entry.due > tolerance &&
            !timeline_.disturbed(entry.due, entry.claimed_at)) {
            findings_.add(
                FindingKind::late, entry,
                "decided " + words(entry.claimed_at - entry.due) +
                    " after its due time; no outage and no step of the clock explains it");
            return;
        }
        // A retry has a start of its own, and its backoff is no lateness.
        if (!entry.handed_at || never_ran(entry) || entry.attempt > 1) return;
        const JobRevision& revision = revision_of(entry);
        const WallTime turn = turn_of(entry, revision);
        const Duration waited = *entry.handed_at - turn - revision.jitter;
        if (waited <= tolerance) return;
        const Duration grace = slots_.grace(index_at(entry), entry.due).longest + revision.jitter;
        if (const Outage* restart = timeline_.restart_after(entry.claimed_at);
            restart != nullptr && restart->to && *restart->to <= *entry.handed_at) {
            // Decided anew when the scheduler was back.
            const Duration either = std::max(grace, grace_at(*restart->to, entry.due));
            if (*restart->to - entry.due <= either + limits_.slack) return;
            findings_.add(FindingKind::late, entry,
                          "started although the restart at " + words(*restart->to) + " came " +
                              words(*restart->to - entry.due) +
                              " after its due time; its grace is " + words(either));
            return;
        }
        if (timeline_.disturbed(turn, *entry.handed_at)) return;
        // Grace is for those who wait for a place, not for the end of their job's other runs.
        const bool had_to_wait = open_.open_during(entry, entry.claimed_at, entry.claimed_at);
        const WallTime from = had_to_wait ? turn : entry.due;
        if (*entry.handed_at - from > grace + limits_.slack) {
            findings_.add(FindingKind::late, entry,
                          "started " + words(*entry.handed_at - from) +
                              (had_to_wait ? " after its turn had come" : " after its due time") +
                              "; its grace is " + words(grace));
            return;
        }
        const bool limited =
            !around_.history.concurrency ||
            around_.full.touches(turn - limits_.slack, *entry.handed_at + limits_.slack);
        if (limited) return;
        findings_.add(FindingKind::late, entry,
                      "waited " + words(waited) +
                          " between its claim and its start; no queue, no limit and no outage "
                          "explains it");
    }

    // By the definition in force when it was decided anew.
    Duration grace_at(WallTime instant, WallTime due) const {
        const std::size_t revision = records_.in_force_at(instant);
        return slots_.grace(revision, due).longest + records_.revisions[revision].jitter;
    }

    // Since when nothing of its own job was in its way.
    WallTime turn_of(const Entry& entry, const JobRevision& revision) const {
        if (revision.overlap != Overlap::queue && revision.overlap != Overlap::replace) {
            return entry.claimed_at;
        }
        return open_.others_open_until(entry, entry.claimed_at, *entry.handed_at);
    }

    void check_open(const Entry& entry) {
        if (!entry.open() || timeline_.seen_twice(entry.claimed_at)) return;
        if (between_attempts(entry)) return;  // for its time, then for a place: as long as it takes
        const std::optional<WallTime>& now = around_.history.now;
        if (entry.state == EntryState::started) {
            const Outage* restart = timeline_.restart_after(*entry.handed_at);
            if (restart != nullptr && restart->to &&
                (!now || *restart->to + limits_.settle <= *now)) {
                findings_.add(FindingKind::open_too_long, entry,
                              "started at " + words(*entry.handed_at) +
                                  " and still open, although the scheduler died at " +
                                  words(restart->from) + ": it must be lost");
                return;
            }
        }
        if (!now || timeline_.seen_twice(entry.due) || timeline_.disturbed(*now, *now)) return;
        const JobRevision& revision = revision_of(entry);
        if (entry.state == EntryState::started) {
            if (!revision.timeout || revision.retries > 0) return;
            if (timeline_.disturbed(*entry.handed_at, *now)) return;
            const Duration open = *now - *entry.handed_at;
            if (open > *revision.timeout + limits_.kill_after + limits_.settle) {
                findings_.add(
                    FindingKind::open_too_long, entry,
                    "running for " + words(open) + "; its timeout is " + words(*revision.timeout));
            }
            return;
        }
        const bool takes_turns =
            revision.overlap == Overlap::queue || revision.overlap == Overlap::replace;
        const bool queued = takes_turns && open_.open_during(entry, *now, *now);
        if (queued || entry.kind == ExecutionKind::manual) return;
        // Its patience for a place begins with its turn.
        const WallTime turn =
            takes_turns ? open_.others_open_until(entry, entry.due, *now) : entry.due;
        const Duration grace = slots_.grace(index_at(entry), entry.due).longest + revision.jitter;
        if (*now - turn > grace + limits_.settle) {
            findings_.add(FindingKind::open_too_long, entry,
                          "claimed and still waiting " + words(*now - entry.due) +
                              " after its due time; its grace is " + words(grace));
        }
    }

    void check_attempts(const Entry& entry) {
        const auto most = records_.most_attempts(entry);
        if (!most || entry.attempt <= *most) return;
        findings_.add(FindingKind::too_many_attempts, entry,
                      "attempt " + std::to_string(entry.attempt) + "; the job allows " +
                          std::to_string(*most));
    }

    // By the ledger: a run of a job that allows no overlap begins while another runs. A younger run
    // of a definition that allows it may have begun beside those that wait for their turn.
    void check_overlap() {
        const OpenRuns::Run* longest = nullptr;
        const OpenRuns::Run* longest_free = nullptr;
        for (const OpenRuns::Run& run : open_.runs()) {
            const bool free = revision_of(*run.entry).overlap == Overlap::allow;
            if (!free && longest != nullptr) check_beside(run, *longest);
            if (!free && longest_free != nullptr &&
                longest_free->entry->claimed_at <= run.entry->claimed_at) {
                check_beside(run, *longest_free);
            }
            const OpenRuns::Run*& slot = free ? longest_free : longest;
            if (slot == nullptr || run.ended > slot->ended) slot = &run;
        }
    }

    void check_beside(const OpenRuns::Run& run, const OpenRuns::Run& other) {
        if (run.started >= other.ended || timeline_.seen_twice(run.started) ||
            timeline_.seen_twice(other.started)) {
            return;
        }
        findings_.add(FindingKind::overlapping, *run.entry,
                      "started at " + words(run.started) + " while the run of " +
                          words(other.entry->due) + " was " +
                          (other.ended == OpenRuns::never ? std::string("still open")
                                                          : "open until " + words(other.ended)));
    }

    // A queue and a recovery start what they hold in the order of the due times.
    void check_order() {
        const OpenRuns::Run* latest = nullptr;
        for (const OpenRuns::Run& run : open_.runs()) {
            const Entry& entry = *run.entry;
            if (entry.kind != ExecutionKind::scheduled || entry.attempt > 1) continue;
            if (timeline_.seen_twice(entry.due) || timeline_.seen_twice(run.started)) continue;
            if (revision_of(entry).overlap != Overlap::queue) continue;
            if (latest != nullptr && entry.due < latest->entry->due &&
                run.started > latest->started && entry.claimed_at < latest->started) {
                findings_.add(FindingKind::out_of_order, entry,
                              "started at " + words(run.started) + ", after the run of " +
                                  words(latest->entry->due) + ", which was due later");
            }
            if (latest == nullptr || entry.due > latest->entry->due) latest = &run;
        }
    }

    const JobRecords& records_;
    const JobSlots& slots_;
    const OpenRuns& open_;
    const Timeline& timeline_;
    const Surroundings& around_;
    const Limits& limits_;
    Findings& findings_;
};

}  // namespace

void check_runs(const JobRecords& records, const JobSlots& slots, const OpenRuns& open,
                const Timeline& timeline, const Surroundings& around, Findings& findings) {
    RunCheck(records, slots, open, timeline, around, findings).run();
}

}  // namespace quantum::verify
