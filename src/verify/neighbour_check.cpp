#include "verify/neighbour_check.hpp"

#include <string>

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
            const bool free = overlap_of(*run.row) == Overlap::allow;
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
