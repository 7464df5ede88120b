#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace quantum {

/// What may go wrong or be done in a simulation.
enum class SimulatedFault : std::uint8_t {
    storage_failed,    ///< a batch is rejected
    storage_lost,      ///< a batch is silently lost
    storage_stored,    ///< a batch is stored, but the answer is lost
    storage_slow,      ///< the storage does not answer for seconds to minutes
    stage_crash,       ///< a stage crashes at any message
    process_crash,     ///< the process dies at any message, and a new one starts
    suspend,           ///< the machine sleeps
    clock_forward,     ///< the wall clock is set forward, by up to three hours
    clock_backward,    ///< the wall clock is set back, by up to three hours
    clock_correction,  ///< the wall clock is set by more, in either direction
    task_failure,      ///< a run fails
    task_hang,         ///< a run continues for hours, or forever
    job_edited,        ///< a job is replaced while it runs
    job_deleted,       ///< a job is deleted, and added again later
    job_paused,        ///< a job is deactivated, and activated again later
    manual_run,        ///< a job is run manually
};

inline constexpr std::size_t simulated_fault_kinds = 16;

/// "storage_failed" …
[[nodiscard]] std::string_view to_string(SimulatedFault fault);

/// A set of kinds of faults. A value.
class SimulatedFaults {
public:
    constexpr SimulatedFaults() = default;
    constexpr SimulatedFaults(std::initializer_list<SimulatedFault> faults) {
        for (const SimulatedFault fault : faults) bits_ |= bit(fault);
    }
    [[nodiscard]] static constexpr SimulatedFaults all() {
        SimulatedFaults faults;
        faults.bits_ = (1U << simulated_fault_kinds) - 1;
        return faults;
    }

    [[nodiscard]] constexpr bool contains(SimulatedFault fault) const {
        return (bits_ & bit(fault)) != 0;
    }
    [[nodiscard]] constexpr SimulatedFaults without(SimulatedFault fault) const {
        SimulatedFaults rest = *this;
        rest.bits_ &= ~bit(fault);
        return rest;
    }

private:
    static constexpr std::uint32_t bit(SimulatedFault fault) {
        return 1U << static_cast<std::uint32_t>(fault);
    }
    std::uint32_t bits_ = 0;
};

}  // namespace quantum
