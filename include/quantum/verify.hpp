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
/// At most one start per due time, and no due time disappears silently. `check` takes what is known
/// about a period of time (definitions, ledger, recorded clock steps, outages and, in tests, what
/// actually ran), recomputes every due time with a slow engine that shares no code with the one
/// that schedules, and reports every discrepancy.
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
    std::optional<Duration> period = {};  ///< for an interval: used instead of the text
    std::optional<WallTime> once =
        {};                 ///< for a schedule that is due once: its instant; like `period`
    bool composed = false;  ///< composed in code: `text` is only a description, and is not checked
    /// If both day fields are restricted: whether one or both must match. None: the dialect's rule.
    std::optional<DayRule> days = {};
    /// The job's name, which determines `~` and `H`. Empty if the text has none.
    std::string name = {};
    /// Restrictions of its due times: at or after `from`, before `until`, and not on these dates
    /// (in order) in `left_out_zone`.
    std::optional<WallTime> from = {};
    std::optional<WallTime> until = {};
    std::vector<std::chrono::year_month_day> left_out = {};
    std::string left_out_zone = {};

    friend bool operator==(const ScheduleText&, const ScheduleText&) = default;
};

/// A definition of a job and the period during which it was in force.
struct JobRevision {
    std::string job;
    std::uint32_t revision = 1;
    WallTime effective_from;               ///< inclusive
    std::optional<WallTime> effective_to;  ///< replaced or deleted; none: still in force
    bool active = true;                    ///< false: inactive, or held back until it is resumed
    /// Held back by a pause that ends by itself: due times before this do not run.
    std::optional<WallTime> paused_until;
    std::vector<ScheduleText> schedules;  ///< together they form one set of due times; may be empty
    std::optional<WallTime> anchor;       ///< for `@every`; none: the first acceptance
    Overlap overlap = Overlap::skip;
    std::uint32_t queue_limit = 1;
    Misfire misfire = Misfire::one;
    std::optional<Duration> grace;  ///< none: the documented default
    std::uint32_t misfire_cap = 100;
    std::uint32_t retries = 0;        ///< attempts after the first
    bool reruns_lost = false;         ///< `on_lost = "rerun"`
    Duration jitter{};                ///< the maximum offset between due and not-before
    std::optional<Duration> timeout;  ///< of one attempt, counted from when it was handed over
    Duration kill_after{};            ///< how long it may then take to end
};

/// Why due times may have been noticed late.
enum class OutageKind : std::uint8_t {
    restart,  ///< the scheduler was not running: started runs are lost, due times meanwhile are
              ///< missed
    suspend,  ///< the machine slept
    fault,    ///< it was running, but hindered by a failing or slow storage, for example
};

/// A period in wall-clock time. Without `to`, it has not ended.
struct Outage {
    OutageKind kind = OutageKind::restart;
    WallTime from;
    std::optional<WallTime> to;
};

/// What actually started and ended, as observed outside the scheduler. A start that was rejected
/// also counts, with `ended == started`.
struct Witness {
    ExecutionId id;
    std::string job;
    WallTime due;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    std::uint32_t attempt = 1;
    WallTime started_wall;          ///< what the wall clock showed at the start
    BootTime started;               ///< the same on the boot clock
    std::optional<BootTime> ended;  ///< none: its end was not observed
};

/// A stored watermark, and how many step notes had been stored before it.
struct WatermarkMove {
    WallTime value;
    std::size_t steps_before = 0;
};

/// The input of the checker.
struct History {
    std::vector<JobRevision> jobs;  ///< those of one name in the order in which they were stored
    std::vector<Entry> entries;     ///< in any order
    std::vector<StepNote> steps;    ///< in the order in which they were recorded
    std::vector<Outage> outages;
    std::optional<WallTime> watermark;      ///< none: nothing was ever claimed
    std::vector<WatermarkMove> watermarks;  ///< in the order of storing; may be empty
    /// Older due times are not checked, because their rows may be gone. None: all rows are kept.
    std::optional<WallTime> retained_from;
    /// When the records were read, in wall-clock time. None: the checker does not ask what should
    /// have finished by now (for a scheduler that is not running).
    std::optional<WallTime> now;
    std::optional<std::vector<Witness>> witnesses;  ///< none: not observed
    std::optional<std::uint32_t> concurrency;       ///< the scheduler's limit, if known

    /// Adds the revisions kept by a storage, in the order in which they were stored. A revision
    /// ends where the next one of the same name starts; for a deletion, `stored.effective_from` is
    /// its instant.
    void add_changes(std::span<const JobChange> changes);
};

