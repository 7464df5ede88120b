#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler_config.hpp"

namespace quantum::simulation {

/// How long runs of a job take, and how they end.
struct ExpectedRun {
    Duration duration{};
    OutcomeKind outcome = OutcomeKind::succeeded;
};

struct ForecastOptions {
    WallTime from;                                              ///< jobs count from here, inclusive
    WallTime until;                                             ///< exclusive
    std::map<std::string, ExpectedRun, std::less<>> runs = {};  ///< by job
    ExpectedRun other_runs = {};
    SchedulerConfig config = {};
    /// Called from time to time to report progress.
    std::function<void(WallTime)> progress = {};
};

struct JobForecast {
    std::string name;
    std::uint64_t executions = 0;
    std::uint64_t attempts = 0;   ///< of these executions, including the first ones
    std::uint64_t timed_out = 0;  ///< attempts that ran into the job's timeout, or were said to
    std::uint64_t overlaps = 0;   ///< started while an earlier run of the job was open
    std::uint64_t skips = 0;      ///< due times that did not run
    std::uint64_t peak = 0;       ///< concurrent runs of the job
};

/// An instant at which many runs start.
struct BusyInstant {
    WallTime at;
    std::uint64_t starts = 0;
    std::uint64_t running = 0;           ///< at once, with those that began
    std::vector<std::size_t> jobs = {};  ///< of the first that began; indexes into `jobs`
};

struct Forecast {
    std::vector<JobForecast> jobs;  ///< in the order they were given
    std::uint64_t executions = 0;
    std::uint64_t attempts = 0;   ///< of these executions, including the first ones
    std::uint64_t timed_out = 0;  ///< of the attempts
    std::uint64_t overlaps = 0;
    std::map<std::string, std::uint64_t> skips;  ///< by reason
    std::uint64_t peak = 0;                      ///< runs at once
    WallTime peak_at{};
    std::uint64_t still_running = 0;
    std::vector<BusyInstant> worst;  ///< most starts first
};

/// Forecasts what the jobs would do from `from` to `until`: runs the scheduler itself on simulated
/// time, with runs taking the given durations, limited by the job's timeout. No task is called.
///
/// Errors: those of `Scheduler::add_jobs`.
[[nodiscard]] Result<Forecast> forecast(std::vector<Job> jobs, const ForecastOptions& options);

}  // namespace quantum::simulation
