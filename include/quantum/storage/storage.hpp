#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// What a claim was decided to be. Words as in the ledger; the first two are open.
enum class EntryState : std::uint8_t {
    claimed,  ///< decided, provably not started
    started,  ///< stored before the work begins
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
};

[[nodiscard]] std::string_view to_string(EntryState state);
[[nodiscard]] std::string_view to_string(SkipReason reason);

/// One due time in the ledger, or a stretch of them. Identity: (job name, due, pass, target, kind).
struct Entry {
    ExecutionId id;
    std::string job;
    std::uint32_t revision = 1;
    WallTime due;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    std::string target = "*";
    EntryState state = EntryState::claimed;
    SkipReason reason = SkipReason::none;
    std::uint32_t attempt = 1;
    std::optional<ExecutionId> covered_by;  ///< of a coalesced entry
    WallTime claimed_at{};                  ///< when it was decided
    /// When it was stored `started` and handed to the runner: of its latest attempt.
    std::optional<WallTime> handed_at{};
    /// When the work of its first attempt began. Empty while that attempt is under way (its end
    /// brings it), where its end is unknown, and where it could not begin.
    std::optional<WallTime> started_at{};
    /// What its latest attempt that ended came to.
    std::optional<Outcome> outcome{};
    std::optional<WallTime> ended_at{};
    /// A stretch of coalesced or skipped due times is one entry: `due` is the first of them,
    /// `until` the last, `count` how many. An entry of one due time has `until == due`.
    WallTime until{};
    std::uint32_t count = 1;
    /// Its first attempt is not to start before this, for jitter. Lateness counts from here.
    std::optional<WallTime> not_before{};
    /// A further attempt is not to start before this: the end of its backoff.
    std::optional<WallTime> retry_at{};
    /// Of a manual one: the idempotency key it was asked for with; empty: none.
    std::string key{};

    [[nodiscard]] bool open() const {
        return state == EntryState::claimed || state == EntryState::started;
    }
    /// When its first attempt was to start.
    [[nodiscard]] WallTime planned() const {
        return not_before && *not_before > due ? *not_before : due;
    }
    /// How much later than planned the work of its first attempt began; none: not known.
    [[nodiscard]] std::optional<Duration> lateness() const {
        if (!started_at) return std::nullopt;
        return *started_at - planned();
    }
};

/// One try at an execution. Attempts count from 1 under the same execution id.
struct Attempt {
    std::uint32_t number = 1;
    WallTime planned;                      ///< not to start before this
    std::optional<WallTime> started_at{};  ///< see `Entry::started_at`
    std::optional<WallTime> ended_at{};    ///< none: it is under way
    std::optional<Outcome> outcome{};      ///< none: it is under way

    friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// One definition of a job, in force from `effective_from` until the next revision of the name.
struct StoredJob {
    JobRef job;
    std::uint32_t revision = 1;
    /// From `load`, the epoch means that it is not known: after the watermark, else from the start.
    WallTime effective_from;
    std::string note{};       ///< why this revision: "paused by ops: disk swap"
    std::string zone_data{};  ///< version of the zone data its due times were computed with
};

enum class JobChangeKind : std::uint8_t { added, updated, deleted, purged_all };

struct JobChange {
    JobChangeKind kind = JobChangeKind::added;
    std::string name;         ///< empty for purged_all
    StoredJob stored;         ///< of deleted and purged_all without the job: since when it is gone
    bool only_state = false;  ///< of updated: it differs from the one before in its state only
};

/// The end of an attempt whose entry was `started`; or of an entry that was `claimed` for another
/// attempt which is not made.
struct Finish {
    ExecutionId id;
    std::uint32_t attempt = 1;
    Outcome outcome;
    WallTime ended_at;
    std::optional<WallTime>
        started_at{};  ///< of this attempt; none: it did not begin, or nobody knows
    std::optional<CapturedOutput> output{};
    /// There is to be another attempt: the entry is `claimed` again, for `attempt` + 1 and not
    /// before this; its outcome is what the last attempt came to. None: the entry is ended.
    std::optional<WallTime> retry_at{};
};

/// A manual run that was asked for with an idempotency key.
struct TriggerKey {
    std::string job;
    std::string key;
    ExecutionId id;
    WallTime at;  ///< when it was claimed

