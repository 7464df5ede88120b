#include "verify/neighbour_check.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "verify/mutant.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

class NeighbourCheck {
public:
    NeighbourCheck(const JobView& job, const OpenRuns& open, JobFindings& findings)
        : records_(job.records),
          open_(open),
          timeline_(job.timeline),
          around_(job.around),
          findings_(findings) {}

    void run() {
        check_overlap();
        check_order();
        check_waited();
    }

private:
    Overlap overlap_of(const Row& row) const {
        return records_.revisions[records_.index_of(row)].overlap;
    }

    // By the ledger: a run of a job that allows no overlap begins while another runs. A younger run
    // of a definition that allows it may have begun beside those that wait for their turn.
    void check_overlap() {
        const OpenRuns::Run* longest = nullptr;
        const OpenRuns::Run* longest_free = nullptr;
        for (const OpenRuns::Run& run : open_.runs()) {
            const bool free = records_.may_overlap(*run.row);
            if (!free && longest != nullptr) check_beside(run, *longest);
            if (!free && longest_free != nullptr &&
                longest_free->row->claimed_at <= run.row->claimed_at) {
                check_beside(run, *longest_free);
            }
            const OpenRuns::Run*& slot = free ? longest_free : longest;
            if (slot == nullptr || run.ended > slot->ended) slot = &run;
        }
    }

    void check_beside(const OpenRuns::Run& run, const OpenRuns::Run& other) {
        if (run.row->turn != Row::Turn::now || around_.before_the_edge(*run.row)) return;
        if (mutated(VerifyMutant::runs_may_overlap) || run.started >= other.ended ||
            timeline_.seen_twice(run.started) || timeline_.seen_twice(other.started)) {
            return;
        }
        findings_.add(FindingKind::overlapping, *run.row,
                      "started at " + words(run.started) + " while the run of " +
                          words(other.row->due) + " was " +
                          (other.ended == OpenRuns::never ? std::string("still open")
                                                          : "open until " + words(other.ended)));
    }

    // A queue and a recovery start what they hold in the order of the due times.
    void check_order() {
        const OpenRuns::Run* latest = nullptr;
        for (const OpenRuns::Run& run : open_.runs()) {
            const Row& row = *run.row;
            if (row.kind != ExecutionKind::scheduled || row.attempt > 1) continue;
            if (timeline_.seen_twice(row.due) || timeline_.seen_twice(run.started)) continue;
            if (overlap_of(row) != Overlap::queue || mutated(VerifyMutant::queue_in_any_order))
                continue;
            if (latest != nullptr && row.due < latest->row->due && row.turn == Row::Turn::now &&
                run.started > latest->started && row.claimed_at < latest->started) {
                findings_.add(FindingKind::out_of_order, row,
                              "started at " + words(run.started) + ", after the run of " +
                                  words(latest->row->due) + ", which was due later");
            }
            if (latest == nullptr || row.due > latest->row->due) latest = &run;
        }
    }

    // Of due times that waited for their function together, `one` lets only the latest run.
    void check_waited() {
        std::vector<const Row*> waited;
        for (const OpenRuns::Run& run : open_.runs()) {
            if (waited_for_function(*run.row) && run.row->attempt == 1) waited.push_back(run.row);
        }
        std::sort(waited.begin(), waited.end(), [](const Row* a, const Row* b) {
            return std::tie(a->target, a->due) < std::tie(b->target, b->due);
        });
        for (std::size_t i = 0; i + 1 < waited.size(); ++i) {
            const Row& row = *waited[i];
            const Row& next = *waited[i + 1];
            const Duration missed = around_.limits.misfire_after + around_.limits.slack;
            const bool together = row.target == next.target && next.due - row.due > missed &&
                                  next.claimed_at < *row.handed_at;
            if (!together || row.turn != Row::Turn::now || around_.before_the_edge(row)) continue;
            if (!is_one_between(row, next.claimed_at, *row.handed_at) ||
                mutated(VerifyMutant::all_that_waited_may_run)) {
                continue;
            }
            findings_.add(FindingKind::not_coalesced, row,
                          "waited for its function together with " + words(next.due) +
                              ", and run all the same; misfire = one runs only the latest");
        }
    }

    // Whatever decided, whenever between the two.
    bool is_one_between(const Row& row, WallTime from, WallTime to) const {
        if (timeline_.seen_twice(from) || timeline_.seen_twice(to) || from > to) return false;
        const auto& revisions = records_.revisions;
        for (std::size_t i = records_.index_of(row); i < revisions.size(); ++i) {
            if (revisions[i].effective_from <= to && revisions[i].misfire != Misfire::one) {
                return false;
            }
        }
        return true;
    }

    const JobRecords& records_;
    const OpenRuns& open_;
    const ClockHistory& timeline_;
    const Surroundings& around_;
    JobFindings& findings_;
};

}  // namespace

void check_neighbours(const JobView& job, const OpenRuns& open, JobFindings& findings) {
    NeighbourCheck(job, open, findings).run();
}

}  // namespace quantum::verify
