#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "quantum/testing/fault.hpp"

#include "simulation/draw.hpp"

namespace quantum::simulation {

/// Which kinds of fault a seed has, how often each strikes, and how often each has struck.
class FaultPlan {
public:
    /// Each allowed kind is on for three seeds in five, from rarely to often.
    FaultPlan(SimulatedFaults allowed, Draw& draw);

    /// Draws whether the fault strikes now, and counts it.
    bool strikes(SimulatedFault fault);
    /// The chance of a fault at each occasion, for who draws himself.
    [[nodiscard]] double chance_of(SimulatedFault fault) const;
    void count(SimulatedFault fault, std::uint64_t times = 1);
    [[nodiscard]] bool has(SimulatedFault fault) const { return chance_of(fault) > 0; }

    /// Nothing strikes any more.
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
