#pragma once

#include <cstdint>
#include <optional>

#include "verify/findings.hpp"
#include "verify/open_runs.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// Checks whether a row is consistent by itself and in time.
class RunCheck {
public:
    /// Since when the rows of a definition record when their work began.
    struct StartsTold {
        std::uint32_t revision = 0;
        WallTime since;
    };

    /// Everything is kept by reference.
    RunCheck(const JobView& job, const OpenRuns& open, std::optional<StartsTold>& starts_told,
             JobFindings& findings);

    void check(const Row& row);

private:
    const JobRevision& revision_of(const Row& row) const;
    void unexplained(const Row& row, std::string text);

    bool makes_sense(const Row& row);
    bool has_what_its_state_has(const Row& row);
    bool is_in_order(const Row& row);
    void check_begin(const Row& row);
    void check_begin_is_told(const Row& row);
    void check_early(const Row& row);
    void check_late(const Row& row);
    void check_late_start(const Row& row);
    bool check_late_after(const Outage& restart, const Row& row, Duration grace);
    void check_open(const Row& row);
    void check_still_running(const Row& row);
    void check_still_waiting(const Row& row);
    void check_attempts(const Row& row);
    void check_overlap_skip(const Row& row);

    [[nodiscard]] bool never_takes_turns(const Row& row, const Outage& restart) const;
    [[nodiscard]] Duration grace_at(WallTime instant, WallTime due) const;
    [[nodiscard]] bool takes_turns(const Row& row, const JobRevision& revision) const;
    [[nodiscard]] bool is_in_line(const Row& row, const JobRevision& revision) const;
    [[nodiscard]] bool may_be_in_line(const Row& row, const JobRevision& revision) const;
    void check_after_function(const Row& row, Duration waited);
    [[nodiscard]] WallTime turn_of(const Row& row, const JobRevision& revision) const;

    const JobView& job_;
    const JobRecords& records_;
    const OpenRuns& open_;
    const ClockHistory& timeline_;
    const Surroundings& around_;
    const Limits& limits_;
    std::optional<StartsTold>& starts_told_;
    JobFindings& findings_;
};

}  // namespace quantum::verify
