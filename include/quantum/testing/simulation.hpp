#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler.hpp"
#include "quantum/storage/storage.hpp"
#include "quantum/testing/fault.hpp"
#include "quantum/testing/scripted_runner.hpp"
#include "quantum/testing/simulated_clock.hpp"
#include "quantum/verify.hpp"

namespace quantum {

struct SimulationOptions {
    /// What the clock shows at first.
    WallTime start = std::chrono::sys_days(std::chrono::year(2027) / 3 / 13);
    /// What may happen. Each seed takes some of these kinds, so that each also meets the others'
    /// absence; none: nothing goes wrong.
    SimulatedFaults faults = {};
    /// How the scheduler behaves. `seed` and, where stages crash, `max_restarts` are set for it.
    SchedulerConfig config = {};
    /// How long a run takes that no script was written for; drawn between the two.
    Duration shortest_run = Duration::zero();
    Duration longest_run = std::chrono::minutes(3);
    /// What `job_edited` makes of a job, from a number that was drawn. Empty: the job with the
    /// schedule of another one.
    std::function<Job(const Job& job, std::uint64_t drawn)> edit = {};
    /// Opens the storage: at the start, and again for each process after a crash, when the last one
    /// is gone. What it opens must be a Ledger too. Empty: memory that outlives the process.
    std::function<Result<std::unique_ptr<Storage>>()> open_storage = {};
};

/// What a simulation came to.
struct SimulationReport {
    std::uint64_t seed = 0;
    verify::Report verdict;             ///< what the checker says of the ledger and of the runs
    std::vector<std::string> problems;  ///< besides: "the scheduler is dead"
    std::array<std::uint64_t, simulated_fault_kinds> struck{};  ///< how often, by kind
    std::size_t runs = 0;                                       ///< attempts that were started
    std::uint64_t trace = 0;  ///< equal for equal runs, most probably different for others

    [[nodiscard]] bool clean() const { return verdict.clean() && problems.empty(); }
    [[nodiscard]] std::uint64_t times(SimulatedFault fault) const {
        return struck[static_cast<std::size_t>(fault)];
    }
    /// The seed, what struck and every finding, for people.
    [[nodiscard]] std::string text() const;
};

/// A whole scheduler on simulated time, with everything that can go wrong drawn from a seed, and a
/// checker that holds the outcome against the promise: at most one start per due time, and no due
/// time disappears silently.
///
///     for (const std::uint64_t seed : simulation_seeds(100)) {
///         Simulation simulation(seed, {.faults = SimulatedFaults::all()});
///         simulation.add(nightly_report());
///         simulation.run(std::chrono::hours(24 * 7));
///         const SimulationReport report = simulation.finish();
///         ASSERT_TRUE(report.clean()) << report.text();
///     }
///
/// Tasks are not called: runs follow scripts. The same seed, options and calls give the same run,
/// message by message.
///
/// Thread-safety: none, one thread uses it.
class Simulation {
public:
    explicit Simulation(std::uint64_t seed, SimulationOptions options = {});
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    /// Adds the job or replaces the one of its name. While the storage is in trouble it may be
    /// taken later or not at all; what became of it is in the ledger.
    void add(Job job);
    void add(std::vector<Job> jobs);

    /// From now on runs of `job` follow `script`; failures and hangs may still strike.
    void script(const std::string& job, Script script);

    /// Lets `span` pass, with whatever strikes meanwhile.
    void run(Duration span);

    /// Nothing strikes any more; lets `rest` pass, so that everything can come to rest, and has the
    /// outcome checked.
    [[nodiscard]] SimulationReport finish(Duration rest = std::chrono::minutes(15));

    /// The scheduler of the current process: another one after each `process_crash`.
    [[nodiscard]] Scheduler& scheduler();
    [[nodiscard]] SimulatedClock& clock();
    /// Everything on record, as the checker sees it.
    [[nodiscard]] verify::History history() const;

private:
    class World;
    std::unique_ptr<World> world_;
};

/// The seeds 1 to `count`. With QUANTUM_SEED=n in the environment only n, to replay it; with
/// QUANTUM_SEEDS=n the seeds 1 to n.
[[nodiscard]] std::vector<std::uint64_t> simulation_seeds(std::size_t count);

}  // namespace quantum
