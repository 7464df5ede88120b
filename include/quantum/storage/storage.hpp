#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// The state of an entry. Names as in the ledger; the first two are open.
enum class EntryState : std::uint8_t {
    claimed,  ///< decided, known not to have started
    started,  ///< stored before the work starts
    succeeded,
    failed,
    timed_out,
    killed,
    lost,       ///< started, and its end is unknown
    coalesced,  ///< missed, and covered by a later run
    skipped,    ///< see the reason
};

enum class SkipReason : std::uint8_t {
    none,
    overlap,
    misfire,
    paused,
    dst_gap,
    node_down,
    concurrency,
    excluded,
    superseded,
    unbound,  ///< no function for it came within its grace
};

[[nodiscard]] std::string_view to_string(EntryState state);
[[nodiscard]] std::string_view to_string(SkipReason reason);

/// One due time in the ledger, or a range of them. Identified by (job name, due, pass, target,
/// kind).
struct Entry {
    ExecutionId id;
    std::string job;
    std::uint32_t revision = 1;
    WallTime due;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    std::string target = "*";
    EntryState state = EntryState::claimed;
    /// Why it was skipped. `unbound` also for an entry that waits, or has waited and then ran: for
    /// the function of its job.
    SkipReason reason = SkipReason::none;
    std::uint32_t attempt = 1;
    std::optional<ExecutionId> covered_by;  ///< for a coalesced entry
    WallTime claimed_at{};                  ///< when it was decided
    /// When its latest attempt was stored as `started` and handed to the runner.
    std::optional<WallTime> handed_at{};
    /// When the work of its first attempt began. Empty while that attempt is in progress (it is
    /// stored with its end), if its end is unknown, and if it could not start.
    std::optional<WallTime> started_at{};
    /// The outcome of its latest attempt that has ended.
    std::optional<Outcome> outcome{};
    std::optional<WallTime> ended_at{};
    /// A range of coalesced or skipped due times is a single entry: `due` is the first of them,
    /// `until` the last, `count` their number. For a single due time, `until == due`.
    WallTime until{};
    std::uint32_t count = 1;
    /// Its first attempt must not start before this, because of jitter. Lateness counts from here.
    std::optional<WallTime> not_before{};
    /// The next attempt must not start before this: the end of its backoff.
    std::optional<WallTime> retry_at{};
    /// For a manual run: the idempotency key of the request; empty: none.
    std::string key{};

    [[nodiscard]] bool open() const {
        return state == EntryState::claimed || state == EntryState::started;
    }
    /// When its first attempt was planned to start.
    [[nodiscard]] WallTime planned() const {
        return not_before && *not_before > due ? *not_before : due;
    }
    /// How much later than planned the work of its first attempt began; none: unknown.
    [[nodiscard]] std::optional<Duration> lateness() const {
        if (!started_at) return std::nullopt;
        return *started_at - planned();
    }
};

/// One try at an execution. Attempts count from 1 under the same execution id.
struct Attempt {
    std::uint32_t number = 1;
    WallTime planned;                      ///< must not start before this
    std::optional<WallTime> started_at{};  ///< see `Entry::started_at`
    std::optional<WallTime> ended_at{};    ///< none: it is in progress
    std::optional<Outcome> outcome{};      ///< none: it is in progress

    friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// A definition of a job, in force from `effective_from` until the next revision of the same name.
struct StoredJob {
    JobRef job;
    std::uint32_t revision = 1;
    /// From `load`, the epoch means unknown: after the watermark, or otherwise from the start.
    WallTime effective_from;
    std::string note{};       ///< the reason for this revision: "paused by ops: disk swap"
    std::string zone_data{};  ///< version of the time-zone data used for its due times
    /// From `load`: it has a schedule, or a run strategy, of the program's own that this storage
    /// could not store. A job that is loaded without a task lacks its function.
    bool lacks_schedule = false;
    bool lacks_run_strategy = false;
};

enum class JobChangeKind : std::uint8_t { added, updated, deleted, purged_all };

struct JobChange {
    JobChangeKind kind = JobChangeKind::added;
    std::string name;  ///< empty for purged_all
    StoredJob stored;  ///< for deleted and purged_all (without the job): since when it is gone
    bool only_state = false;  ///< for updated: only its state differs from the previous revision
};

/// The end of an attempt whose entry was `started`, or of an entry that was `claimed` for another
/// attempt that will not be made.
struct Finish {
    ExecutionId id;
    std::uint32_t attempt = 1;
    Outcome outcome;
    WallTime ended_at;
    std::optional<WallTime> started_at{};  ///< of this attempt; none: it did not start, or unknown
    std::optional<CapturedOutput> output{};
    /// There will be another attempt: the entry is `claimed` again for `attempt` + 1, not before
    /// this instant, with the outcome of the last attempt. None: the entry has ended.
    std::optional<WallTime> retry_at{};
};

/// A manual run that was requested with an idempotency key.
struct TriggerKey {
    std::string job;
    std::string key;
    ExecutionId id;
    WallTime at;  ///< when it was claimed