/// The checker's assumptions.
struct Limits {
    /// A due time noticed later than this counts as missed (`misfire_after`).
    Duration misfire_after = std::chrono::seconds(5);
    /// Two records of the same instant may differ by this much; also used where a policy depends on
    /// a duration.
    Duration slack = std::chrono::seconds(1);
    /// The largest step of the wall clock that is not recorded.
    Duration unnoted_step = std::chrono::seconds(2);
    /// With `History::now`: due times must have been decided within this time.
    Duration settle = std::chrono::seconds(10);
    /// A run may outlive its timeout by at least this much: the time needed to end it.
    Duration kill_after = std::chrono::seconds(10);
    /// The maximum number of findings reported; the rest are only counted.
    std::size_t most = 1000;
    /// The maximum number of entries read from a ledger that are in memory, over all jobs; more if
    /// more are open at the same time, and always a few per job.
    std::size_t rows_in_memory = 65'536;
};

enum class FindingKind : std::uint8_t {
    lost,               ///< a due time without an entry
    doubled_claim,      ///< two entries for the same due time
    doubled_start,      ///< an attempt started twice
    phantom,            ///< an entry at an instant that is not a due time
    early,              ///< started before its due time
    late,               ///< started too late, without an explanation
    overlapping,        ///< ran concurrently with another run of its job
    dangling_coalesce,  ///< covered by nothing, or by something that is not a later run
    needless_coalesce,  ///< coalesced although it was not missed, or against the policy
    not_coalesced,      ///< one recovery ran several times under `misfire = one`
    skip_that_ran,      ///< ran although the ledger or the policy says otherwise
    dropped,            ///< skipped as a misfire although the policy allows it to run
    over_cap,           ///< one recovery ran more than `misfire_cap`
    skip_while_idle,    ///< skipped because of an overlap, but nothing was open
    stale_revision,     ///< decided by a definition that was not in force
    ran_while_paused,   ///< ran while the job was paused
    open_too_long,      ///< still open although it must have ended
    no_entry,           ///< ran without an entry in the ledger
    no_witness,         ///< the ledger says that it ran, but this was not observed
    too_many_attempts,  ///< more attempts than the job allows
    out_of_order,       ///< a queue that was not first in, first out
    over_limit,         ///< more concurrent runs than the limit
    bad_stretch,        ///< a range whose count differs from its number of due times
    watermark_regress,  ///< the watermark moved backwards, but the clock did not
    stalled,            ///< due, above the watermark, and not yet decided
    unexplained,        ///< an inconsistent row, or a skip without a reason
};

[[nodiscard]] std::string_view to_string(FindingKind kind);

/// A discrepancy.
struct Finding {
    FindingKind kind = FindingKind::unexplained;
    std::string job;                ///< empty if it does not concern a job
    WallTime due;                   ///< the due time; for the watermark, its value
    std::optional<ExecutionId> id;  ///< of the entry, if there is one
    std::string text;               ///< one sentence for the operator
};

/// What was checked and what was found.
struct Report {
    std::vector<Finding> findings;  ///< by job and due time
    std::size_t more = 0;           ///< findings beyond `Limits::most`
    /// Jobs that could not be checked and why ("report: the reference engine does not read …").
    std::vector<std::string> unjudged;
    std::size_t jobs = 0;
    std::size_t due_times = 0;
    std::size_t entries = 0;
    std::size_t witnesses = 0;

    [[nodiscard]] bool clean() const { return findings.empty() && more == 0; }
};

/// Compares what should have happened with the record. O(n log n) in due times and entries.
[[nodiscard]] Report check(const History& history, const Limits& limits = {});

/// The same with the entries of a ledger, read once and one at a time; the entries, witnesses and
/// limit in `history` are ignored. Memory use grows with the number of jobs and of concurrently
/// open runs, not with due times or entries.
///
/// Both must be as of the same instant: see `SqliteLedger::at_one_instant`. The IDs of its entries
/// are assumed to be distinct. Errors: those of the ledger.
[[nodiscard]] Result<Report> check(const History& history, const Ledger& ledger,
                                   const Limits& limits = {});

/// The report in plain language, one line per finding, followed by a summary.
[[nodiscard]] std::string to_text(const Report& report);

/// The due times of a schedule in [from, to], computed by the slow engine, in order; or why it
/// cannot read the text. For tests that compare engines.
struct ReferenceTimes {
    std::vector<WallTime> due;
    std::string problem;  ///< empty: `due` is the answer
};
[[nodiscard]] ReferenceTimes reference_times(const ScheduleText& schedule, WallTime from,
                                             WallTime to, WallTime anchor = {});

}  // namespace quantum::verify
