#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "verify/clock_history.hpp"
#include "verify/cover_check.hpp"
#include "verify/definitions.hpp"
#include "verify/findings.hpp"
#include "verify/job_records.hpp"
#include "verify/open_runs.hpp"
#include "verify/policy_check.hpp"
#include "verify/run_check.hpp"
#include "verify/slot_match.hpp"
#include "verify/slot_stream.hpp"

namespace quantum::verify {

/// Checks one job part by part while its rows are read: what is finished is dropped, except for
/// what later rows may depend on. See docs/design/0009-streaming-checker.md.
///
///     judge.add(row);                        // in the order of the due times
///     if (judge.waiting() > many) judge.judge_before(row.due);
///     judge.finish(find_by_id);
class JobJudge {
public:
    /// Shared by all jobs; kept by reference.
    struct Shared {
        const ClockHistory& timeline;
        const Surroundings& around;
        ReferenceLibrary& library;
        Findings& findings;
    };

    JobJudge(const Shared& shared, JobRecords records);
    JobJudge(const JobJudge&) = delete;
    JobJudge& operator=(const JobJudge&) = delete;

    /// Why the job cannot be checked; empty if it can.
    [[nodiscard]] const std::string& problem() const { return definitions_.problem(); }
    [[nodiscard]] const JobRecords& records() const { return records_; }

    void add(const Row& row) { rows_.push_back(row); }
    /// The number of rows that are not finished yet.
    [[nodiscard]] std::size_t waiting() const { return rows_.size(); }

    /// Checks as much as possible once everything due before `known` has been added.
    void judge_before(WallTime known);
    /// Everything has been added.
    void finish(const FindById& find);

    [[nodiscard]] std::size_t due_times() const { return due_times_; }

    [[nodiscard]] const JobView& view() const { return view_; }
    [[nodiscard]] JobFindings& findings() { return findings_; }

private:
    struct Cut {
        std::size_t rows = 0;  ///< so many of the first are judged
        WallTime end;          ///< with everything due before it
    };
    [[nodiscard]] Cut cut_before(WallTime known) const;
    void judge(const Cut& cut, std::optional<WallTime> known);
    [[nodiscard]] MatchPart part_of(const Cut& cut) const;
    void ask_for_overlaps(const std::vector<Decision>& decisions, std::size_t rows);
    [[nodiscard]] std::size_t decided_by_hand(const Row& row) const;
    void check_manual(std::size_t rows);
    void look_for_covers(std::size_t rows);
    void check_runs(std::size_t rows, std::optional<WallTime> known);
    void remember(const OpenRuns& open, std::size_t rows);
    [[nodiscard]] WallTime waits_since(WallTime next, std::size_t rows) const;
    [[nodiscard]] bool is_settled(const Row& row, std::optional<WallTime> known) const;

    const JobRecords records_;
    const Definitions definitions_;
    JobFindings findings_;
    const JobView view_;
    SlotStream slots_;
    PolicyMemory policies_;
    CoverCheck covers_;
    std::optional<RunCheck::StartsTold> starts_told_;
    std::vector<Row> past_;  ///< judged, or to be judged later, and still of interest
    std::vector<Row> rows_;
    std::size_t due_times_ = 0;
};

}  // namespace quantum::verify
