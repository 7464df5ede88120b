// The same busy days over the real SQLite, in memory where the system has such a file system: each
// crash of the process opens the file anew. QUANTUM_SQLITE_SEEDS=200 runs so many.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "quantum/storage/sqlite.hpp"

#include "simulation/busy_day.hpp"

namespace quantum::test {
namespace {

std::uint64_t seeds() {
    const char* wanted = std::getenv("QUANTUM_SQLITE_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 10;
}

class SqliteSeedsTest : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(directory(0).parent_path()); }
    std::filesystem::path directory(std::uint64_t seed) const {
        return root_ / ("quantum-seeds-" + std::to_string(::getpid())) / std::to_string(seed);
    }
    void TearDown() override { std::filesystem::remove_all(directory(0).parent_path()); }

private:
    const std::filesystem::path root_ = std::filesystem::is_directory("/dev/shm")
                                            ? std::filesystem::path("/dev/shm")
                                            : std::filesystem::temp_directory_path();
};

TEST_F(SqliteSeedsTest, KeepThePromiseUnderFaults) {
    std::size_t failed = 0;
    for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
        SimulationOptions options;
        options.open_storage = [&]() -> Result<std::unique_ptr<Storage>> {
            auto opened = SqliteStorage::open(directory(seed));
            if (!opened) return tl::unexpected(std::move(opened).error());
            return std::unique_ptr<Storage>(std::move(*opened));
        };
        const SimulationReport report = busy_day(seed, std::move(options));
        std::filesystem::remove_all(directory(seed));
        if (report.clean()) continue;
        ++failed;
        if (failed <= 3) ADD_FAILURE() << report.text();
    }
    EXPECT_EQ(failed, 0u) << "of " << seeds();
}

// Forgets more and more of the day, and asks each time.
TEST_F(SqliteSeedsTest, KeepThePromiseAtEveryEdgeOfRetention) {
    for (std::uint64_t seed = 1001; seed <= 1000 + seeds(); ++seed) {
        SimulationOptions options;
        options.start = std::chrono::sys_days(std::chrono::year(2027) / 3 / 13);
        options.faults = all_faults();
        SqliteStorage* last = nullptr;
        options.open_storage = [&]() -> Result<std::unique_ptr<Storage>> {
            auto opened = SqliteStorage::open(directory(seed));
            if (!opened) return tl::unexpected(std::move(opened).error());
            last = opened->get();
            return std::unique_ptr<Storage>(std::move(*opened));
        };
        const WallTime start = options.start;
        Simulation simulation(seed, std::move(options));
        simulation.add(RandomJobs(seed).make(30));
        simulation.run(std::chrono::hours(12));
        ASSERT_TRUE(simulation.finish(std::chrono::hours(1)).clean()) << "seed " << seed;
        for (int edge = 1; edge <= 24; ++edge) {
            const WallTime before = start + edge * std::chrono::minutes(31);
            while (*last->prune({.output_before = {}, .ledger_before = before})) continue;
            verify::History history = simulation.history();
            const verify::Report report = verify::check(history);
            ASSERT_TRUE(report.clean())
                << "seed " << seed << " before " << verify::words(before) << ":\n"
                << to_text(report);
            // The same in the way of those who do not hold it all.
            history.entries.clear();
            history.witnesses.reset();
            history.concurrency.reset();
            const auto streamed = verify::check(history, last->ledger());
            ASSERT_TRUE(streamed) << streamed.error().message;
            ASSERT_TRUE(streamed->clean())
                << "seed " << seed << " before " << verify::words(before) << ":\n"
                << to_text(*streamed);
            EXPECT_EQ(streamed->due_times, report.due_times);
        }
        std::filesystem::remove_all(directory(seed));
    }
}

}  // namespace
}  // namespace quantum::test
