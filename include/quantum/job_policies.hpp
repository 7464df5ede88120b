#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum {

/// What happens if a job is due while an earlier run of it is open. A pending retry counts as open
/// too.
enum class Overlap : std::uint8_t {
    allow,    ///< it runs concurrently with the other
    skip,     ///< it does not run, and the ledger says so
    queue,    ///< it waits, in due order; it is skipped if the queue is full
    replace,  ///< the other is terminated first
};

/// What happens to due times that were missed: noticed too late, or during a restart, a suspend or
/// a clock step.
enum class Misfire : std::uint8_t {
    one,   ///< the latest runs, and the earlier ones are coalesced into it
    all,   ///< each runs, oldest first, one after the other; only the newest up to a cap
    skip,  ///< none of them runs
};

/// What happens to a run that was started and whose end is unknown because the process died.
enum class OnLost : std::uint8_t {
    record,  ///< it is recorded as lost; at most one start per attempt
    rerun,   ///< it is run again: the job runs at least once, possibly twice
};

/// The delay before a retry: `first` × `factor` ^ (attempt - 1), at most `longest`, minus a random
/// fraction of up to `jitter`; never less than 100 ms.
struct Backoff {
    Duration first = std::chrono::seconds(10);
    double factor = 2;  ///< 1: constant; at least 1
    Duration longest = std::chrono::hours(1);
    double jitter =
        0.2;  ///< 0 to 1; derived from execution ID and attempt, and therefore reproducible

    /// A constant delay.
    [[nodiscard]] static Backoff fixed(Duration every) { return {every, 1, every, 0}; }

    friend bool operator==(const Backoff&, const Backoff&) = default;
};

/// Holds a job back. Its due times are recorded as skipped and never caught up.
struct Pause {
    std::optional<WallTime> until = std::nullopt;  ///< exclusive; none: until it is resumed
    std::string note = {};                         ///< who and why, for information

    friend bool operator==(const Pause&, const Pause&) = default;
};

/// What happens to a job's due times and runs, apart from its schedule and its task.
struct JobPolicies {
    Overlap overlap = Overlap::skip;
    /// With `Overlap::queue`, the maximum number of waiting runs.
    std::uint32_t queue_limit = 1;
    Misfire misfire = Misfire::one;
    /// With `Misfire::all`, the maximum number that run after one gap.
    std::uint32_t misfire_cap = 100;
    /// How late a missed due time may still run; none: half the interval to the next due time.
    std::optional<Duration> grace = std::nullopt;
    /// The maximum delay between due time and start; each job has its own fixed delay, derived from
    /// its name.
    Duration jitter{};

    /// The maximum number of further attempts after one that failed or timed out.
    std::uint32_t retries = 0;
    Backoff backoff = {};
    /// Whether retries continue after the next due time; if not, the next due time ends them.
    bool retry_past_next = false;
    OnLost on_lost = OnLost::record;
    /// The maximum duration of an attempt. A command is terminated; a function is asked to stop,
    /// and shown as stuck until it does.
    std::optional<Duration> timeout = std::nullopt;

    /// Tags; runs of jobs with the same tag share its limit (`SchedulerConfig::tag_concurrency`).
    std::vector<std::string> tags = {};
    /// What happens to a single instant that has passed when the job is added: true runs it at
    /// once, false rejects the job.
    bool run_if_past = false;

    friend bool operator==(const JobPolicies&, const JobPolicies&) = default;
};

}  // namespace quantum