    friend bool operator==(const TriggerKey&, const TriggerKey&) = default;
};

/// An entry that was `claimed` and begins now.
struct Start {
    ExecutionId id;
    WallTime handed_at;  ///< see `Entry::handed_at`
};

/// An entry that was `claimed` and will not run.
struct Skip {
    ExecutionId id;
    SkipReason reason = SkipReason::concurrency;
    WallTime ended_at;
};

/// The wall clock was set, or a machine came back to a schedule that must not be replayed.
struct StepNote {
    WallTime before;  ///< what the wall clock would have shown without the step
    WallTime after;
    std::uint32_t pass = 0;     ///< in force afterwards for due times at or before `repeated_until`
    WallTime repeated_until{};  ///< the latest instant the wall clock had reached before
    WallTime
        fixed_times_done_until{};   ///< up to here fixed-time schedules have had their due times
    std::uint32_t rewind_pass = 0;  ///< the pass in which all schedules last began anew
    WallTime rewind_until{};        ///< the latest instant the wall clock had reached before that

    friend bool operator==(const StepNote&, const StepNote&) = default;
};

/// Who did what to the schedule: every change of a job and every run by hand.
struct AuditNote {
    WallTime at;
    std::string actor;   ///< "api:token-name", "cli:uid 0", "file:ops.crontab"
    std::string action;  ///< "pause", "trigger", "add" …
    std::string job;     ///< empty where it concerns no single job
    std::string detail;  ///< before and after, or the reason given

    friend bool operator==(const AuditNote&, const AuditNote&) = default;
};

/// Everything durable is an entry of a batch, applied atomically and in the order of the members.
struct Batch {
    std::uint64_t id = 0;  ///< rises by one; a repeated id is the same batch, sent again
    std::vector<JobChange> jobs{};
    std::vector<StepNote> steps{};
    std::vector<Finish> finishes{};       ///< started -> its end
    std::vector<Entry> claims{};          ///< new entries
    std::vector<Start> starts{};          ///< claimed -> started
    std::vector<Skip> skips{};            ///< claimed -> skipped
    std::optional<WallTime> watermark{};  ///< moves with the last claim of its instant
    std::vector<AuditNote> audit{};

    [[nodiscard]] bool empty() const {
        return jobs.empty() && steps.empty() && finishes.empty() && claims.empty() &&
               starts.empty() && skips.empty() && !watermark && audit.empty();
    }
    /// Ends of attempts and nothing else: nothing is decided.
    [[nodiscard]] bool only_ends() const {
        return jobs.empty() && steps.empty() && claims.empty() && starts.empty() && skips.empty() &&
               !watermark;
    }
};

/// What is known at start.
struct Snapshot {
    /// None: this store never held jobs (or was purged), so the configuration's are taken.
    /// Empty: the jobs were deleted, and stay so.
    std::optional<std::vector<StoredJob>> jobs;
    std::optional<WallTime> watermark;
    /// All entries that are claimed or started, in the order of their due times.
    std::vector<Entry> open;
    /// Ended entries at or above the watermark: their due times are decided already.
    std::vector<Entry> decided;
    /// The last step of the wall clock that was noted.
    std::optional<StepNote> step;
    /// The id of the last batch stored; the scheduler's next one is higher.
    std::uint64_t last_batch = 0;
    /// Of the manual runs claimed in the last 24 h before the newest of them, at least.
    std::vector<TriggerKey> keys{};
};

enum class CommitStatus : std::uint8_t {
    done,     ///< stored
    failed,   ///< nothing was stored; the scheduler is degraded and tries again
    unknown,  ///< the answer was lost; the same batch is sent again
    fatal,    ///< the scheduler stops with the reason
};

struct CommitResult {
    CommitStatus status = CommitStatus::done;
    std::string reason{};  ///< why not `done`; with `done`, what had to be overcome
    /// With `done`: a batch that starts something would have been refused, for `reason`. The
    /// scheduler stays degraded.
    bool starts_nothing = false;
};

/// Where jobs and the ledger are kept. Plain synchronous code; users write their own.
///
/// A batch is stored whole or not at all. Its members are applied in the order they are declared:
/// a start may name an entry claimed in the same batch. The watermark may move backward (the clock
/// was set). A batch whose id equals the last one stored is answered `done` and changes nothing.
/// An exception counts as `unknown`.
///
/// Thread-safety: the scheduler calls from one thread at a time, never from two at once.
class Storage {
public:
    virtual ~Storage() = default;

    [[nodiscard]] virtual Result<Snapshot> load() = 0;
    [[nodiscard]] virtual CommitResult commit(const Batch& batch) = 0;

    /// False where `commit` does nothing that could fail or wait (Noop): the scheduler then need
    /// not build entries for it.
    [[nodiscard]] virtual bool keeps_ledger() const { return true; }

protected:
    Storage() = default;
    Storage(const Storage&) = default;
    Storage& operator=(const Storage&) = default;
};

}  // namespace quantum
