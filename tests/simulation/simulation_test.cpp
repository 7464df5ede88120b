// Whole schedulers under every kind of fault, each seed a day of fifty jobs, checked by
// quantum::verify. A failing seed is printed and replays exactly: QUANTUM_SEED=<seed>.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/testing.hpp"

#include "simulation/busy_day.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shards = 5;

/// The seeds are split so that ctest runs them beside each other.
class BusyDaysTest : public testing::TestWithParam<std::size_t> {};

TEST_P(BusyDaysTest, KeepThePromiseUnderFaults) {
    std::array<std::size_t, simulated_fault_kinds> reached{};
    std::size_t seeds = 0;
    std::size_t failed = 0;
    std::size_t runs = 0;
    for (const std::uint64_t seed : simulation_seeds(500)) {
        if (seed % shards != GetParam()) continue;
        const SimulationReport report = busy_day(seed);
        ++seeds;
        runs += report.runs;
        for (std::size_t kind = 0; kind < simulated_fault_kinds; ++kind) {
            reached.at(kind) += report.struck.at(kind) > 0 ? 1 : 0;
        }
        if (!report.clean()) {
            ++failed;
            if (failed <= 5) ADD_FAILURE() << report.text();
            if (GTEST_FLAG_GET(fail_fast)) break;
        }
        // One in a hundred is run again.
        if (seed % 100 < shards) {
            EXPECT_EQ(busy_day(seed).trace, report.trace) << "seed " << seed;
        }
    }
    EXPECT_EQ(failed, 0u) << "of " << seeds;
    RecordProperty("runs", std::to_string(runs));
    if (seeds < 20) return;
    EXPECT_GT(runs, seeds * 300);
    for (std::size_t kind = 0; kind < simulated_fault_kinds; ++kind) {
        const auto fault = static_cast<SimulatedFault>(kind);
        if (!all_faults().contains(fault)) continue;
        EXPECT_GE(reached.at(kind) * 20, seeds) << to_string(fault);
    }
}

INSTANTIATE_TEST_SUITE_P(Shards, BusyDaysTest, testing::Range(std::size_t{0}, shards));

TEST(SimulationTest, WithoutFaultsEverythingRunsOnTime) {
    Simulation simulation(1);
    Job job;
    ASSERT_TRUE(job.set_name("report"));
    ASSERT_TRUE(job.set_schedule("30 2 * * *", {.zone = "America/New_York"}));
    ASSERT_TRUE(job.set_task(HandlerCall{"report", {}}));
    simulation.add(job);
    simulation.script("report", {.duration = 10min});
    simulation.run(72h);
    const SimulationReport report = simulation.finish();
    EXPECT_TRUE(report.clean()) << report.text();
    EXPECT_EQ(report.runs, 3u);
    const auto entries = simulation.history().entries;
    ASSERT_EQ(entries.size(), 3u);
    for (const Entry& entry : entries) {
        EXPECT_EQ(entry.state, EntryState::succeeded);
        EXPECT_EQ(entry.claimed_at, entry.due);
        EXPECT_EQ(*entry.ended_at - *entry.started_at, 10min);
    }
}

TEST(SimulationTest, OneShotsKeepThePromiseUnderFaults) {
    std::size_t runs = 0;
    std::vector<std::uint64_t> seeds = simulation_seeds(100);
    // A run that a step back left behind undecided, and later steps lead back to.
    if (seeds.size() > 1) seeds.push_back(80'959);
    for (const std::uint64_t seed : seeds) {
        SimulationOptions options;
        options.faults = all_faults();
        options.edit = [](const Job& job, std::uint64_t drawn) {
            Job edited = job;
            edited.set_misfire(drawn % 2 == 0 ? Misfire::one : Misfire::skip);
            return edited;
        };
        const WallTime start = options.start;
        Simulation simulation(seed, std::move(options));
        std::mt19937_64 draw(seed);
        std::uniform_int_distribution<int> minute(1, 24 * 60);
        for (int i = 0; i < 30; ++i) {
            Job job;
            ASSERT_TRUE(job.set_name("once " + std::to_string(i)));
            job.set_schedule(Schedule::once(start + std::chrono::minutes(minute(draw))));
            ASSERT_TRUE(job.set_task(HandlerCall{"once", {}}));
            if (i % 3 == 0) job.set_misfire(Misfire::all);
            simulation.add(job);
        }
        simulation.run(25h);
        const SimulationReport report = simulation.finish();
        if (const char* name = std::getenv("QUANTUM_JOB")) print(simulation.history(), name);
        ASSERT_TRUE(report.clean()) << report.text();
        EXPECT_TRUE(verify::check(simulation.history()).unjudged.empty());
        runs += report.runs;
    }
    EXPECT_GT(runs, seeds.size());
}

TEST(SimulationTest, TellsTheSeedAndWhatStruck) {
    SimulationReport report;
    report.seed = 42;
    report.struck.at(static_cast<std::size_t>(SimulatedFault::suspend)) = 3;
    report.problems.emplace_back("the scheduler is failed");
    EXPECT_FALSE(report.clean());
    EXPECT_NE(report.text().find("QUANTUM_SEED=42"), std::string::npos);
    EXPECT_NE(report.text().find("suspend x3"), std::string::npos);
    EXPECT_NE(report.text().find("the scheduler is failed"), std::string::npos);
}

// What is to be found is found: here, a storage that forgets every fiftieth claim.
TEST(SimulationTest, FindsAStorageThatForgets) {
    class Forgetful final : public Storage, public Ledger {
    public:
        Result<Snapshot> load() override { return kept_.load(); }
        CommitResult commit(const Batch& batch) override {
            Batch rest = batch;
            std::erase_if(rest.claims, [this](const Entry& entry) {
                return !entry.open() && ++seen_ % 10 == 0;
            });
            return kept_.commit(rest);
        }
        Result<std::vector<Entry>> entries(const EntryQuery& query) const override {
            return kept_.entries(query);
        }
        Result<Entry> entry(std::string_view prefix) const override { return kept_.entry(prefix); }

    private:
        MemoryStorage kept_{1'000'000};
        int seen_ = 0;
    };
    SimulationOptions options;
    options.open_storage = []() -> Result<std::unique_ptr<Storage>> {
        return std::make_unique<Forgetful>();
    };
    Simulation simulation(7, std::move(options));
    Job job;
    ASSERT_TRUE(job.set_name("long"));
    ASSERT_TRUE(job.set_schedule("* * * * *"));
    ASSERT_TRUE(job.set_task(HandlerCall{"long", {}}));
    simulation.add(job);
    simulation.script("long", {.duration = 90s});
    simulation.run(3h);
    const SimulationReport report = simulation.finish();
    ASSERT_FALSE(report.clean());
    EXPECT_TRUE(std::all_of(
        report.verdict.findings.begin(), report.verdict.findings.end(),
        [](const verify::Finding& finding) { return finding.kind == verify::FindingKind::lost; }))
        << report.text();
}

}  // namespace
}  // namespace quantum::test
