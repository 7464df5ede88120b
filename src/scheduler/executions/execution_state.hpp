#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/storage/storage.hpp"

#include "base/assert.hpp"
#include "base/pages.hpp"
#include "scheduler/common/job_handle.hpp"
#include "scheduler/entries/open_entries.hpp"
#include "scheduler/executions/alarms.hpp"
#include "scheduler/executions/due_cache.hpp"
#include "scheduler/executions/execution_ids.hpp"
#include "scheduler/executions/plan.hpp"
#include "scheduler/jobs/manual_run.hpp"
#include "scheduler/jobs/pending_changes.hpp"
#include "scheduler/runs/completion.hpp"
#include "scheduler/subscribers/event_outbox.hpp"

namespace quantum::scheduler {

/// A job as known to ExecutionBroadcaster.
///
/// Its *position* is the key to the promise: every due time up to it has been decided, and no later
/// one has. It is moved by two operations, each in one direction only:
///
///     11:00  the job is accepted:   decide_until(10:59:59.999999), nothing of before is owed
///     12:00  "0 * * * *" is due:    decide_until(12:00), with the row in the same plan
///     12:00  the plan is refused:   undecide_after(10:59:59.999999), 12:00 is due once more
///
/// If it is moved too far, a due time disappears; if it is moved back although the row exists, a
/// due time runs twice.
struct JobRecord {
    JobRef job;  ///< null: no job at this index
    std::uint32_t revision = 0;
    std::uint32_t recovered = 0;  ///< runs for the current gap, counted towards the misfire cap
    std::uint8_t generation = 0;
    bool active = false;
    bool deleted = false;
    bool paused = false;         ///< the definition has a pause; see `pause_end`
    bool finished = false;       ///< its only due time has passed
    bool no_future = false;      ///< its schedule has no further due time
    bool before_anchor = false;  ///< an interval that runs although its anchor is in the future
    bool unbound = false;        ///< it has no function: what is due is claimed and waits

    [[nodiscard]] WallTime position() const { return position_; }
    /// Due times up to `instant` have now been decided, or are not for this definition to decide.
    void decide_until(WallTime instant) {
        QUANTUM_ASSERT(instant >= position_);
        position_ = instant;
    }
    /// Due times after `instant` must be decided (again): their rows were rejected, or the clock
    /// was set back and shows them again.
    void undecide_after(WallTime instant) {
        QUANTUM_ASSERT(instant <= position_);
        position_ = instant;
    }

private:
    WallTime position_ = WallTime::min();
};

/// How the last run of a job ended.
struct LastRun {
    WallTime end{};
    OutcomeKind outcome = OutcomeKind::succeeded;
    bool known = false;
};

/// A claimed entry that will not start.
struct Withdrawn {
    EntryHandle entry_handle{};
    SkipReason reason = SkipReason::superseded;
};

/// The run for an idempotency key.
struct KnownRun {
    ExecutionId id;
    WallTime at;
};

/// The state of ExecutionBroadcaster that must survive a crash: how far each job has been decided,
/// the open entries, the plan being stored. It does not include the timeline, which is rebuilt from
/// it.
///
/// Owned by the scheduler and outlives every stage. Used only on ExecutionBroadcaster's turns,
/// except for the queues, which have their own locks.
struct ExecutionState {
    ExecutionState(std::size_t indexes, std::optional<std::uint64_t> seed,
                   const ConcurrencyLimiter::TagLimits& tags = {})
        : open_entries(indexes, tags), ids(seed) {}

    [[nodiscard]] JobRecord* find(JobHandle handle) {
        const std::uint32_t index = index_of(handle);
        if (index >= records.size()) return nullptr;
        JobRecord& record = records[index];
        if (!record.job || record.generation != generation_of(handle)) return nullptr;
        return &record;
    }
    /// The record for a handle, created or taken over from an older generation.
    JobRecord& at(JobHandle handle);
    [[nodiscard]] JobHandle handle_of(std::uint32_t index) const {
        return make_handle(index, records[index].generation);
    }

