#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "quantum/job_changes.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::plan {

/// One thing that a start would do.
struct StartStep {
    enum class Kind : std::uint8_t {
        runs,       ///< a due time that was missed, waited, or is due now, runs
        covered,    ///< missed, and covered by a run
        skipped,    ///< does not run, for `reason`
        lost,       ///< a run that nobody saw the end of is recorded as lost
        again,      ///< what failed or was lost is tried again
        withdrawn,  ///< what waited is not run any more, for `reason`
    };
    Kind kind = Kind::runs;
    std::string job{};
    WallTime due;
    WallTime until;           ///< the last due time of a range
    std::uint32_t count = 1;  ///< how many due times it stands for
    SkipReason reason = SkipReason::none;
};

[[nodiscard]] std::string_view to_string(StartStep::Kind kind);

/// What a start would do at once.
struct StartPreview {
    std::vector<StartStep> steps{};       ///< in the order in which it would do them
    std::optional<WallTime> watermark{};  ///< up to where due times were decided before
    std::size_t changed_jobs = 0;         ///< added, changed and deleted because of the files
};

/// Runs the real scheduler on `snapshot` at simulated time `now`, without running any task: each
/// run ends at once and well. `reconcile`: the changes by the files, see
/// `SchedulerConfig::reconcile`; empty: none. Errors: those of `Scheduler::start`.
[[nodiscard]] Result<StartPreview> preview_start(
    Snapshot snapshot, WallTime now,
    const std::function<Result<JobChanges>(std::span<const StoredJob>)>& reconcile);

}  // namespace quantum::plan
