// What a schedule says of itself, its intervals, and that it answers soon whatever it is asked.
#include "quantum/schedule.hpp"

#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

TEST(IntervalTest, CountsFromItsAnchor) {
    const auto every = parse_schedule("@every 1h30m");
    ASSERT_TRUE(every);
    const Schedule anchored = every->anchored_at(at("2026-11-22T00:10:00Z"));
    EXPECT_EQ(anchored.next(at("2026-11-22T00:10:00Z")), at("2026-11-22T01:40:00Z"));
    EXPECT_EQ(anchored.next(at("2026-11-22T01:39:59.5Z")), at("2026-11-22T01:40:00Z"));
    EXPECT_EQ(anchored.next(at("2026-11-22T01:40:00Z")), at("2026-11-22T03:10:00Z"));
    EXPECT_EQ(anchored.next(at("2020-01-01T00:00:00Z")), at("2026-11-22T01:40:00Z"));
}

TEST(IntervalTest, CountsMillisecondsInEveryDialectThatHasIt) {
    struct Row {
        const char* text;
        std::chrono::milliseconds period;
    };
    for (const Dialect dialect : {Dialect::cron, Dialect::kubernetes, Dialect::seconds}) {
        for (const auto& [text, period] :
             {Row{"@every 1500ms", 1500ms}, Row{"@every 1ms", 1ms}, Row{"@every 1.5s", 1500ms},
              Row{"@every 1h0.25s", 3'600'250ms}, Row{"@every 0.0005h", 1800ms},
              Row{"@every 1000us", 1ms}, Row{"@every 0.5ms500us", 1ms},
              Row{"@every 1000000ns", 1ms}, Row{"@every 90s", 90'000ms}}) {
            const auto every = parse_schedule(text, {.dialect = dialect});
            ASSERT_TRUE(every) << text;
            EXPECT_EQ(every->period(), Duration(period)) << text;
        }
    }
    const Schedule anchored =
        parse_schedule("@every 1500ms")->anchored_at(at("2026-11-22T00:10:00Z"));
    EXPECT_EQ(anchored.next(at("2026-11-22T00:10:00Z")), at("2026-11-22T00:10:01.5Z"));
    EXPECT_EQ(anchored.next(at("2026-11-22T00:10:01.5Z")), at("2026-11-22T00:10:03Z"));
    EXPECT_EQ(Schedule::every(1500ms, {}).text(), "@every 1500ms");
}

TEST(ScheduleTest, TellsWhatItIs) {
    const auto schedule = parse_schedule("@reboot", {.zone = "Europe/Zurich"});
    ASSERT_TRUE(schedule);
    EXPECT_TRUE(schedule->is_reboot());
    EXPECT_EQ(schedule->text(), "@reboot");
    EXPECT_EQ(schedule->zone_name(), "Europe/Zurich");
    EXPECT_EQ(schedule->dialect(), Dialect::cron);
    EXPECT_FALSE(parse_schedule("* * * * *")->is_reboot());
}

/// Of this thread, so that a busy machine does not count.
std::chrono::nanoseconds thread_cpu() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST(ScheduleTest, SecurityItem25TheNextRunIsFoundSoonHoweverRareOrDenseItIs) {
    for (const char* never : {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 feb *"}) {
        EXPECT_FALSE(parse_schedule(never)) << never;
    }
    constexpr auto most = std::chrono::milliseconds(1);
    struct Case {
        const char* text;
        ScheduleOptions options;
    };
    for (const auto& [text, options] : {
             Case{"0 0 29 2 1", {.zone = "Europe/Zurich", .days = DayRule::both}},
             Case{"59 23 29 2 *", {.zone = "Pacific/Apia"}},
             Case{"0 0 31 12 7", {.zone = "America/Sao_Paulo", .days = DayRule::both}},
             Case{"30 2 * 3 0#2", {.zone = "America/New_York", .dst = {.gap = DstGap::skip}}},
             Case{"0 0 0 29 2 ? 2096", {.dialect = Dialect::quartz}},
             Case{"0 0 0 ? 2 5#5 *", {.dialect = Dialect::quartz}},
             Case{"* * * * * *", {.dialect = Dialect::seconds, .zone = "Australia/Lord_Howe"}},
         }) {
        const auto schedule = parse_schedule(text, options);
        ASSERT_TRUE(schedule) << text << ": " << schedule.error().message;
        for (const char* after :
             {"1970-01-01T00:00:00Z", "2026-11-22T00:00:00Z", "2027-03-14T06:59:59Z",
              "2096-03-01T00:00:00Z", "2099-12-31T23:59:59Z"}) {
            // The fastest of several: what disturbs a measurement only makes it longer.
            auto fastest = std::chrono::nanoseconds::max();
            for (int i = 0; i < 5; ++i) {
                const auto begin = thread_cpu();
                static_cast<void>(schedule->next(at(after)));
                fastest = std::min(fastest, thread_cpu() - begin);
            }
            EXPECT_LE(fastest, most) << text << " after " << after;
        }
    }
}

TEST(ScheduleTest, ExtremeInstantsAreAnswered) {
    const auto schedule = parse_schedule("* * * * *", {.zone = "America/New_York"});
    ASSERT_TRUE(schedule);
    EXPECT_EQ(schedule->next(WallTime::max()), std::nullopt);
    EXPECT_TRUE(schedule->next(WallTime::min()).has_value());
}

}  // namespace
}  // namespace quantum::test
