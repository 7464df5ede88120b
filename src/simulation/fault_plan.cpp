#include "simulation/fault_plan.hpp"

#include "simulation/mutant.hpp"

namespace quantum {

std::string_view to_string(SimulatedFault fault) {
    static constexpr std::array<std::string_view, simulated_fault_kinds> names{
        "storage_failed", "storage_lost",     "storage_stored", "storage_slow",
        "stage_crash",    "process_crash",    "suspend",        "clock_forward",
        "clock_backward", "clock_correction", "task_failure",   "task_hang",
        "job_edited",     "job_deleted",      "job_paused",     "manual_run"};
    return names.at(static_cast<std::size_t>(fault));
}

namespace simulation {

namespace {

// How often at most, by occasion: a batch, a message, a run, or a stride of some minutes.
double most(SimulatedFault fault) {
    switch (fault) {
        case SimulatedFault::storage_failed:
        case SimulatedFault::storage_lost:
        case SimulatedFault::storage_stored:
            return 0.05;
        case SimulatedFault::stage_crash:
            return 0.005;
        case SimulatedFault::task_failure:
            return 0.3;
        case SimulatedFault::task_hang:
            return 0.01;
        case SimulatedFault::clock_forward:
        case SimulatedFault::clock_backward:
        case SimulatedFault::clock_correction:
            return 0.02;
        case SimulatedFault::storage_slow:
        case SimulatedFault::process_crash:
        case SimulatedFault::suspend:
            return 0.05;
        case SimulatedFault::job_edited:
        case SimulatedFault::job_deleted:
        case SimulatedFault::job_paused:
        case SimulatedFault::manual_run:
            return 0.15;
    }
    return 0;
}

}  // namespace

FaultPlan::FaultPlan(SimulatedFaults allowed, Draw& draw) : draw_(draw) {
    for (std::size_t kind = 0; kind < simulated_fault_kinds; ++kind) {
        const auto fault = static_cast<SimulatedFault>(kind);
        const double share = draw_.chance(0.6) ? 0.1 * static_cast<double>(draw_.number(2, 10)) : 0;
        if (allowed.contains(fault) || mutated(SimulationMutant::faults_not_allowed_strike))
            chances_.at(kind) = share * most(fault);
    }
}

double FaultPlan::chance_of(SimulatedFault fault) const {
    return chances_.at(static_cast<std::size_t>(fault));
}

bool FaultPlan::strikes(SimulatedFault fault) {
    const double chance = chance_of(fault);
    if (chance <= 0 || !draw_.chance(chance)) return false;
    count(fault);
    return true;
}

void FaultPlan::count(SimulatedFault fault, std::uint64_t times) {
    struck_.at(static_cast<std::size_t>(fault)) += times;
}

}  // namespace simulation
}  // namespace quantum
