#include "verify/witness_check.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "verify/words.hpp"

namespace quantum::verify {

namespace {

class WitnessCheck {
public:
    WitnessCheck(const JobView& job, const std::vector<Row>& rows,
                 const std::vector<const Witness*>& witnesses, JobFindings& findings)
        : job_(job),
          records_(job.records),
          timeline_(job.timeline),
          around_(job.around),
          rows_(rows),
          witnesses_(witnesses),
          findings_(findings) {
        for (const Row& row : rows) by_id_.try_emplace(row.id, &row);
    }

    void run() {
        for (const Witness* witness : witnesses_) {
            seen_.insert(witness->id);
            check_entry(*witness);
            check_end(*witness);
            check_early(*witness);
        }
        check_doubled();
        check_overlap();
        for (const Row& row : rows_) {
            if (!is_stretch(row) && !around_.before_the_edge(row)) check_seen(row);
        }
    }

private:
    void add(FindingKind kind, const Witness& witness, std::string text) {
        findings_.add(kind, witness.due, std::move(text), witness.id);
    }

    const Row* row_for(const Witness& witness) const {
        const auto found = by_id_.find(witness.id);
        return found == by_id_.end() ? nullptr : found->second;
    }

    const JobRevision* revision_of(const Witness& witness) const {
        const Row* row = row_for(witness);
        if (row == nullptr) return nullptr;
        const auto index = records_.revision_of(*row, row->claimed_at);
        return index ? &records_.revisions[*index] : nullptr;
    }

    // Numbers begin anew with a job that is deleted and added again; where the clock was set back
    // nobody can tell which of the two it was.
    bool may_be_free(const Witness& witness) const {
        const JobRevision* revision = revision_of(witness);
        if (revision == nullptr || revision->overlap == Overlap::allow) return true;
        const Row& row = *row_for(witness);
        if (records_.may_overlap(row)) return true;
        if (!timeline_.seen_twice(row.claimed_at)) return false;
        return std::any_of(
            records_.revisions.begin(), records_.revisions.end(), [&](const JobRevision& other) {
                return other.revision == row.revision && other.overlap == Overlap::allow;
            });
    }

    void check_entry(const Witness& witness) {
        const Row* row = row_for(witness);
        if (row == nullptr || row->due != witness.due) {
            add(FindingKind::no_entry, witness,
                "ran at " + words(witness.started_wall) + " without an entry in the ledger");
            return;
        }
        if (never_ran(*row)) {
            add(FindingKind::skip_that_ran, witness,
                "ran at " + words(witness.started_wall) + ", and the ledger says " + words(*row));
            return;
        }
        if (job_.lost_its_definition(*row)) return;
        const auto most = job_.most_attempts(*row);
        if (most && witness.attempt > *most) {
            add(FindingKind::too_many_attempts, witness,
                "attempt " + std::to_string(witness.attempt) + " was seen; the job allows " +
                    std::to_string(*most));
        }
    }

    // Seen to end, and the ledger does not know it.
    void check_end(const Witness& witness) {
        const auto& now = around_.history.now;
        const Row* row = row_for(witness);
        if (!now || row == nullptr || !witness.ended) return;
        if (row->state != EntryState::started || row->attempt != witness.attempt) return;
        const WallTime ended = witness.started_wall + (*witness.ended - witness.started);
        if (*now - ended <= around_.limits.settle || timeline_.disturbed(*now, *now)) return;
        if (timeline_.seen_twice(witness.started_wall) || timeline_.seen_twice(ended)) return;
        add(FindingKind::open_too_long, witness,
            "seen to end at " + words(ended) + ", and the ledger still says started");
    }

    void check_early(const Witness& witness) {
        if (timeline_.seen_twice(witness.due)) return;
        if (witness.started_wall + around_.limits.unnoted_step < witness.due) {
            add(FindingKind::early, witness,
                "seen to start at " + words(witness.started_wall) + ", " +
                    words(witness.due - witness.started_wall) + " before its due time");
        }
    }

