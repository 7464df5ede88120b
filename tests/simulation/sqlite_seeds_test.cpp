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

#include "quantum/sqlite.hpp"

#include "simulation/busy_day.hpp"

namespace quantum::test {
namespace {

std::uint64_t seeds() {
    const char* wanted = std::getenv("QUANTUM_SQLITE_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 10;
}

class SqliteSeedsTest : public testing::Test {
protected:
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

}  // namespace
}  // namespace quantum::test
