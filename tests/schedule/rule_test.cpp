// What a schedule is made of: nothing is lost where it is held in few bytes.
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "schedule/short_text.hpp"
#include "schedule/view.hpp"

namespace quantum::test {
namespace {

using schedule::ShortText;

TEST(ShortText, HoldsTextsOfEveryLength) {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string text(size, 'x');
        const ShortText held(text);
        EXPECT_EQ(std::string_view(held), text);
        ShortText copy = held;
        EXPECT_EQ(std::string_view(copy), text);
        const ShortText moved = std::move(copy);
        EXPECT_EQ(std::string_view(moved), text);
        ShortText assigned = std::string_view("something of more than 15 bytes");
        assigned = moved;
        EXPECT_EQ(std::string_view(assigned), text);
        assigned = std::string_view("other");
        EXPECT_EQ(std::string_view(assigned), "other");
    }
    const std::string with_nul("a\0b", 3);
    EXPECT_EQ(std::string_view(ShortText(with_nul)), with_nul);
    EXPECT_EQ(sizeof(ShortText), 16u);
}

Schedule parsed(std::string_view text, Dialect dialect = Dialect::quantum_extended) {
    return parse_schedule(text, {.dialect = dialect, .zone = "Europe/Zurich"}).value();
}

// The second is limited to some years: these few are held whole.
constexpr const char* some_expressions[] = {"0 30 2 * * * *", "0 30 2 * * * 2030-2032",
                                            "*/7 1-5 3 L * * *", "0 0 12 * * 1#2 *"};

TEST(Rule, GivesTheExpressionThatWasParsed) {
    for (const char* text : some_expressions) {
        const auto expression = parse_cron(text, Dialect::quantum_extended);
        ASSERT_TRUE(expression) << text;
        const Schedule schedule = parsed(text);
        EXPECT_EQ(*schedule.expression(), *expression) << text;
        const Schedule copy = schedule;
        EXPECT_EQ(copy.expression(), schedule.expression()) << "kept with what they share";
        EXPECT_EQ(*Schedule::of(*expression, "Europe/Zurich")->expression(), *expression) << text;
    }
}

TEST(Rule, ExpressionsAreEqualWhereTheirYearsAreToo) {
    for (const char* one : some_expressions) {
        for (const char* other : some_expressions) {
            EXPECT_EQ(parsed(one) == parsed(other), one == other) << one << " and " << other;
        }
    }
    EXPECT_FALSE(parsed("0 30 2 * * * 2030") == parsed("0 30 2 * * * 2031"));
}

TEST(Rule, IsUnfoldedOnceForAllWhoAskAtATime) {
    const Schedule schedule = parsed(some_expressions[0]);
    std::vector<const CronExpression*> seen(8);
    std::vector<std::thread> threads;
    for (const CronExpression*& one : seen) {
        threads.emplace_back([&schedule, &one] { one = schedule.expression(); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const CronExpression* one : seen) EXPECT_EQ(one, schedule.expression());
}

// A hundred thousand lines may have as many.
TEST(Rule, IsSmall) { EXPECT_LE(sizeof(schedule::ScheduleView::Rule), 136u); }

TEST(Rule, AComposedScheduleAnchoredAnewLeavesTheOldOneAsItWas) {
    const Schedule parts =
        Schedule::any_of({parsed("@every 90s", Dialect::cron), parsed("0 0 3 * * * *")});
    const WallTime anchor{std::chrono::hours(1000)};
    const Schedule anchored = parts.anchored_at(anchor);
    EXPECT_EQ(anchored.parts().front().anchor(), anchor);
    EXPECT_EQ(parts.parts().front().anchor(), WallTime{});
}

}  // namespace
}  // namespace quantum::test
