#pragma once

#include "verify/findings.hpp"
#include "verify/open_runs.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// Does each row make sense by itself, in time, beside the others of its job?
class RunCheck {
public:
    /// All is kept by reference.
    RunCheck(const JobView& job, const OpenRuns& open, JobFindings& findings);

    /// Everything but what `check_neighbours` asks.
    void check(const Row& row);
    /// Of all runs whose turn it is: did they begin beside others, and in their order?
    void check_neighbours();

private:
    const JobRevision& revision_of(const Row& row) const;
    void unexplained(const Row& row, std::string text);

    bool makes_sense(const Row& row);
    bool has_what_its_state_has(const Row& row);
    bool is_in_order(const Row& row);
    void check_early(const Row& row);
    void check_late(const Row& row);
    void check_late_start(const Row& row);
    void check_late_after(const Outage& restart, const Row& row, Duration grace);
    void check_open(const Row& row);
    void check_still_running(const Row& row);
    void check_still_waiting(const Row& row);
    void check_attempts(const Row& row);
    void check_overlap_skip(const Row& row);

    void check_overlap();
    void check_beside(const OpenRuns::Run& run, const OpenRuns::Run& other);
    void check_order();

    [[nodiscard]] Duration grace_at(WallTime instant, WallTime due) const;
    [[nodiscard]] WallTime turn_of(const Row& row, const JobRevision& revision) const;

    const JobView& job_;
    const JobRecords& records_;
    const OpenRuns& open_;
    const Timeline& timeline_;
    const Surroundings& around_;
    const Limits& limits_;
    JobFindings& findings_;
};

}  // namespace quantum::verify
