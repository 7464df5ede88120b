#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "quantum/storage/ledger.hpp"
#include "quantum/storage/memory_storage.hpp"
#include "quantum/testing/simulated_runtime.hpp"
#include "quantum/testing/simulation.hpp"

#include "simulation/draw.hpp"
#include "simulation/fault_plan.hpp"
#include "simulation/storage_lane.hpp"
#include "simulation/witnessed_storage.hpp"

namespace quantum {

/// The scheduler, the four seams around it, and what happens to them.
class Simulation::World {
public:
    World(std::uint64_t seed, SimulationOptions options);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void add(std::vector<Job> jobs);
    void script(const std::string& job, Script script);
    void run(Duration span);
    [[nodiscard]] SimulationReport finish(Duration rest);

    [[nodiscard]] Scheduler& scheduler() { return *scheduler_; }
    [[nodiscard]] SimulatedClock& clock() { return clock_; }
    [[nodiscard]] verify::History history() const;

private:
    // The process: starts, works until it is idle, dies at some turn, is restarted.
    void start_process();
    void end_process();
    void work();
    void die();
    void come_back();

    // A stride of time, and the faults after it.
    void pass(Duration stride);
    void disturb();
    void disturb_storage();
    void disturb_clock();
    void disturb_jobs();
    void step_clock(SimulatedFault fault, Duration size);
    [[nodiscard]] bool step_is_noted() const;
    void edit_job();
    void heal();

    [[nodiscard]] Script script_of(const Execution& execution);
    [[nodiscard]] const Job* any_job();
    [[nodiscard]] std::vector<Entry> entries() const;
    void add_witnesses(const ScriptedRunner& runner, std::vector<verify::Witness>& witnesses) const;
    [[nodiscard]] std::vector<std::string> problems();
    [[nodiscard]] static SchedulerConfig config_of(std::uint64_t seed,
                                                   const SimulationOptions& options);

    const std::uint64_t seed_;
    const SimulationOptions options_;
    const SchedulerConfig config_;
    simulation::Draw draw_;
    simulation::FaultPlan plan_;
    SimulatedClock clock_;
    SimulatedRuntime runtime_;
    simulation::StorageLane lane_;
    const bool own_lane_;  // the storage has a runtime of its own
    simulation::WitnessedStorage gate_;
    std::unique_ptr<Storage> storage_;
    std::vector<std::unique_ptr<ScriptedRunner>> runners_;  // one a process; the last one's is now
    std::unique_ptr<Scheduler> scheduler_;

    std::map<std::string, Job> jobs_;  // as they were added last
    std::set<std::string> deleted_;
    std::set<std::string> paused_;
    std::map<std::string, Script> scripts_;
    std::vector<verify::Outage> outages_;
    std::vector<std::string> failures_;       // of starts
    std::optional<std::uint64_t> last_turn_;  // the process dies when it has been given
    std::optional<WallTime> died_;
    std::size_t steps_made_ = 0;
    std::size_t steps_before_life_ = 0;  // noted before this process began
};

}  // namespace quantum
