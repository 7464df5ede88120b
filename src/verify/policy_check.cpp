#include "verify/policy_check.hpp"

#include <algorithm>
#include <string>

#include "verify/mutant.hpp"
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

class PolicyCheck {
public:
    PolicyCheck(const JobView& job, const std::vector<Decision>& decisions, PolicyMemory& memory,
                JobFindings& findings)
        : job_(job),
          records_(job.records),
          definitions_(job.definitions),
          decisions_(decisions),
          timeline_(job.timeline),
          around_(job.around),
          memory_(memory),
          findings_(findings) {}

    void run() {
        find_recoveries();
        count_recovered();
        for (std::size_t i = 0; i < decisions_.size(); ++i) {
            const Row& row = *decisions_[i].row;
            if (unclear(row)) continue;
            if (let_run(row)) check_run(i);
            if (row.state == EntryState::coalesced) check_coalesced(i);
            if (row.state == EntryState::skipped) check_skip(i);
        }
        memory_.began = memory_.began || !decisions_.empty();
    }

private:
    // Wall times around a clock that was set back say nothing about before and after.
    bool unclear(const Row& row) const {
        return timeline_.seen_twice(row.due) || timeline_.seen_twice(row.until);
    }

    // For each decision the latest one of the same recovery: the due times that were all missed
    // when the first of them was decided.
    void find_recoveries() {
        latest_.resize(decisions_.size());
        // Rows for what a change of the clocks left out are no part of a recovery.
        std::size_t following = decisions_.size();
        for (std::size_t i = decisions_.size(); i-- > 0;) {
            latest_[i] = i;
            if (skipped_as(*decisions_[i].row, SkipReason::dst_gap)) continue;
            const std::size_t after = following;
            following = i;
            if (after == decisions_.size()) continue;
            const Row& row = *decisions_[i].row;
            const Row& next = *decisions_[after].row;
            const bool together = row.pass == next.pass && !unclear(row) && !unclear(next) &&
                                  timeline_.missed(row.until, row.claimed_at) == Missed::surely &&
                                  timeline_.missed(next.until, row.claimed_at) == Missed::surely;
            if (together) latest_[i] = latest_[after];
        }
    }

    void count_recovered() {
        surely_ran_.resize(decisions_.size());
        perhaps_ran_.resize(decisions_.size());
        std::size_t sure = 0;
        std::size_t perhaps = memory_.perhaps_ran;
        // What ran in it before the edge of retention nobody knows.
        bool cut = around_.history.retained_from && !memory_.began;
        for (std::size_t i = 0; i < decisions_.size(); ++i) {
            if (i == 0 || latest_[i - 1] != latest_[i]) sure = 0;
            if (i > 0 && latest_[i - 1] != latest_[i]) cut = false;
            const Missed was_missed = recovered(i);
            if (was_missed == Missed::no) perhaps = 0;
            if (recovered_run(*decisions_[i].row)) {
                if (was_missed == Missed::surely) ++sure;
                if (was_missed != Missed::no) ++perhaps;
            } else if (skipped_as(*decisions_[i].row, SkipReason::superseded)) {
                ++perhaps;  // it may have been let run before it was withdrawn
            }
            surely_ran_[i] = sure;
            perhaps_ran_[i] = cut ? unknown : perhaps;
        }
        memory_.perhaps_ran = perhaps;
    }

    // The newest of a recovery are those that run: what it left out comes before them. How many of
    // those that were due when it decided it may have run; stops counting at `enough`.
    std::size_t ran_after(std::size_t i, std::size_t enough) const {
        const WallTime decided = decisions_[i].row->claimed_at + around_.limits.slack;
        std::size_t count = 0;
        for (std::size_t j = i + 1; j < decisions_.size() && count < enough; ++j) {
            const Row& row = *decisions_[j].row;
            if (row.due > decided || recovered(j) == Missed::no) break;
            if (recovered_run(row) || skipped_as(row, SkipReason::superseded)) ++count;
        }
        return count;
    }

