#include "plan/due_change.hpp"

#include <chrono>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "plan/due_count.hpp"
#include "support/instants.hpp"

namespace quantum::plan {
namespace {

using namespace std::chrono_literals;
using test::at;

Job job_with(const std::string& schedule, const std::string& zone = "UTC") {
    Job job;
    EXPECT_TRUE(job.set_name("report"));
    EXPECT_TRUE(job.set_schedule(schedule, {.zone = zone}));
    return job;
}

std::uint64_t enumerated(const Schedule& schedule, WallTime from, WallTime until) {
    std::uint64_t count = 0;
    for (auto due = schedule.next(from - Duration(1)); due && *due < until;
         due = schedule.next(*due)) {
        ++count;
    }
    return count;
}

TEST(CountDueTimesTest, IsWhatCountingThemGives) {
    std::mt19937_64 draw(5);
    const auto number = [&draw](int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(draw);
    };
    const std::vector<std::string> texts{
        "*/5 * * * *", "0 */2 * * *",          "30 2 * * *", "*/20 2 * * *",
        "0 1-3 * * *", "0 0 13 * 5",           "0 0 L * *",  "15 4 * * 1-5",
        "@hourly",     "0,30 0-4 * 3,10,11 *", "@every 97m", "0 12 1 1 *"};
    const std::vector<std::string> zones{"UTC",          "Europe/Zurich",       "America/New_York",
                                         "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
                                         "Pacific/Apia", "Africa/Cairo",        "America/Havana"};
    const std::vector<DstPolicy> policies{{},
                                          {DstGap::shift, DstRepeat::automatic},
                                          {DstGap::skip, DstRepeat::both},
                                          {DstGap::end, DstRepeat::second},
                                          {DstGap::end, DstRepeat::none}};
    for (int i = 0; i < 2000; ++i) {
        const auto any = [&](const auto& values) {
            return values[static_cast<std::size_t>(number(0, static_cast<int>(values.size()) - 1))];
        };
        const std::string text = any(texts);
        const std::string zone = any(zones);
        const auto parsed = parse_schedule(text, {.zone = zone, .dst = any(policies)});
        ASSERT_TRUE(parsed);
        const WallTime from = at("2011-01-01 00:00:00") +
                              std::chrono::minutes(number(0, 20 * 525'600)) +
                              std::chrono::microseconds(number(0, 3));
        const WallTime until = from + std::chrono::seconds(number(0, 60 * 86'400));
        Schedule schedule = parsed->anchored_at(from - 3h);
        if (i % 7 == 0) schedule = schedule.within(from + 5h, until - 7h);
        ASSERT_EQ(count_due_times(schedule, from, until), enumerated(schedule, from, until))
            << text << ' ' << zone << " from " << test::text_of(from) << " until "
            << test::text_of(until);
    }
}

TEST(DueChangeTest, APauseAndAnInactiveStateHaveNoRuns) {
    const Period day{at("2027-03-02 00:00:00"), at("2027-03-03 00:00:00")};
    const Job hourly = job_with("0 * * * *");
    Job held = hourly;
    held.set_pause(Pause{at("2027-03-02 06:00:00"), "x"});
    DueChange change = due_change(&hourly, &held, day);
    EXPECT_EQ(change.before, 24u);
    EXPECT_EQ(change.after, 18u);
    EXPECT_EQ(change.vanish, 6u);
    EXPECT_EQ(change.next_after, at("2027-03-02 06:00:00"));
    held.set_pause(Pause{});
    EXPECT_EQ(due_change(&hourly, &held, day).after, 0u);
    Job off = hourly;
    off.set_state(JobState::inactive);
    change = due_change(&off, &hourly, day);
    EXPECT_EQ(change.before, 0u);
    EXPECT_EQ(change.appear, 24u);
    EXPECT_EQ(change.next_before, std::nullopt);
}

TEST(DueChangeTest, ThePeriodBeginsWithItsFirstInstantAndEndsBeforeItsLast) {
    const Job hourly = job_with("0 * * * *");
    const DueChange change =
        due_change(&hourly, nullptr, {at("2027-03-02 00:00:00"), at("2027-03-02 03:00:00")});
    EXPECT_EQ(change.before, 3u);
    EXPECT_EQ(change.first_vanishing, at("2027-03-02 00:00:00"));
    EXPECT_EQ(change.next_before, at("2027-03-02 00:00:00"));
}

TEST(DueChangeTest, OnlyDueTimesOfOneLocalDayArePaired) {
    const Period days{at("2027-03-02 00:00:00"), at("2027-03-09 00:00:00")};
    const Job monday = job_with("0 5 * * 1");
    const Job friday = job_with("0 5 * * 5");
    const DueChange across = due_change(&monday, &friday, days);
    EXPECT_EQ(across.moved, 0u);
    EXPECT_EQ(across.vanish, 1u);
    EXPECT_EQ(across.appear, 1u);
    const Job later = job_with("30 6 * * 1");
    const DueChange within = due_change(&monday, &later, days);
    EXPECT_EQ(within.vanish, 0u);
    ASSERT_EQ(within.moves.size(), 1u);
    EXPECT_EQ(within.moves[0], (Move{at("2027-03-08 05:00:00"), 1, 1h + 30min}));
    EXPECT_TRUE(due_change(&monday, &monday, days).is_none());
    EXPECT_FALSE(within.is_none());
}

}  // namespace
}  // namespace quantum::plan
