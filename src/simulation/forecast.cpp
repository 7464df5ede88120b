#include "simulation/forecast.hpp"

#include <algorithm>
#include <utility>

#include "quantum/scheduler.hpp"
#include "quantum/storage/noop_storage.hpp"
#include "quantum/testing/simulated_clock.hpp"
#include "quantum/testing/simulated_runtime.hpp"

#include "simulation/forecast_runner.hpp"
#include "simulation/mutant.hpp"

namespace quantum::simulation {

Result<Forecast> forecast(std::vector<Job> jobs, const ForecastOptions& options) {
    constexpr int steps = 200;
    Forecast found;
    for (const Job& job : jobs) found.jobs.push_back({.name = job.name()});
    SimulatedClock clock(options.from);
    SimulatedRuntime runtime(1);
    NoopStorage storage;
    ForecastRunner runner(clock, options, found);
    clock.settle_with([&] { runtime.run_until_idle(); });
    SchedulerConfig config = options.config;
    config.seed = 1;
    Scheduler scheduler({clock, runtime, storage, runner}, std::move(config));
    static_cast<void>(scheduler.attach(
        [&](const TelemetryEvent& event) {
            ++found.skips[std::string(event.text)];
            ++found.jobs[runner.index_of(*event.job)].skips;
        },
        kind_bit(TelemetryKind::job_skip)));
    if (Status added = scheduler.add_jobs(std::move(jobs)); !added) {
        return tl::unexpected(std::move(added).error());
    }
    if (Status started = scheduler.start(); !started) {
        return tl::unexpected(std::move(started).error());
    }
    const WallTime last = options.until - Duration(mutated(SimulationMutant::end_included) ? 0 : 1);
    const Duration step = (last - options.from) / steps + Duration(1);
    for (WallTime at = options.from; at < last; at += step) {
        clock.advance_to(std::min(at + step, last));
        if (options.progress) options.progress(clock.wall_now());
    }
    runner.close_instant();
    found.still_running = runner.running();
    return found;
}

}  // namespace quantum::simulation