    // What counts against the cap: it was let run, whatever overlap or the limit then said.
    static bool recovered_run(const Row& row) {
        if (let_run(row) || skipped_as(row, SkipReason::overlap)) return true;
        return row.state == EntryState::skipped && row.ended_at && *row.ended_at > row.claimed_at;
    }

    Missed missed(std::size_t i) const {
        const Row& row = *decisions_[i].row;
        return timeline_.missed(row.until, decided_at(row));
    }

    // Whether a recovery decided it. What was claimed in time and withdrawn later, while nothing
    // had to be recovered, is no part of one.
    Missed recovered(std::size_t i) const {
        const Row& row = *decisions_[i].row;
        if (timeline_.missed(row.until, row.claimed_at) == Missed::no &&
            !timeline_.disturbed(row.claimed_at, decided_at(row))) {
            return Missed::no;
        }
        return missed(i);
    }

    std::size_t revision_index(const Decision& decision) const {
        return deciding_revision(job_, decision);
    }
    const JobRevision& revision_of(const Decision& decision) const {
        return records_.revisions[revision_index(decision)];
    }
    Definitions::Grace grace_of(const Decision& decision) const {
        return definitions_.grace(revision_index(decision), decision.row->until);
    }

    void check_run(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Row& row = *decision.row;
        if (decision.first.gap_row) {
            findings_.add(FindingKind::skip_that_ran, row,
                          "the schedule leaves out what a change of the clocks left out "
                          "(dst_gap = skip), and it has an entry " +
                              words(row));
            return;
        }
        if (missed(i) == Missed::surely) check_recovered(i);
    }

    void check_recovered(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Row& row = *decision.row;
        const JobRevision& revision = revision_of(decision);
        const Duration late = row.claimed_at - row.due;
        if (revision.misfire == Misfire::skip && !mutated(VerifyMutant::skip_may_run)) {
            findings_.add(
                FindingKind::skip_that_ran, row,
                "missed (noticed " + words(late) +
                    " late) and run, although misfire = skip lets no missed due time run");
            return;
        }
        if (const Duration grace = grace_of(decision).longest;
            late > grace + around_.limits.slack) {
            findings_.add(
                FindingKind::late, row,
                "run " + words(late) + " after its due time; its grace is " + words(grace));
            return;
        }
        if (revision.misfire == Misfire::one && latest_[i] != i &&
            !mutated(VerifyMutant::all_of_one_may_run)) {
            findings_.add(FindingKind::not_coalesced, row,
                          "missed together with " + words(decisions_[latest_[i]].row->due) +
                              ", and run all the same; misfire = one runs only the latest");
        }
        if (revision.misfire == Misfire::all && surely_ran_[i] > revision.misfire_cap &&
            !mutated(VerifyMutant::cap_not_asked)) {
            findings_.add(FindingKind::over_cap, row,
                          "number " + std::to_string(surely_ran_[i]) +
                              " that one recovery ran; misfire_cap is " +
                              std::to_string(revision.misfire_cap));
        }
    }

    // What was claimed and did not begin is decided anew, by the definition in force then.
    bool may_be(const Decision& decision, Misfire misfire) const {
        const Row& row = *decision.row;
        if (revision_of(decision).misfire == misfire) return true;
        return decided_at(row) > row.claimed_at &&
               records_.revisions[records_.in_force_at(decided_at(row))].misfire == misfire;
    }

    // How many that waited for their function with it, and are due later, were let run; some of
    // them may have been replaced by what was due just then.
    std::size_t waited_after(std::size_t i) const {
        const WallTime decided = decided_at(*decisions_[i].row) + around_.limits.slack;
        std::size_t count = 0;
        for (std::size_t j = i + 1; j < decisions_.size(); ++j) {
            const Row& row = *decisions_[j].row;
            if (row.due > decided) break;
            const bool replaced =
                skipped_as(row, SkipReason::overlap) && decided_at(row) > row.claimed_at;
            if ((waited_for_function(row) || replaced) && row.claimed_at <= decided) ++count;
        }
        return count;
    }

