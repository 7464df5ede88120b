#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/cron.hpp"

namespace quantum {
namespace {

TEST(LiteralTest, IsCheckedByTheCompilerAndEqualToWhatIsParsed) {
    constexpr CronExpression quarter = "*/15 * * * *"_cron;
    static_assert(quarter.minutes == (1ULL | 1ULL << 15 | 1ULL << 30 | 1ULL << 45));
    EXPECT_EQ(quarter, parse_cron("*/15 * * * *"));
    EXPECT_EQ("@daily"_cron, parse_cron("0 0 * * *"));
    EXPECT_EQ("0 0 LW 1-6 5#2"_cron, parse_cron("0 0 LW 1-6 5#2"));
    EXPECT_EQ("0 22-2 * * * 2027"_quantum, parse_cron("0 22-2 * * * 2027", Dialect::quantum));
}

TEST(LiteralTest, AnswersInCivilTime) {
    using namespace std::chrono;
    const auto friday_the_13th = "0 9 13 * */5"_cron;
    const local_seconds from = local_days{2026y / 11 / 22};
    EXPECT_EQ(friday_the_13th.next(from), local_days{2026y / 12 / 13} + 9h);
    EXPECT_EQ(friday_the_13th.prev(from), local_days{2026y / 11 / 13} + 9h);
    EXPECT_TRUE(friday_the_13th.matches(local_days{2026y / 11 / 13} + 9h));
    EXPECT_FALSE(friday_the_13th.matches(from));
}

TEST(LiteralTest, StreamsCivilTimesBothWays) {
    using namespace std::chrono;
    using Times = std::vector<local_seconds>;
    constexpr auto noon = "0 12 1 1 *"_cron;
    const local_seconds from = local_days{2026y / 11 / 22};
    Times later;
    for (const local_seconds time : noon.after(from)) {
        later.push_back(time);
        if (later.size() == 2) break;
    }
    EXPECT_EQ(later, (Times{local_days{2027y / 1 / 1} + 12h, local_days{2028y / 1 / 1} + 12h}));
    Times earlier;
    for (const local_seconds time : "0 12 1 1 * 2025-2026"_quantum.before(from)) {
        earlier.push_back(time);
    }
    EXPECT_EQ(earlier, (Times{local_days{2026y / 1 / 1} + 12h, local_days{2025y / 1 / 1} + 12h}));
}

}  // namespace
}  // namespace quantum
