#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/storage/storage.hpp"

// What becomes of a due time, as pure functions of the open entries and the clock.
namespace quantum::scheduler {

/// How late a missed due time may still run where the job does not say: half the distance to the
/// next one, at least a minute, at most an hour; half a day where the distance is a day or more.
[[nodiscard]] Duration default_grace(WallTime due, std::optional<WallTime> next);

/// How late a due time of the job may start: its own word or the default; no limit where it has no
/// schedule any more.
[[nodiscard]] Duration grace_of(const Job& job, WallTime due);

/// Due times of one job that share one fate without running.
struct DueRange {
    WallTime from;
    WallTime until;
    std::uint32_t count = 0;
    EntryState state = EntryState::skipped;
    SkipReason reason = SkipReason::misfire;

    friend bool operator==(const DueRange&, const DueRange&) = default;
};

/// What becomes of the first undecided due time of a job, and of those decided along with it.
struct Decision {
    std::optional<DueRange> range;
    std::optional<WallTime> run;  ///< after the range
    WallTime last;                ///< everything up to here is decided
    bool recovered = false;       ///< the run counts against the cap

    friend bool operator==(const Decision&, const Decision&) = default;
};

/// The first due time at or after `from`. `@reboot` is due when it is asked for.
[[nodiscard]] std::optional<WallTime> first_due(const Schedule& schedule, WallTime from);

/// The due times in [first, last], none of which runs; none: there are none.
[[nodiscard]] std::optional<DueRange> skipped_between(const Schedule& schedule, WallTime first,
                                                      WallTime last, SkipReason reason);

struct MissedRules {
    Misfire misfire = Misfire::one;
    std::optional<Duration> grace;
    std::uint32_t cap = 100;
    std::uint32_t recovered = 0;  ///< runs that this gap has had already
};

/// Decides `first` (at or before `now`). Due times at or before `missed_until` are missed; one that
/// is not simply runs. With `all`, one due time at a time, so that jobs keep their order.
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

/// What a run that is due does, given the open entries of its job.
enum class Admission : std::uint8_t {
    go,       ///< it may start as soon as there is a slot
    skip,     ///< skipped(overlap)
    wait,     ///< claimed, until the job's open runs have ended
    replace,  ///< the same, and they are told to end; what waits already is skipped
};

struct OpenRuns {
    std::uint32_t open = 0;     ///< all, waiting ones included
    std::uint32_t waiting = 0;  ///< of these, for their turn
};

/// How long a function may run; none: as long as it likes, or the task is no function.
[[nodiscard]] std::optional<Duration> function_timeout(const Job& job);

/// Admission is decided once, when the due time is, and never again: what is admitted may still
/// wait for a slot, but the job's own runs no longer matter. A run of 12:00 is open, 12:05 is due:
///
///     allow    go: both run side by side
///     skip     skip: 12:05 has its row, skipped(overlap), even if 12:00 ends a second later
///     queue    wait: 12:05 is claimed and starts when 12:00 has ended; beyond `queue_limit`, skip
///     replace  replace: 12:00 is told to end, 12:05 starts when it has
[[nodiscard]] Admission admit(Overlap overlap, std::uint32_t queue_limit, const OpenRuns& runs);

/// The same for one of several missed runs that follow one another (`misfire = all`): it waits for
/// those before it, but where they may run side by side.
[[nodiscard]] Admission admit_in_line(Overlap overlap, const OpenRuns& runs);

/// True if its grace was judged when it was decided, so that waiting behind its own job's runs does
/// not count: a missed run of a job that runs all of them.
[[nodiscard]] bool grace_is_settled(const Job& job, WallTime due, WallTime claimed_at,
                                    Duration misfire_after);

/// What a change of the wall clock means for schedules.
enum class StepKind : std::uint8_t {
    none,        ///< too small to matter
    forward,     ///< what was passed over is missed
    correction,  ///< so far forward that nothing is replayed
    backward,    ///< fixed-time schedules wait; running ones go on under the next pass
    rewind,      ///< so far back that all go on from the new now
};

[[nodiscard]] StepKind classify_step(Duration size);

}  // namespace quantum::scheduler
