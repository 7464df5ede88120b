#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/storage.hpp"

// What becomes of a due time, as pure functions of the open entries and the clock.
namespace quantum::scheduler {

/// How late a missed due time may still run where the job does not say: half the distance to the
/// next one, at least a minute, at most an hour; half a day where the distance is a day or more.
[[nodiscard]] Duration default_grace(WallTime due, std::optional<WallTime> next);

/// How late a due time of the job may start: its own word or the default; no limit where it has no
/// schedule any more.
[[nodiscard]] Duration grace_of(const Job& job, WallTime due);

/// Due times of one job that share one fate without running.
struct Stretch {
    WallTime from;
    WallTime until;
    std::uint32_t count = 0;
    EntryState state = EntryState::skipped;
    SkipReason reason = SkipReason::misfire;

    friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// What becomes of the first undecided due time of a job, and of those decided along with it.
struct Verdict {
    std::optional<Stretch> stretch;
    std::optional<WallTime> run;  ///< after the stretch
    WallTime last;                ///< everything up to here is decided
    bool recovered = false;       ///< the run counts against the cap

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

struct MissedRules {
    Misfire misfire = Misfire::one;
    std::optional<Duration> grace;
    std::uint32_t cap = 100;
    std::uint32_t recovered = 0;  ///< runs that this gap has had already
};

/// Decides `first` (at or before `now`). Due times at or before `missed_until` are missed; one that
/// is not simply runs. With `all`, one due time at a time, so that jobs keep their order.
[[nodiscard]] Verdict decide_missed(const MissedRules& rules, const Schedule& schedule,
                                    WallTime first, WallTime missed_until, WallTime now);

/// What a run that is due does, given the open entries of its job.
enum class Admission : std::uint8_t {
    go,       ///< it may start as soon as there is a place
    skip,     ///< skipped(overlap)
    wait,     ///< claimed, until the job's open runs have ended
    replace,  ///< the same, and they are told to end; what waits already is skipped
};

struct OpenRuns {
    std::uint32_t open = 0;     ///< all, waiting ones included
    std::uint32_t waiting = 0;  ///< of these, for their turn
};

[[nodiscard]] Admission admit(Overlap overlap, std::uint32_t queue_limit, const OpenRuns& runs);

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
