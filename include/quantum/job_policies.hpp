#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum {

/// What a due run does while an earlier one of the job is still open. A retry that waits for its
/// turn is open too.
enum class Overlap : std::uint8_t {
    allow,    ///< it runs beside the other
    skip,     ///< it does not run; the ledger says so
    queue,    ///< it waits for its turn, in due order; what finds the queue full is skipped
    replace,  ///< the other is ended first
};

/// What becomes of due times that were missed: noticed too late, or across a restart, a suspend or
/// a step of the clock.
enum class Misfire : std::uint8_t {
    one,   ///< the latest runs, the earlier ones are coalesced into it
    all,   ///< each runs, oldest first, one after the other; the newest up to a cap
    skip,  ///< none runs
};

/// What becomes of a run that was started and whose end is unknown: the process died.
enum class OnLost : std::uint8_t {
    record,  ///< it is recorded as lost; at most one start per attempt
    rerun,   ///< it is tried again: the job runs at least once, and perhaps twice
};

/// How long a run that failed waits until its next attempt:
/// `first` × `factor` ^ (attempt - 1), at most `longest`, less a random part of up to `jitter`.
struct Backoff {
    Duration first = std::chrono::seconds(10);
    double factor = 2;  ///< 1: always the same; at least 1
    Duration longest = std::chrono::hours(1);
    double jitter = 0.2;  ///< 0 to 1; drawn from execution id and attempt, so that it repeats

    /// Always the same.
    [[nodiscard]] static Backoff fixed(Duration every) { return {every, 1, every, 0}; }

    friend bool operator==(const Backoff&, const Backoff&) = default;
};

/// Holds a job back. Its due times are recorded as skipped and never caught up.
struct Pause {
    std::optional<WallTime> until = std::nullopt;  ///< exclusive; none: until it is resumed
    std::string note = {};                         ///< who and why, for whoever looks

    friend bool operator==(const Pause&, const Pause&) = default;
};

/// What becomes of a job's due times and runs, beyond its schedule and its task.
struct JobPolicies {
    Overlap overlap = Overlap::skip;
    /// With `Overlap::queue`, how many wait at most.
    std::uint32_t queue_limit = 1;
    Misfire misfire = Misfire::one;
    /// With `Misfire::all`, how many run at most after one gap.
    std::uint32_t misfire_cap = 100;
    /// How late a missed due time may still run; none: half the distance to the next, as
    /// documented.
    std::optional<Duration> grace = std::nullopt;
    /// The largest delay between due time and start; each job has its own, drawn from its name.
    Duration jitter{};

    /// Further attempts after one that failed or timed out.
    std::uint32_t retries = 0;
    Backoff backoff = {};
    /// Else the next due time ends the attempts of the one before.
    bool retry_past_next = false;
    OnLost on_lost = OnLost::record;
    /// How long an attempt may take. A function is asked to end and shown as stuck while it does
    /// not; a command is ended.
    std::optional<Duration> timeout = std::nullopt;

    /// Names whose limits (`SchedulerConfig::tag_concurrency`) the job's runs share.
    std::vector<std::string> tags = {};
    /// A single instant that is over when the job is added: it runs at once instead of being
    /// refused.
    bool run_if_past = false;

    friend bool operator==(const JobPolicies&, const JobPolicies&) = default;
};

}  // namespace quantum
