#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/dialect.hpp"
#include "quantum/dst.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"

/// The checker: was the promise kept?
///
/// At most one start per due time, and no due time disappears silently. `check` takes what is
/// known about a stretch of time (definitions, ledger, notes of clock steps, outages and, in
/// tests, what really ran), computes every due time anew with a slow engine that shares nothing
/// with the one that schedules, and says what does not fit.
///
///     verify::History history;
///     history.add_changes(storage.job_history());
///     history.entries = *storage.entries({.limit = 1'000'000});
///     history.watermark = storage.watermark();
///     history.retained_from = storage.bounds()->from;
///     auto report = verify::check(history);
///     if (!report.clean()) std::cerr << verify::to_text(report);
///
/// Thread-safety: pure functions over values.
namespace quantum {
class Ledger;
}

namespace quantum::verify {

/// A schedule as its owner wrote it.
struct ScheduleText {
    std::string text;
    Dialect dialect = Dialect::cron;
    std::string zone = "UTC";
    DstPolicy dst = {};
    std::optional<Duration> period = {};  ///< of an interval: counts instead of the text
    std::optional<WallTime> once = {};    ///< the instant of one that is due once: as `period`
    bool composed = false;  ///< put together in code: `text` is only words, and is not judged
    /// Where both day fields are restricted: whether one or both must match. None: the dialect's.
    std::optional<DayRule> days = {};
    /// Of the job: what `~` and `H` are drawn from. Empty where the text has none.
    std::string name = {};
    /// What is left of its due times: from `from` on, before `until`, and not on these dates, in
    /// order, of `left_out_zone`.
    std::optional<WallTime> from = {};
    std::optional<WallTime> until = {};
    std::vector<std::chrono::year_month_day> left_out = {};
    std::string left_out_zone = {};

    friend bool operator==(const ScheduleText&, const ScheduleText&) = default;
};

/// One definition of a job and how long it was in force.
struct JobRevision {
    std::string job;
    std::uint32_t revision = 1;
    WallTime effective_from;               ///< inclusive
    std::optional<WallTime> effective_to;  ///< replaced or deleted; none: still in force
    bool active = true;                    ///< false: paused, or not switched on
    std::vector<ScheduleText> schedules;   ///< together one set of due times; may be empty
    std::optional<WallTime> anchor;        ///< of `@every`; none: the first acceptance
    Overlap overlap = Overlap::skip;
    std::uint32_t queue_limit = 1;
    Misfire misfire = Misfire::one;
    std::optional<Duration> grace;  ///< none: the documented default
    std::uint32_t misfire_cap = 100;
    std::uint32_t retries = 0;        ///< attempts after the first
    bool reruns_lost = false;         ///< `on_lost = "rerun"`
    Duration jitter{};                ///< the largest offset between due and not-before
    std::optional<Duration> timeout;  ///< of one attempt, from when it is handed over
    Duration kill_after{};            ///< it may take so long to end then
};

/// Why due times may have been noticed late.
enum class OutageKind : std::uint8_t {
    restart,  ///< the scheduler did not run: what was started is lost, what passed is missed
    suspend,  ///< the machine slept
    fault,    ///< it ran, but something was in its way: a storage that failed or was slow …
};

/// From when to when, by the wall clock. Without `to` it goes on.
struct Outage {
    OutageKind kind = OutageKind::restart;
    WallTime from;
    std::optional<WallTime> to;
};

/// What really began and ended, told by something outside the scheduler. A start that was refused
/// is a witness too, with `ended == started`.
struct Witness {
    ExecutionId id;
    std::string job;
    WallTime due;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    std::uint32_t attempt = 1;
    WallTime started_wall;          ///< what the wall clock showed at the start
    BootTime started;               ///< the same on the clock that never jumps
    std::optional<BootTime> ended;  ///< none: never seen to end
};

/// A watermark that was stored, and how many of the step notes were stored before it.
struct WatermarkMove {
    WallTime value;
    std::size_t steps_before = 0;
};

/// Everything the checker looks at.
struct History {
    std::vector<JobRevision> jobs;  ///< those of one name in the order they were stored
    std::vector<Entry> entries;     ///< in any order
    std::vector<StepNote> steps;    ///< in the order they were noted
    std::vector<Outage> outages;
    std::optional<WallTime> watermark;      ///< none: nothing was ever claimed
    std::vector<WatermarkMove> watermarks;  ///< in the order they were stored; may be empty
    /// Older due times are not judged: their rows may be gone. None: all are kept.
    std::optional<WallTime> retained_from;
    /// When the records were read, by the wall clock. None: what should be finished by now is not
    /// asked (a scheduler that does not run).
    std::optional<WallTime> now;
    std::optional<std::vector<Witness>> witnesses;  ///< none: nobody watched
    std::optional<std::uint32_t> concurrency;       ///< the scheduler's limit, where known

