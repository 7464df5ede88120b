// Whole schedulers under every kind of fault, each seed a day of fifty jobs, checked by
// quantum::verify. A failing seed is printed and replays exactly: QUANTUM_SEED=<seed>.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "quantum/testing.hpp"

#include "simulation/random_jobs.hpp"
#include "verify/words.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

// For who looks into a failing seed: everything on record of one job.
void print(const verify::History& history, const std::string& name) {
    for (const verify::JobRevision& revision : history.jobs) {
        if (revision.job != name) continue;
        std::cerr << "revision " << revision.revision << " from "
                  << verify::words(revision.effective_from) << " to "
                  << (revision.effective_to ? verify::words(*revision.effective_to) : "now")
                  << (revision.active ? "" : " paused") << " overlap "
                  << static_cast<int>(revision.overlap) << " misfire "
                  << static_cast<int>(revision.misfire);
        for (const auto& schedule : revision.schedules) {
            std::cerr << " '" << schedule.text << "' " << schedule.zone;
        }
        std::cerr << '\n';
    }
    for (const Entry& entry : history.entries) {
        if (entry.job != name) continue;
        std::cerr << verify::words(entry.due) << " x" << entry.count << " pass " << entry.pass
                  << " revision " << entry.revision << ' ' << verify::words(entry) << " claimed "
                  << verify::words(entry.claimed_at);
        if (entry.started_at) std::cerr << " started " << verify::words(*entry.started_at);
        if (entry.ended_at) std::cerr << " ended " << verify::words(*entry.ended_at);
        std::cerr << (entry.kind == ExecutionKind::manual ? " by hand\n" : "\n");
    }
    for (const verify::Witness& witness : *history.witnesses) {
        if (witness.job != name) continue;
        std::cerr << "seen " << verify::words(witness.due) << " at "
                  << verify::words(witness.started_wall) << " for "
                  << (witness.ended ? verify::words(*witness.ended - witness.started) : "ever")
                  << '\n';
    }
    for (const verify::Outage& outage : history.outages) {
        std::cerr << "outage " << static_cast<int>(outage.kind) << ' ' << verify::words(outage.from)
                  << " to " << (outage.to ? verify::words(*outage.to) : "now") << '\n';
    }
    for (const StepNote& step : history.steps) {
        std::cerr << "step " << verify::words(step.before) << " to " << verify::words(step.after)
                  << " pass " << step.pass << " used " << verify::words(step.used_until)
                  << " repeated until " << verify::words(step.repeated_until) << '\n';
    }
}

SimulationReport day(std::uint64_t seed) {
    RandomJobs random(seed);
    SimulationOptions options;
    // Weekends on which the clocks of some zone change, in turn, and a plain day.
    static constexpr std::array starts{
        std::chrono::sys_days(std::chrono::year(2027) / 3 / 13),
        std::chrono::sys_days(std::chrono::year(2027) / 10 / 30),
        std::chrono::sys_days(std::chrono::year(2027) / 4 / 3),
        std::chrono::sys_days(std::chrono::year(2018) / 11 / 3),
        std::chrono::sys_days(std::chrono::year(2011) / 12 / 29),
        std::chrono::sys_days(std::chrono::year(2028) / 2 / 28),
    };
    options.start = starts.at(seed % starts.size()) + std::chrono::hours(seed % 24);
    options.faults = SimulatedFaults::all()
                         .without(SimulatedFault::clock_forward)
                         .without(SimulatedFault::clock_backward)
                         .without(SimulatedFault::clock_correction);
    options.config.concurrency = seed % 3 == 0 ? 5 : 512;
    options.edit = [](const Job& job, std::uint64_t drawn) {
        return RandomJobs(drawn).make(job.name());
    };
    Simulation simulation(seed, std::move(options));
    simulation.add(random.make(50));
    simulation.run(24h);
    SimulationReport report = simulation.finish(4h);
    if (const char* name = std::getenv("QUANTUM_JOB")) print(simulation.history(), name);
    return report;
}

TEST(WholeSchedulerTest, KeepsItsPromiseUnderFaults) {
    std::size_t failed = 0;
    std::size_t runs = 0;
    for (const std::uint64_t seed : simulation_seeds(100)) {
        const SimulationReport report = day(seed);
        runs += report.runs;
        if (report.clean()) continue;
        ++failed;
        if (failed <= 5) ADD_FAILURE() << report.text();
    }
    EXPECT_EQ(failed, 0u);
    RecordProperty("runs", std::to_string(runs));
}

}  // namespace
}  // namespace quantum::test