    friend bool operator==(const TriggerKey&, const TriggerKey&) = default;
};

/// An entry that was `claimed` and starts now. Its reason stays.
struct Start {
    ExecutionId id;
    WallTime handed_at;  ///< see `Entry::handed_at`
};

/// An entry that was `claimed` and will not run: `skipped` or, if it is covered by a later run,
/// `coalesced` with that run's ID and without a reason.
struct Skip {
    ExecutionId id;
    SkipReason reason = SkipReason::concurrency;
    WallTime ended_at;
    std::optional<ExecutionId> covered_by{};
};

/// The wall clock was set, or a machine came back to a schedule that must not be replayed.
struct StepNote {
    WallTime before;  ///< what the wall clock would have shown without the step
    WallTime after;
    std::uint32_t pass = 0;     ///< in force afterwards for due times at or before `repeated_until`
    WallTime repeated_until{};  ///< the latest instant the wall clock had reached before
    WallTime
        fixed_times_done_until{};   ///< up to here, fixed-time schedules have had their due times
    std::uint32_t rewind_pass = 0;  ///< the pass in which all schedules last started over
    WallTime rewind_until{};        ///< the latest instant the wall clock had reached before that

    friend bool operator==(const StepNote&, const StepNote&) = default;
};

/// Who changed what: every change of a job and every manual run.
struct AuditNote {
    WallTime at;
    std::string actor;   ///< "api:token-name", "cli:uid 0", "file:ops.crontab"
    std::string action;  ///< "pause", "trigger", "add" …
    std::string job;     ///< empty if it does not concern a single job
    std::string detail;  ///< before and after, or the given reason

    friend bool operator==(const AuditNote&, const AuditNote&) = default;
};

/// Everything durable is part of a batch, applied atomically and in the order of the members.
struct Batch {
    std::uint64_t id = 0;  ///< increases by one; a repeated ID is the same batch, sent again
    std::vector<JobChange> jobs{};
    std::vector<StepNote> steps{};
    std::vector<Finish> finishes{};       ///< started -> ended
    std::vector<Entry> claims{};          ///< new entries
    std::vector<Start> starts{};          ///< claimed -> started
    std::vector<Skip> skips{};            ///< claimed -> skipped
    std::optional<WallTime> watermark{};  ///< advances with the last claim of its instant
    std::vector<AuditNote> audit{};

    [[nodiscard]] bool empty() const {
        return jobs.empty() && steps.empty() && finishes.empty() && claims.empty() &&
               starts.empty() && skips.empty() && !watermark && audit.empty();
    }
    /// True if it contains only ends of attempts: nothing is decided.
    [[nodiscard]] bool only_ends() const {
        return jobs.empty() && steps.empty() && claims.empty() && starts.empty() && skips.empty() &&
               !watermark;
    }
};

/// What is known at the start.
struct Snapshot {
    /// None: this store has never contained jobs (or was purged), and those of the configuration
    /// are used. Empty: the jobs were deleted, and the configuration is not used.
    std::optional<std::vector<StoredJob>> jobs;
    std::optional<WallTime> watermark;
    /// All entries that are claimed or started, by due time.
    std::vector<Entry> open;
    /// Ended entries at or above the watermark: their due times have already been decided.
    std::vector<Entry> decided;
    /// The last recorded step of the wall clock.
    std::optional<StepNote> step;
    /// The ID of the last stored batch; the scheduler's next one is higher.
    std::uint64_t last_batch = 0;
    /// At least the manual runs claimed within 24 h before the newest of them.
    std::vector<TriggerKey> keys{};
};

enum class CommitStatus : std::uint8_t {
    done,     ///< stored
    failed,   ///< nothing was stored; the scheduler is degraded and tries again
    unknown,  ///< the answer was lost; the same batch is sent again
    fatal,    ///< the scheduler stops with this reason
};

struct CommitResult {
    CommitStatus status = CommitStatus::done;
    std::string reason{};  ///< why it is not `done`; with `done`, the problem that was overcome
    /// With `done`: a batch that starts something would have been rejected, for `reason`. The
    /// scheduler stays degraded.
    bool starts_nothing = false;
};

/// Stores jobs and the ledger. Plain synchronous code; you can implement your own.
///
/// A batch is stored completely or not at all. Its members are applied in the order of their
/// declaration: a start may refer to an entry claimed in the same batch. The watermark may move
/// backwards (after the clock was set). For a batch with the same ID as the last one stored, the
/// result is `done` and nothing changes. An exception counts as `unknown`.
///
/// Thread-safety: the scheduler calls from one thread at a time.
class Storage {
public:
    virtual ~Storage() = default;

    [[nodiscard]] virtual Result<Snapshot> load() = 0;
    [[nodiscard]] virtual CommitResult commit(const Batch& batch) = 0;

    /// False if `commit` does nothing that could fail or block (Noop); the scheduler then does not
    /// need to create entries for it.
    [[nodiscard]] virtual bool keeps_ledger() const { return true; }

protected:
    Storage() = default;
    Storage(const Storage&) = default;
    Storage& operator=(const Storage&) = default;
};

}  // namespace quantum
