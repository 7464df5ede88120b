#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "quantum/testing/fault.hpp"

#include "simulation/draw.hpp"

namespace quantum::simulation {

/// Which kinds of faults a seed has, how often each occurs, and how often each has occurred.
class FaultPlan {
public:
    /// Each allowed kind is enabled for three seeds in five, with a frequency from rare to often.
    FaultPlan(SimulatedFaults allowed, Draw& draw);

    /// Decides randomly whether the fault occurs now, and counts it.
    bool strikes(SimulatedFault fault);
    /// The probability of a fault at each opportunity, for callers that decide themselves.
    [[nodiscard]] double chance_of(SimulatedFault fault) const;
    void count(SimulatedFault fault, std::uint64_t times = 1);
    [[nodiscard]] bool has(SimulatedFault fault) const { return chance_of(fault) > 0; }

    /// No more faults occur.
    void heal() { chances_.fill(0); }

    [[nodiscard]] const std::array<std::uint64_t, simulated_fault_kinds>& struck() const {
        return struck_;
    }

private:
    Draw& draw_;
    std::array<double, simulated_fault_kinds> chances_{};
    std::array<std::uint64_t, simulated_fault_kinds> struck_{};
};

}  // namespace quantum::simulation