    void check_doubled() {
        std::vector<const Witness*> sorted = witnesses_;
        const auto key = [](const Witness* witness) {
            return std::tuple(witness->due, witness->kind, witness->pass, witness->attempt);
        };
        std::sort(sorted.begin(), sorted.end(), [&](const Witness* a, const Witness* b) {
            return std::tuple_cat(key(a), std::tuple(a->started)) <
                   std::tuple_cat(key(b), std::tuple(b->started));
        });
        for (std::size_t i = 1; i < sorted.size(); ++i) {
            if (key(sorted[i - 1]) != key(sorted[i])) continue;
            add(FindingKind::doubled_start, *sorted[i],
                "attempt " + std::to_string(sorted[i]->attempt) + " was seen to start twice, at " +
                    words(sorted[i - 1]->started_wall) + " and at " +
                    words(sorted[i]->started_wall));
        }
    }

    // The end that counts against the next run; what the ledger gave up on counts no longer.
    BootTime end_of(const Witness& witness) const {
        const Row* row = row_for(witness);
        // An attempt that another one followed is over, whether or not it was seen to end.
        if (row != nullptr && row->attempt > witness.attempt) {
            return witness.ended.value_or(witness.started);
        }
        if (row != nullptr &&
            (row->state == EntryState::lost || row->state == EntryState::timed_out)) {
            const BootTime ledger_end =
                row->ended_at && row->handed_at && *row->ended_at > *row->handed_at
                    ? witness.started + (*row->ended_at - *row->handed_at)
                    : witness.started;
            return witness.ended ? std::min(*witness.ended, ledger_end) : witness.started;
        }
        return witness.ended.value_or(BootTime::max());
    }

    void check_overlap() {
        std::vector<const Witness*> sorted = witnesses_;
        std::sort(sorted.begin(), sorted.end(), [&](const Witness* a, const Witness* b) {
            return std::pair(a->started, end_of(*a)) < std::pair(b->started, end_of(*b));
        });
        const Witness* longest = nullptr;
        const Witness* longest_free = nullptr;  // of a definition that allows overlaps
        for (const Witness* witness : sorted) {
            const bool free = may_be_free(*witness);
            // A retry goes on with what is open already.
            if (!free && witness->attempt == 1) {
                if (longest != nullptr) check_beside(*witness, *longest);
                if (longest_free != nullptr && is_older(*longest_free, *witness)) {
                    check_beside(*witness, *longest_free);
                }
            }
            const Witness*& slot = free ? longest_free : longest;
            if (slot == nullptr || end_of(*witness) > end_of(*slot)) slot = witness;
        }
    }

    void check_beside(const Witness& witness, const Witness& other) {
        if (witness.started >= end_of(other) || witness.id == other.id) return;
        add(FindingKind::overlapping, witness,
            "seen to start at " + words(witness.started_wall) + " while the run of " +
                words(other.due) + " had not ended");
    }

    // Younger runs of a definition that allows overlaps may begin beside what waits for its turn.
    bool is_older(const Witness& free, const Witness& witness) const {
        const Row* a = row_for(free);
        const Row* b = row_for(witness);
        if (a == nullptr || b == nullptr) return true;
        if (timeline_.seen_twice(a->claimed_at) || timeline_.seen_twice(b->claimed_at))
            return false;
        return a->claimed_at <= b->claimed_at;
    }

    void check_seen(const Row& row) {
        if (never_ran(row) || !row.handed_at || seen_.contains(row.id)) return;
        // Between the claim and the start the process may die: then nobody ran, and it is lost.
        if (row.state == EntryState::lost) return;
        if (row.open() && row.has_outcome && row.outcome == OutcomeKind::lost) return;
        if (row.state == EntryState::started &&
            timeline_.disturbed(*row.handed_at, around_.history.now.value_or(*row.handed_at))) {
            return;
        }
        const auto& now = around_.history.now;
        if (row.state == EntryState::started && now &&
            *now - *row.handed_at <= around_.limits.settle) {
            return;
        }
        findings_.add(FindingKind::no_witness, row,
                      "the ledger says " + words(row) + ", and nobody saw it run");
    }

    const JobView& job_;
    const JobRecords& records_;
    const ClockHistory& timeline_;
    const Surroundings& around_;
    const std::vector<Row>& rows_;
    const std::vector<const Witness*>& witnesses_;
    JobFindings& findings_;
    std::unordered_map<ExecutionId, const Row*> by_id_;
    std::unordered_set<ExecutionId> seen_;
};

}  // namespace

void check_witnesses(const JobView& job, const std::vector<Row>& rows,
                     const std::vector<const Witness*>& witnesses, JobFindings& findings) {
    WitnessCheck(job, rows, witnesses, findings).run();
}

}  // namespace quantum::verify
