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
    /// Told now and then how far it is.
    std::function<void(WallTime)> progress = {};
};

struct JobForecast {
    std::string name;
    std::uint64_t executions = 0;
    std::uint64_t attempts = 0;   ///< at these executions, the first ones included
    std::uint64_t timed_out = 0;  ///< attempts that ran into the job's timeout, or were said to
    std::uint64_t overlaps = 0;   ///< began while an earlier run of the job was open
    std::uint64_t skips = 0;      ///< due times that did not run
    std::uint64_t peak = 0;       ///< runs of the job at once
};

/// Instants at which much begins.
struct BusyInstant {
    WallTime at;
    std::uint64_t starts = 0;
    std::uint64_t running = 0;           ///< at once, with those that began
    std::vector<std::size_t> jobs = {};  ///< of the first that began; indexes into `jobs`
};

struct Forecast {
    std::vector<JobForecast> jobs;  ///< in the order they were given
    std::uint64_t executions = 0;
    std::uint64_t attempts = 0;   ///< at these executions, the first ones included
    std::uint64_t timed_out = 0;  ///< of the attempts
    std::uint64_t overlaps = 0;
    std::map<std::string, std::uint64_t> skips;  ///< by reason
    std::uint64_t peak = 0;                      ///< runs at once
    WallTime peak_at{};
    std::uint64_t still_running = 0;
    std::vector<BusyInstant> worst;  ///< most starts first
};

/// What the jobs would do from `from` to `until`: the scheduler itself on simulated time, its runs
/// taking as long as they are said to take, but no longer than the job's timeout. No task is
/// called.
///
/// Errors: what `Scheduler::add_jobs` says.
[[nodiscard]] Result<Forecast> forecast(std::vector<Job> jobs, const ForecastOptions& options);

}  // namespace quantum::simulation