    /// Adds the revisions that a storage kept, in the order they were stored. A revision ends where
    /// the next of its name begins; a deletion tells its instant in `stored.effective_from`.
    void add_changes(std::span<const JobChange> changes);
};

/// What the checker takes as given.
struct Limits {
    /// Noticed later than this, a due time counts as missed (`misfire_after`).
    Duration misfire_after = std::chrono::seconds(5);
    /// Two records of one instant may differ by this much; also where a policy turns on a duration.
    Duration slack = std::chrono::seconds(1);
    /// The largest step of the wall clock that is not noted.
    Duration unnoted_step = std::chrono::seconds(2);
    /// With `History::now`: what is due must have been decided within this.
    Duration settle = std::chrono::seconds(10);
    /// A run may outlive its timeout by this much at least: the time to end it.
    Duration kill_after = std::chrono::seconds(10);
    /// At most this many findings are told; the rest are counted.
    std::size_t most = 1000;
    /// Of entries that are read from a ledger so many are in memory, of all jobs together; more
    /// where more are open at once, and a few of each job at least.
    std::size_t rows_in_memory = 65'536;
};

enum class FindingKind : std::uint8_t {
    lost,               ///< a due time without an entry
    doubled_claim,      ///< two entries for one due time
    doubled_start,      ///< one attempt began twice
    phantom,            ///< an entry at an instant at which nothing was due
    early,              ///< began before its due time
    late,               ///< began too late, and nothing explains it
    overlapping,        ///< ran beside another run of its job
    dangling_coalesce,  ///< covered by nothing, or by what is no later run
    needless_coalesce,  ///< coalesced although it was not missed, or against the policy
    not_coalesced,      ///< one recovery ran several times under `misfire = one`
    skip_that_ran,      ///< ran although the ledger or the policy says that it did not
    dropped,            ///< skipped as a misfire although the policy lets it run
    over_cap,           ///< one recovery ran more than `misfire_cap`
    skip_while_idle,    ///< skipped for an overlap, and nothing was open
    stale_revision,     ///< decided by a definition that was not in force
    ran_while_paused,   ///< ran while the job was paused
    open_too_long,      ///< still open although it must have ended
    no_entry,           ///< ran without an entry in the ledger
    no_witness,         ///< the ledger says that it ran, and nobody saw it
    too_many_attempts,  ///< more attempts than the job allows
    out_of_order,       ///< a queue that was not first in, first out
    over_limit,         ///< more at once than the concurrency limit
    bad_stretch,        ///< a stretch whose count is not that of its due times
    watermark_regress,  ///< the watermark went back, and the clock did not
    stalled,            ///< due, above the watermark, and still undecided
    unexplained,        ///< a row that contradicts itself, or a skip without a reason
};

[[nodiscard]] std::string_view to_string(FindingKind kind);

/// One thing that does not fit.
struct Finding {
    FindingKind kind = FindingKind::unexplained;
    std::string job;                ///< empty where it concerns none
    WallTime due;                   ///< the due time; of the watermark, its value
    std::optional<ExecutionId> id;  ///< of the entry, where there is one
    std::string text;               ///< one sentence for the operator
};

/// What was looked at and what was found.
struct Report {
    std::vector<Finding> findings;  ///< by job and due time
    std::size_t more = 0;           ///< findings beyond `Limits::most`
    /// Jobs that could not be judged and why ("report: the reference engine does not read …").
    std::vector<std::string> unjudged;
    std::size_t jobs = 0;
    std::size_t due_times = 0;
    std::size_t entries = 0;
    std::size_t witnesses = 0;

    [[nodiscard]] bool clean() const { return findings.empty() && more == 0; }
};

/// Compares what should have happened with what is on record. O(n log n) in due times and entries.
[[nodiscard]] Report check(const History& history, const Limits& limits = {});

/// The same with the entries of a ledger, read once and one by one: those of `history` do not
/// count, nor do its witnesses and its limit. What is in memory grows with the jobs and with what
/// is open at once, not with due times or entries.
///
/// Both must be of one instant: see `SqliteLedger::at_one_instant`. That the ids of its entries
/// differ is taken for granted. Errors: those of the ledger.
[[nodiscard]] Result<Report> check(const History& history, const Ledger& ledger,
                                   const Limits& limits = {});

/// The report in plain language, a line a finding, a summary at the end.
[[nodiscard]] std::string to_text(const Report& report);

/// The due times of a schedule in [from, to] by the slow engine, in order; the second value is why
/// it cannot read the text. For tests that compare engines.
struct ReferenceTimes {
    std::vector<WallTime> due;
    std::string problem;  ///< empty: `due` is the answer
};
[[nodiscard]] ReferenceTimes reference_times(const ScheduleText& schedule, WallTime from,
                                             WallTime to, WallTime anchor = {});

}  // namespace quantum::verify
