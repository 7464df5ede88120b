#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/storage/storage.hpp"

// The decisions about due times, as pure functions of the open entries and the clock.
namespace quantum::scheduler {

/// How late a missed due time may still run if the job does not specify it: half the interval to
/// the next one, at least a minute and at most an hour; half a day if the interval is a day or
/// more.
[[nodiscard]] Duration default_grace(WallTime due, std::optional<WallTime> next);

/// How late a due time of the job may start: as specified or by default; unlimited if it has no
/// schedule any more.
[[nodiscard]] Duration grace_of(const Job& job, WallTime due);

/// Due times of a job that share the same fate without running.
struct DueRange {
    WallTime from;
    WallTime until;
    std::uint32_t count = 0;
    EntryState state = EntryState::skipped;
    SkipReason reason = SkipReason::misfire;

    friend bool operator==(const DueRange&, const DueRange&) = default;
};

/// The decision about the first undecided due time of a job, and those decided along with it.
struct Decision {
    std::optional<DueRange> range;
    std::optional<WallTime> run;  ///< after the range
    WallTime last;                ///< everything up to here has been decided
    bool recovered = false;       ///< the run counts towards the cap

    friend bool operator==(const Decision&, const Decision&) = default;
};

/// The first due time at or after `from`. `@reboot` is due whenever it is asked.
[[nodiscard]] std::optional<WallTime> first_due(const Schedule& schedule, WallTime from);

/// The due times in [first, last], none of which runs; none if there are none.
[[nodiscard]] std::optional<DueRange> skipped_between(const Schedule& schedule, WallTime first,
                                                      WallTime last, SkipReason reason);

struct MissedRules {
    Misfire misfire = Misfire::one;
    std::optional<Duration> grace;
    std::uint32_t cap = 100;
    std::uint32_t recovered = 0;  ///< runs for this gap so far
};

/// Decides `first` (at or before `now`). Due times at or before `missed_until` are missed; any
/// other one simply runs. With `all`, one due time is decided at a time, so that jobs keep their
/// order.
///
/// A job "*/10 * * * *" with a grace of an hour, whose machine slept from 01:55 to 02:31, decided
/// at 02:31 from 02:00 on:
///
///     one   02:00 to 02:20 are one row, coalesced, covered by the run of 02:30: one merged gap
///     all   02:00 runs; then, each decided by a call of its own, 02:10, 02:20, 02:30
///     skip  02:00 to 02:30 are one row, skipped(misfire)
///
/// With the default grace, half of ten minutes, `one` does the same, for only the last has to be in
/// time; with `all` those up to 02:20 are too late: one row, skipped(misfire), before 02:30 runs.
[[nodiscard]] Decision decide_missed(const MissedRules& rules, const Schedule& schedule,
                                     WallTime first, WallTime missed_until, WallTime now);

/// What happens to a due run, given the open entries of its job.
enum class Admission : std::uint8_t {
    go,       ///< it may start as soon as a slot is free
    skip,     ///< skipped(overlap)
    wait,     ///< claimed, until the job's open runs have ended
    replace,  ///< the same, and the open runs are terminated; already waiting ones are skipped
};

struct OpenRuns {
    std::uint32_t open = 0;     ///< all, including waiting ones
    std::uint32_t waiting = 0;  ///< of these, waiting for their turn
};

/// How long a function may run; none: unlimited, or the task is not a function.
[[nodiscard]] std::optional<Duration> function_timeout(const Job& job);

/// Admission is decided once, together with the due time, and never again: an admitted run may
/// still wait for a slot, but the job's own runs no longer matter. Suppose the run of 12:00 is open
/// and 12:05 is due:
///
///     allow    go: both run side by side
///     skip     skip: 12:05 has its row, skipped(overlap), even if 12:00 ends a second later
///     queue    wait: 12:05 is claimed and starts when 12:00 has ended; beyond `queue_limit`, skip
///     replace  replace: 12:00 is told to end, 12:05 starts when it has
[[nodiscard]] Admission admit(Overlap overlap, std::uint32_t queue_limit, const OpenRuns& runs);

/// The same for one of several missed runs that follow one another (`misfire = all`): it waits for
/// those before it, unless they may run concurrently.
[[nodiscard]] Admission admit_in_line(Overlap overlap, const OpenRuns& runs);

/// True if its grace was checked when it was decided, so that waiting behind its own job's runs
/// does not count: a missed run of a job that runs all of them.
[[nodiscard]] bool grace_is_settled(const Job& job, WallTime due, WallTime claimed_at,
                                    Duration misfire_after);

/// What a change of the wall clock means for schedules.
enum class StepKind : std::uint8_t {
    none,        ///< too small to matter
    forward,     ///< due times passed over are missed
    correction,  ///< so far forward that nothing is caught up
    backward,    ///< fixed-time schedules wait; running ones continue under the next pass
    rewind,      ///< so far back that all schedules continue from the new time
};

[[nodiscard]] StepKind classify_step(Duration size);

}  // namespace quantum::scheduler