    /// The first undecided due time of a record.
    [[nodiscard]] std::optional<WallTime> next_due(const JobRecord& record);
    /// The next due time of a record that is not skipped because of a pause.
    [[nodiscard]] std::optional<WallTime> next_run(const JobRecord& record);
    /// When the record's current pause ends: `WallTime::max()` if that is unknown. None: it is not
    /// paused.
    [[nodiscard]] static std::optional<WallTime> pause_end(const JobRecord& record) {
        if (!record.paused) return std::nullopt;
        return end_of_pause(record);
    }
    /// The name, shared by everything that mentions it.
    [[nodiscard]] std::shared_ptr<const std::string> node_named(std::string name);
    /// Must be called when the record's job or the clock was set. An interval whose anchor is in
    /// the future, because the clock was set back, continues in the same rhythm: see `in_force`.
    static void look_at_anchor(JobRecord& record, WallTime now);
    /// The schedule of a record, in its current rhythm. It must have one.
    [[nodiscard]] static Schedule in_force(const JobRecord& record);
    /// Records how a job's last run ended. Stored separately, because most idle jobs have had none.
    void note_end(JobHandle handle, OutcomeKind outcome, WallTime end);
    [[nodiscard]] LastRun last_run(std::uint32_t index) const;
    /// Due times at or before this are missed.
    [[nodiscard]] WallTime missed_by(WallTime now, Duration misfire_after) const {
        return std::max(missed_until, now - misfire_after - Duration(1));
    }
    /// The number that distinguishes a repeated due time from its first occurrence.
    [[nodiscard]] std::uint32_t pass_of(WallTime due) const {
        return pass > 0 && due <= repeated_until ? pass : 0;
    }

    /// True if fixed-time schedules must not repeat the due time that the ledger has in this pass.
    [[nodiscard]] bool counts_as_used(WallTime due, std::uint32_t in_pass) const {
        return in_pass >= rewind_pass || (in_pass == 0 && due > rewind_until);
    }

    base::Pages<JobRecord> records;  // by index
    base::Pages<LastRun> last_runs;  // by index, up to the highest job that has had a run
    DueCache due_times;
    OpenEntries open_entries;
    ExecutionIds ids;

    CompletionQueue completions;
    ManualRunQueue manual_runs;
    PendingChanges pending_changes;
    EventOutbox events;  ///< for subscribers

    std::optional<Plan> plan;  ///< being stored
    std::uint64_t last_plan = 0;

    Alarms alarms;
    std::size_t retries = 0;                         ///< entries waiting for a retry
    std::unordered_map<std::string, KnownRun> keys;  ///< by job and key
    std::unordered_map<std::string, std::shared_ptr<const std::string>> nodes;
    std::optional<BootTime> full_since;  ///< since when somebody has been waiting for a slot
    bool told_full = false;

    // To be included in the next plan.
    std::vector<Completion> ended;
    std::vector<Completion> expired;  ///< functions that exceeded their timeout
    std::vector<EntryHandle> woken;   ///< entries whose jitter or backoff has passed
    std::vector<StepNote> steps;
    std::vector<CarryOver> carry_overs;
    std::vector<ManualRun> manual;
    std::vector<Withdrawn> withdrawn;
    std::vector<EntryHandle> to_end;  ///< runs of jobs that were deleted with them
    std::vector<JobHandle> deleted;   ///< their indexes are still in use
    std::vector<BoundJob> bound;      ///< jobs whose function has arrived while runs waited

    std::optional<WallTime> watermark;
    std::uint32_t pass = 0;
    WallTime repeated_until = WallTime::min();
    WallTime fixed_times_done_until = WallTime::min();
    /// Where all schedules last started over: see `StepNote`.
    std::uint32_t rewind_pass = 0;
    WallTime rewind_until = WallTime::min();
    /// Due times at or before this were missed because of a restart or a step.
    WallTime missed_until = WallTime::min();
    WallTime last_manual = WallTime::min();
    /// Notes about this start of the scheduler, stored with the first plan.
    std::vector<AuditNote> notes;
    /// Up to here, the ledger says why due times were decided late.
    WallTime lateness_noted_until = WallTime::min();
    Duration wall_offset{};  ///< wall clock minus boot clock at the last check
    bool offset_known = false;

private:
    [[nodiscard]] static std::optional<WallTime> end_of_pause(const JobRecord& record);
};

}  // namespace quantum::scheduler
