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
    /// The initial time of the clock.
    WallTime start = std::chrono::sys_days(std::chrono::year(2027) / 3 / 13);
    /// The faults that may occur. Each seed selects some of these kinds, so that each is also
    /// tested without the others; none: nothing goes wrong.
    SimulatedFaults faults = {};
    /// The configuration of the scheduler. `seed` and, if stages crash, `max_restarts` are
    /// overridden.
    SchedulerConfig config = {};
    /// The duration of runs without a script, chosen at random between the two.
    Duration shortest_run = Duration::zero();
    Duration longest_run = std::chrono::minutes(3);
    /// Creates the changed job for `job_edited`, from a random number. Empty: the job with the
    /// schedule of another one.
    std::function<Job(const Job& job, std::uint64_t drawn)> edit = {};
    /// Opens the storage: at the start, and for each new process after a crash, once the previous
    /// storage has been destroyed. It must also be a Ledger. Empty: memory that outlives the
    /// process.
    std::function<Result<std::unique_ptr<Storage>>()> open_storage = {};
};

/// The result of a simulation.
struct SimulationReport {
    std::uint64_t seed = 0;
    verify::Report verdict;             ///< the checker's verdict on the ledger and the runs
    std::vector<std::string> problems;  ///< other problems: "the scheduler is dead"
    std::array<std::uint64_t, simulated_fault_kinds> struck{};  ///< number of faults, by kind
    std::size_t runs = 0;                                       ///< number of started attempts
    std::uint64_t trace = 0;  ///< equal for equal runs, almost certainly different for others

    [[nodiscard]] bool clean() const { return verdict.clean() && problems.empty(); }
    [[nodiscard]] std::uint64_t times(SimulatedFault fault) const {
        return struck[static_cast<std::size_t>(fault)];
    }
    /// The seed, the faults and every finding, for people.
    [[nodiscard]] std::string text() const;
};

/// A complete scheduler in simulated time, with everything that can go wrong derived from a seed,
/// and a checker that compares the result with the promise: at most one start per due time, and no
/// due time disappears silently.
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
/// Thread-safety: none; for use by one thread.
class Simulation {
public:
    explicit Simulation(std::uint64_t seed, SimulationOptions options = {});
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    /// Adds a job or replaces the one with its name. While the storage is failing, it may be
    /// accepted later or not at all; the ledger shows what happened.
    void add(Job job);
    void add(std::vector<Job> jobs);

    /// From now on, runs of `job` follow `script`; failures and hangs may still occur.
    void script(const std::string& job, Script script);

    /// Lets `span` pass, with whatever faults occur.
    void run(Duration span);

    /// Stops all faults, lets `rest` pass so that everything can come to rest, and has the result
    /// checked.
    [[nodiscard]] SimulationReport finish(Duration rest = std::chrono::minutes(15));

    /// The scheduler of the current process: a different object after each `process_crash`.
    [[nodiscard]] Scheduler& scheduler();
    [[nodiscard]] SimulatedClock& clock();
    /// The complete record, as seen by the checker.
    [[nodiscard]] verify::History history() const;

private:
    class World;
    std::unique_ptr<World> world_;
};

/// The seeds 1 to `count`. If QUANTUM_SEED=n is set in the environment, only n, to replay it; if
/// QUANTUM_SEEDS=n is set, the seeds 1 to n.
[[nodiscard]] std::vector<std::uint64_t> simulation_seeds(std::size_t count);

}  // namespace quantum
