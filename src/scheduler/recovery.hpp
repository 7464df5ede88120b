#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/scheduler_config.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/entries/open_entries.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/jobs/binding.hpp"
#include "scheduler/jobs/job_table.hpp"

namespace quantum::scheduler {

/// Recovers from a snapshot: converts the contents of the storage to the initial state of the
/// stages.
///
/// Three examples from a ledger whose scheduler was killed at 12:00:05, read at 12:10:
///
///     started at 12:00:00   its end is unknown: handed to the runner, which finds it or reports it
///                           as lost; `on_lost` decides whether it runs again
///     claimed at 12:00:00   it waited for a slot and never began: it waits again, or is skipped
///                           for `misfire` once its grace is over; if it waited for its function,
///                           it goes on waiting, or the misfire policy decides
///     no row for 12:05      the job's position is the watermark, 12:00, so 12:05 is undecided; it
///                           is a missed due time, and the misfire policy decides it
///
/// Used once, by Pipeline::start, before any stage runs, so it needs no lock.
class Recovery {
public:
    struct Instant {
        WallTime wall;
        BootTime boot;
    };
    /// The objects to fill in.
    struct Targets {
        ExecutionState& state;
        JobTable& table;
        TelemetryHub& hub;
    };

    Recovery(const Snapshot& snapshot, Instant instant, const SchedulerConfig& config,
             const std::string& zone_data, const Targets& targets, Binding binding = Binding());

    /// Returns the runs that were started and have no end, to be adopted by the runner.
    [[nodiscard]] std::vector<Execution> run();

private:
    void load_jobs();
    void compare_zone_data(std::span<const StoredJob> stored) const;
    void load_positions();
    [[nodiscard]] std::vector<Execution> load_open_entries();
    [[nodiscard]] OpenEntry open_entry(const Entry& entry, std::optional<std::uint32_t> index);
    void wait_anew(OpenEntry& open, const Entry& entry, std::optional<std::uint32_t> index) const;
    void wait_for_function(OpenEntry& open, bool in_turn) const;
    void note_bound(std::uint32_t index);

    const Snapshot& snapshot_;
    const WallTime now_;
    const BootTime boot_;
    const SchedulerConfig& config_;
    const std::string& zone_data_;
    ExecutionState& state_;
    JobTable& table_;
    TelemetryHub& hub_;
    const Binding binding_;
};

}  // namespace quantum::scheduler