    void check_coalesced(std::size_t i) {
        const Row& row = *decisions_[i].row;
        if (!may_be(decisions_[i], Misfire::one)) {
            const Misfire misfire = revision_of(decisions_[i]).misfire;
            findings_.add(FindingKind::needless_coalesce, row,
                          "coalesced, although misfire is " + std::string(plain(misfire)));
        } else if (missed(i) == Missed::no && !mutated(VerifyMutant::anything_may_be_coalesced)) {
            findings_.add(FindingKind::needless_coalesce, row,
                          "coalesced " + words(decided_at(row) - row.until) +
                              " after its due time, although it was not missed");
        }
    }

    void check_skip(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Row& row = *decision.row;
        switch (row.reason) {
            case SkipReason::none:
                return unexplained(row, "skipped without a reason");
            case SkipReason::misfire:
                return check_misfire_skip(i);
            case SkipReason::paused:
                return check_paused_skip(row);
            case SkipReason::superseded:
                return check_superseded_skip(decision);
            case SkipReason::dst_gap:
                if (decision.first.gap_row) return;
                return unexplained(
                    row, "skipped for a gap of local time, and there is none at this instant");
            case SkipReason::concurrency:
                return check_concurrency_skip(decision);
            case SkipReason::unbound:
                return check_unbound_skip(decision);
            case SkipReason::overlap:  // asks for other rows: see RunCheck
            case SkipReason::node_down:
            case SkipReason::excluded:
                return;
        }
    }

    void check_paused_skip(const Row& row) {
        const bool paused = std::any_of(
            records_.revisions.begin(), records_.revisions.end(), [&](const JobRevision& other) {
                const bool holds_back = !other.active || other.paused_until.has_value();
                return holds_back && other.effective_from <= decided_at(row);
            });
        if (!paused) unexplained(row, "skipped as paused, and the job was not paused");
    }

    void check_superseded_skip(const Decision& decision) {
        const Row& row = *decision.row;
        const WallTime decided = decided_at(row);
        if (timeline_.seen_twice(decided)) return;
        const auto& end = revision_of(decision).effective_to;
        if (!end || *end > decided + around_.limits.slack) {
            unexplained(row, "skipped as superseded, and its definition was still in force");
        }
    }

    void check_concurrency_skip(const Decision& decision) {
        const Row& row = *decision.row;
        const WallTime decided = decided_at(row);
        const Duration waited = decided - row.due;
        const Duration grace = grace_of(decision).shortest;
        const Outage* restart = timeline_.restart_after(row.due);
        const bool died = restart != nullptr && restart->from <= decided;
        // Decided anew after it, by the definition that was in force then.
        if (died && revision_index(decision) != records_.in_force_at(decided)) return;
        if (waited + around_.limits.slack < grace) {
            unexplained(row, "given up after waiting " + words(waited) +
                                 " for a free slot; its grace is " + words(grace));
        } else if (around_.history.concurrency && !died && !timeline_.disturbed(row.due, decided) &&
                   !around_.full.touches(row.due - around_.limits.slack,
                                         decided + around_.limits.slack)) {
            unexplained(row, "given up for lack of a free slot, although there was always one");
        }
    }

    void check_unbound_skip(const Decision& decision) {
        const Row& row = *decision.row;
        const Duration waited =
            decided_at(row) - std::max(row.due, row.not_before.value_or(row.due));
        const std::size_t then = records_.in_force_at(decided_at(row));
        const Duration grace =
            std::min(grace_of(decision).shortest, definitions_.grace(then, row.due).shortest);
        if (waited + around_.limits.slack >= grace ||
            mutated(VerifyMutant::unbound_skip_needs_no_grace)) {
            return;
        }
        unexplained(row, "given up after waiting " + words(waited) +
                             " for its function; its grace is " + words(grace));
    }

