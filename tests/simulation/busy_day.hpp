#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "quantum/testing.hpp"

#include "simulation/random_jobs.hpp"
#include "verify/print_history.hpp"

namespace quantum::test {

/// All kinds of fault, but those named in QUANTUM_WITHOUT ("suspend,stage_crash"): to find out
/// which of them a failing seed needs.
inline SimulatedFaults all_faults() {
    SimulatedFaults faults = SimulatedFaults::all();
    const char* without = std::getenv("QUANTUM_WITHOUT");
    if (without == nullptr) return faults;
    for (std::size_t kind = 0; kind < simulated_fault_kinds; ++kind) {
        const auto fault = static_cast<SimulatedFault>(kind);
        if (std::string_view(without).find(to_string(fault)) != std::string_view::npos) {
            faults = faults.without(fault);
        }
    }
    return faults;
}

/// A day of fifty mixed jobs, with everything that can go wrong. With QUANTUM_JOB=name in the
/// environment it prints all that is on record of the job.
inline SimulationReport busy_day(std::uint64_t seed, SimulationOptions options = {}) {
    using namespace std::chrono;
    // Days on which the clocks of some zone change, in turn, and a leap day.
    static constexpr std::array starts{
        sys_days(year(2027) / 3 / 13),  sys_days(year(2027) / 10 / 30),
        sys_days(year(2027) / 4 / 3),   sys_days(year(2018) / 11 / 3),
        sys_days(year(2011) / 12 / 29), sys_days(year(2028) / 2 / 28),
    };
    options.start = starts.at(seed % starts.size()) + hours(seed % 24);
    options.faults = all_faults();
    options.config.concurrency = seed % 3 == 0 ? 5 : 512;
    options.edit = [](const Job& job, std::uint64_t drawn) {
        return RandomJobs(drawn).make(job.name());
    };
    Simulation simulation(seed, std::move(options));
    simulation.add(RandomJobs(seed).make(50));
    simulation.run(hours(24));
    // What waits for a place may be behind others with hours of patience.
    SimulationReport report = simulation.finish(hours(4));
    if (const char* name = std::getenv("QUANTUM_JOB")) print(simulation.history(), name);
    return report;
}

}  // namespace quantum::test
