#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "verify/model_scheduler.hpp"

namespace quantum::verify {
namespace {

// How many histories: QUANTUM_VERIFY_HISTORIES, else a few hundred.
std::uint64_t histories() {
    const char* wanted = std::getenv("QUANTUM_VERIFY_HISTORIES");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 400;
}

TEST(CleanHistoryTest, RaisesNoAlarm) {
    std::size_t due_times = 0;
    std::size_t entries = 0;
    std::uint64_t accused = 0;
    for (std::uint64_t seed = 1; seed <= histories(); ++seed) {
        Limits limits;
        limits.most = 4;
        const Report report = check(test::clean_history(seed), limits);
        due_times += report.due_times;
        entries += report.entries;
        EXPECT_TRUE(report.unjudged.empty()) << "seed " << seed << ": " << to_text(report);
        if (report.clean()) continue;
        ++accused;
        if (accused <= 12) ADD_FAILURE() << "seed " << seed << ":\n" << to_text(report);
    }
    EXPECT_EQ(accused, 0u) << "of " << histories();
    EXPECT_GT(due_times, histories() * 10);
    RecordProperty("due_times", std::to_string(due_times));
    RecordProperty("entries", std::to_string(entries));
}

}  // namespace
}  // namespace quantum::verify