    std::size_t least_cap(const Row& row) const {
        const JobRevision& then = records_.revisions[records_.in_force_at(decided_at(row))];
        return std::min(records_.revisions[records_.index_of(row)].misfire_cap, then.misfire_cap);
    }

    void check_misfire_skip(std::size_t i) {
        const Decision& decision = decisions_[i];
        const Row& row = *decision.row;
        const JobRevision& revision = revision_of(decision);
        const Duration late = decided_at(row) - row.until;
        if (missed(i) == Missed::no) {
            findings_.add(FindingKind::dropped, row,
                          "skipped as missed, although it was noticed in time (" + words(late) +
                              " after its due time)");
            return;
        }
        if (may_be(decision, Misfire::skip)) return;
        Duration grace = grace_of(decision).shortest;
        if (decided_at(row) > row.claimed_at) {
            // Decided anew, by the definition that was in force then.
            const std::size_t then = records_.in_force_at(decided_at(row));
            grace = std::min(grace, definitions_.grace(then, row.until).shortest);
        }
        // Too late by itself; under `one` the earlier ones go with the latest.
        const bool too_late = late + around_.limits.slack >= grace;
        if (too_late && (revision.misfire == Misfire::all || latest_[i] == i)) return;
        if (decided_at(row) > row.claimed_at && may_be(decision, Misfire::all) &&
            waited_after(i) >= least_cap(row)) {
            return;
        }
        if (revision.misfire == Misfire::all) {
            const std::size_t cap = revision.misfire_cap;
            if (perhaps_ran_[i] >= cap || perhaps_ran_[i] + ran_after(i, cap) >= cap) return;
            findings_.add(FindingKind::dropped, row,
                          "skipped as too late after " + words(late) + "; its grace is " +
                              words(grace) + ", and misfire = all lets it run");
            return;
        }
        check_dropped_under_one(i, late, grace);
    }

    void check_dropped_under_one(std::size_t i, Duration late, Duration grace) {
        const Row& row = *decisions_[i].row;
        const Row& latest = *decisions_[latest_[i]].row;
        if (latest_[i] != i && skipped_as(latest, SkipReason::misfire)) return;
        findings_.add(FindingKind::dropped, row,
                      latest_[i] == i
                          ? "skipped as too late after " + words(late) + "; its grace is " +
                                words(grace) + ", and misfire = one lets the latest run"
                          : "skipped as missed, although " + words(latest.due) +
                                " of the same recovery was let run and covers it");
    }

    void unexplained(const Row& row, std::string text) {
        findings_.add(FindingKind::unexplained, row, std::move(text));
    }

    static constexpr std::size_t unknown = static_cast<std::size_t>(-1);

    const JobView& job_;
    const JobRecords& records_;
    const Definitions& definitions_;
    const std::vector<Decision>& decisions_;
    const ClockHistory& timeline_;
    const Surroundings& around_;
    PolicyMemory& memory_;
    JobFindings& findings_;
    std::vector<std::size_t> latest_;
    // How many the recovery has run up to here, counted both ways where the edge is unclear.
    std::vector<std::size_t> surely_ran_;
    std::vector<std::size_t> perhaps_ran_;
};

}  // namespace

std::size_t deciding_revision(const JobView& job, const Decision& decision) {
    const std::size_t in_force = decision.last.revision;
    const Row& row = *decision.row;
    if (job.records.revisions[in_force].revision == row.revision) return in_force;
    return job.records.revision_of(row, row.claimed_at).value_or(in_force);
}

void check_policies(const JobView& job, const std::vector<Decision>& decisions,
                    PolicyMemory& memory, JobFindings& findings) {
    PolicyCheck(job, decisions, memory, findings).run();
}

}  // namespace quantum::verify
