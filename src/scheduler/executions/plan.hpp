#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/common/job_handle.hpp"
#include "scheduler/entries/open_entries.hpp"
#include "scheduler/jobs/manual_run.hpp"
#include "scheduler/runs/completion.hpp"

namespace quantum::scheduler {

/// A decided due time (or range) of a job, and what to restore if it cannot be stored.
struct Claim {
    JobHandle handle{};
    std::uint32_t revision = 0;
    WallTime due;   ///< where the job was on the timeline
    WallTime last;  ///< everything from `due` up to here was decided
    WallTime old_position;
    std::uint32_t old_recovered = 0;
    JobRef job;
};

/// A due time that did not run, for telemetry.
struct NotRun {
    JobRef job;
    WallTime due;
    std::uint32_t count = 1;
    EntryState state = EntryState::skipped;
    SkipReason reason = SkipReason::none;
    std::shared_ptr<const std::string> node;      ///< of one that is down
    std::shared_ptr<const std::string> thrown{};  ///< by the run strategy, which named no node
};

/// Due times of a replaced definition that must still be decided under it.
struct CarryOver {
    JobHandle handle{};
    JobRef job;
    std::uint32_t revision = 0;
    WallTime first;
    WallTime until;  ///< exclusive
    /// If the job was deleted or paused: the reason for which they are skipped.
    SkipReason none_runs = SkipReason::none;
};

/// A claimed entry that is skipped.
struct Dropped {
    EntryHandle entry_handle{};
    Phase was = Phase::waiting_for_slot;
    SkipReason reason = SkipReason::none;
};

/// The end of an attempt, and when the next one may start, if there is one.
struct EndedAttempt {
    Completion run;
    std::optional<WallTime> retry_at;
};

/// A cancelled retry. `run` is the previous attempt.
struct GivenUp {
    Completion run;
    Phase was = Phase::delayed;
    bool superseded = false;
};

/// A job that has its function now, as it is defined now.
struct BoundJob {
    JobHandle handle{};
    JobRef job;
};

/// An entry that has waited for its function and no longer does.
struct BoundEntry {
    EntryHandle entry_handle{};
    Duration grace{};  ///< as it was
};

struct ManualAnswer {
    std::function<void(Result<ExecutionId>)> answer;
    Result<ExecutionId> result;
};

/// A set of decisions stored as one batch. Nothing of it is visible outside before the batch is
/// stored; if it is not stored, all of it is rolled back.
struct Plan {
    std::uint64_t number = 0;
    std::vector<Claim> claims;  ///< only if a ledger is kept: what can be rolled back
    std::size_t decided = 0;    ///< due times, or ranges, of jobs on the timeline
    std::vector<std::uint32_t>
        deferred;  ///< indexes of jobs to be put back on the timeline afterwards
    std::vector<EntryHandle> created;   ///< entries created by this plan; like `claims`
    std::vector<EntryHandle> starting;  ///< entries that start once it is stored
    std::vector<EntryHandle> promoted;  ///< of these, the ones that waited for a slot
    std::vector<EntryHandle> turned;    ///< waited for their turn, and now for a slot (or start)
    std::vector<BoundJob> bound_jobs;   ///< whose waiting entries this plan decides
    std::vector<BoundEntry> bound;
    std::vector<Dropped> dropped;
    std::vector<Completion> finishes;
    std::vector<EndedAttempt> retried;
    std::vector<EndedAttempt> expired;  ///< timed out but still running: their runs are stuck
    std::vector<GivenUp> given_up;
    std::vector<StepNote> steps;
    std::vector<CarryOver> carry_overs;
    std::vector<ManualRun> manual;
    std::vector<ManualAnswer> answers;
    std::vector<std::string> keys;      ///< not known before
    std::vector<EntryHandle> replaced;  ///< runs to be terminated
    std::vector<NotRun> not_run;
    std::vector<AuditNote> notes;
    std::optional<WallTime> watermark;
    std::optional<WallTime> old_watermark;
    std::optional<WallTime> unfinished;  ///< the instant with jobs left
    Batch batch;                         ///< only where a ledger is kept
    std::shared_ptr<Batch> request;      ///< the batch, once it is sent

    [[nodiscard]] bool empty() const {
        return decided == 0 && starting.empty() && dropped.empty() && finishes.empty() &&
               steps.empty() && carry_overs.empty() && manual.empty() && turned.empty() &&
               retried.empty() && expired.empty() && given_up.empty();
    }
};

}  // namespace quantum::scheduler
