// Schedulers whose processes die under every kind of fault, over a storage that keeps no functions:
// after each crash jobs are without theirs, and get them one after the other.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>

#include <gtest/gtest.h>

#include "quantum/storage/memory_storage.hpp"
#include "quantum/testing.hpp"

#include "model/job_parts.hpp"
#include "simulation/busy_day.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

/// A disk: the memory outlives the process, and the tasks of most jobs do not.
class Forgetful final : public Storage, public Ledger {
public:
    explicit Forgetful(std::shared_ptr<MemoryStorage> memory) : memory_(std::move(memory)) {}

    Result<Snapshot> load() override {
        auto snapshot = memory_->load();
        if (!snapshot || !snapshot->jobs) return snapshot;
        for (StoredJob& stored : *snapshot->jobs) {
            if (stored.job->name().back() == '0') continue;
            Job forgotten = *stored.job;
            model::JobParts::task(forgotten) = Task();
            stored.job = std::move(forgotten);
        }
        return snapshot;
    }
    CommitResult commit(const Batch& batch) override { return memory_->commit(batch); }
    Result<std::vector<Entry>> entries(const EntryQuery& query) const override {
        return memory_->entries(query);
    }
    Result<Entry> entry(std::string_view prefix) const override { return memory_->entry(prefix); }
    Result<LedgerBounds> bounds() const override { return memory_->bounds(); }

private:
    std::shared_ptr<MemoryStorage> memory_;
};

/// Gives some of the unbound jobs their functions.
void give_some(Simulation& simulation, std::mt19937_64& draw, unsigned percent) {
    const auto problems = simulation.scheduler().problems();
    if (!problems) return;
    for (const JobProblem& problem : *problems) {
        if (problem.kind != ProblemKind::unbound || draw() % 100 >= percent) continue;
        const auto found = simulation.scheduler().find_job(problem.job);
        if (!found || !*found) continue;
        Job job = **found;
        // A function is no change; what could be stored is a new definition.
        const bool is_function = draw() % 4 != 0;
        ASSERT_TRUE(
            job.set_task(is_function ? Task(Function([] {})) : Task(HandlerCall{job.name(), {}})));
        simulation.add(std::move(job));
    }
}

TEST(UnboundSeeds, KeepThePromiseUnderFaults) {
    std::size_t waited = 0;
    std::size_t given_up = 0;
    std::size_t covered = 0;
    const auto seeds = simulation_seeds(60);
    for (const std::uint64_t seed : seeds) {
        SimulationOptions options;
        options.faults = all_faults();
        const auto memory = std::make_shared<MemoryStorage>(std::size_t{1} << 40U);
        memory->forget_job_history();
        options.open_storage = [memory]() -> Result<std::unique_ptr<Storage>> {
            return std::make_unique<Forgetful>(memory);
        };
        options.config.concurrency = seed % 3 == 0 ? 3 : 512;
        options.edit = [](const Job& job, std::uint64_t drawn) {
            return RandomJobs(drawn).make(job.name());
        };
        Simulation simulation(seed, std::move(options));
        simulation.add(RandomJobs(seed).make(20));
        std::mt19937_64 draw(seed);
        for (int stride = 0; stride < 36; ++stride) {
            simulation.run(20min);
            give_some(simulation, draw, 30);
        }
        give_some(simulation, draw, 100);
        const SimulationReport report = simulation.finish(4h);
        if (const char* name = std::getenv("QUANTUM_JOB")) print(simulation.history(), name);
        ASSERT_TRUE(report.clean()) << report.text();
        for (const Entry& entry : simulation.history().entries) {
            const bool ran = entry.state == EntryState::succeeded;
            if (entry.reason == SkipReason::unbound) ++(ran ? waited : given_up);
            if (entry.state == EntryState::coalesced && entry.count == 1 &&
                entry.ended_at > entry.claimed_at) {
                ++covered;
            }
        }
    }
    if (seeds.size() < 20) return;
    EXPECT_GT(waited, seeds.size());
    EXPECT_GT(given_up, seeds.size());
    EXPECT_GT(covered, 0u);
}

}  // namespace
}  // namespace quantum::test
