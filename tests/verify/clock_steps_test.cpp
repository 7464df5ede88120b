// Histories written by hand around clocks that were set, once and more than once.
#include <algorithm>
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "verify/times.hpp"

namespace quantum::verify {
namespace {

using namespace std::chrono_literals;
using test::at;

ExecutionId id_of(std::uint64_t number) {
    ExecutionId id;
    for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return id;
}

struct ClockStepsTest : testing::Test {
    const WallTime noon = at("2027-03-13T12:00:00Z");
    History history;

    ClockStepsTest() { history.now.reset(); }

    JobRevision& job(ScheduleText schedule, WallTime from) {
        JobRevision& revision = history.jobs.emplace_back();
        revision.job = "report";
        revision.effective_from = from;
        revision.schedules.push_back(std::move(schedule));
        return revision;
    }
    // Decided at its due time and done within a second.
    void run(WallTime due, std::uint32_t pass, WallTime decided) {
        Entry& entry = history.entries.emplace_back();
        entry.id = id_of(history.entries.size());
        entry.job = "report";
        entry.due = entry.until = due;
        entry.pass = pass;
        entry.claimed_at = decided;
        entry.handed_at = decided;
        entry.started_at = decided;
        entry.ended_at = decided + 1s;
        entry.state = EntryState::succeeded;
    }
    void run_minutes(WallTime first, WallTime last, std::uint32_t pass) {
        for (WallTime due = first; due <= last; due += 1min) run(due, pass, due);
    }
    void forget(WallTime due, std::uint32_t pass) {
        std::erase_if(history.entries,
                      [&](const Entry& entry) { return entry.due == due && entry.pass == pass; });
    }
    [[nodiscard]] std::string told() const { return to_text(check(history)); }
};

// The clock goes back half an hour at 12:30:10, and at 12:09:20 of the second pass once more by ten
// minutes. Nobody is told: the timer for 12:10 finds it, ten minutes late.
struct NestedStepsTest : ClockStepsTest {
    NestedStepsTest() {
        job({"* * * * *", Dialect::cron, "UTC", {}}, noon - 5min);
        run_minutes(noon - 5min, noon + 30min, 0);
        const WallTime first = noon + 30min + 10s;
        history.steps.push_back({first, noon + 10s, 1, first, first});
        run_minutes(noon + 1min, noon + 9min, 1);
        history.steps.push_back({noon + 10min + 300us, noon + 300us, 2, first, first});
        run_minutes(noon + 1min, noon + 30min, 2);
        run_minutes(noon + 31min, noon + 45min, 0);
        history.watermark = noon + 45min;
    }
};

TEST_F(NestedStepsTest, ADueTimeThatTheClockNeverShowedBeforeItWasNoticedIsNotLost) {
    EXPECT_TRUE(check(history).clean()) << told();
}

TEST_F(NestedStepsTest, OneThatWasShownInEachPassIs) {
    forget(noon + 5min, 1);
    EXPECT_THAT(told(), testing::HasSubstr("lost: job 'report', due 2027-03-13 12:05:00Z"));
}

TEST_F(NestedStepsTest, SoIsOneOfTheLastPass) {
    forget(noon + 10min, 2);
    EXPECT_THAT(told(), testing::HasSubstr("lost: job 'report', due 2027-03-13 12:10:00Z"));
}

TEST_F(NestedStepsTest, AFixedTimeIsUsedOnceWhateverFollows) {
    history.jobs.clear();
    history.entries.clear();
    job({"*/10 12 * * *", Dialect::cron, "UTC", {}}, noon - 5min);
    for (const auto offset : {0min, 10min, 20min, 30min}) run(noon + offset, 0, noon + offset);
    run(noon + 40min, 0, noon + 40min);
    EXPECT_TRUE(check(history).clean()) << told();
    run(noon + 10min, 2, noon + 10min);
    EXPECT_THAT(told(), testing::HasSubstr("doubled claim"));
}

// A due time that a forward step made late is not decided when the clock goes back behind it; it is
// decided then, and later steps lead back to it.
TEST_F(ClockStepsTest, WhatAStepLeftUndecidedIsDecidedAfterItHoweverManyFollow) {
    ScheduleText once;
    once.text = "once";
    once.once = noon - 1h;
    job(once, noon - 2h);
    history.steps.push_back({noon - 90min, noon + 60min, 0, WallTime{}, WallTime{}});
    history.steps.push_back(
        {noon + 60min + 100ms, noon - 50min, 1, noon + 60min + 100ms, noon - 1h - 1us});
    run(noon - 1h, 1, noon - 50min);
    const WallTime latest = noon + 2h;
    history.steps.push_back({latest, latest - 20h, 2, latest, latest - 20h - 1us, 2, latest});
    history.watermark = latest - 20h;
    EXPECT_TRUE(check(history).clean()) << told();
}

// A job that was deleted and added again has two definitions of one number; where the clock was set
// back over both, either may have decided.
TEST_F(ClockStepsTest, OfTwoLivesWithOneNumberTheMoreGenerousCountsWhereTheClockWasSetBack) {
    job({"0 12 * * *", Dialect::cron, "UTC", {}}, noon - 1h).retries = 1;
    history.jobs.back().effective_to = noon - 20h;
    job({"0 12 * * *", Dialect::cron, "UTC", {}}, noon - 20h);
    history.steps.push_back({noon + 1h, noon - 30h, 1, noon - 30h - 1us, noon + 1h});
    history.watermark = noon - 20h;
    run(noon, 0, noon);
    history.entries.back().attempt = 2;
    EXPECT_TRUE(check(history).clean()) << told();
    history.entries.back().attempt = 3;
    EXPECT_THAT(told(), testing::HasSubstr("attempt 3; the job allows 2"));
}

TEST_F(ClockStepsTest, OfTwoLivesWithOneNumberTheOneThatWasThereCountsElsewhere) {
    job({"0 12 * * *", Dialect::cron, "UTC", {}}, noon - 30h).retries = 1;
    history.jobs.back().effective_to = noon - 20h;
    job({"0 12 * * *", Dialect::cron, "UTC", {}}, noon - 20h);
    history.watermark = noon;
    run(noon - 24h, 0, noon - 24h);
    history.entries.back().attempt = 2;
    run(noon, 0, noon);
    EXPECT_TRUE(check(history).clean()) << told();
    history.entries.back().attempt = 2;
    EXPECT_THAT(told(), testing::HasSubstr("attempt 2; the job allows 1"));
}

// What an earlier step back called used says nothing about a correction months later.
TEST_F(ClockStepsTest, ACorrectionExcusesOnlyWhatItPassedOver) {
    job({"0 * * * *", Dialect::cron, "UTC", {}}, noon - 48h);
    for (WallTime due = noon - 48h; due <= noon; due += 1h) run(due, 0, due);
    history.steps.push_back(
        {noon - 46h - 10min, noon - 46h - 40min, 1, noon - 46h - 10min, noon - 46h - 10min});
    history.steps.push_back(
        {noon + 10min, noon + 10h + 10min, 1, noon - 46h - 10min, noon - 46h - 10min});
    run(noon + 11h, 0, noon + 11h);
    history.watermark = noon + 11h;
    ASSERT_TRUE(check(history).clean()) << told();
    forget(noon - 5h, 0);
    EXPECT_THAT(told(), testing::HasSubstr("lost: job 'report', due 2027-03-13 07:00:00Z"));
}

TEST_F(ClockStepsTest, HalfACenturyThatACorrectionPassedOverIsNotWalkedThrough) {
    const WallTime epoch{};
    job({"@every 1s", Dialect::cron, "UTC", {}}, epoch + 10s).anchor = epoch + 10s;
    for (WallTime due = epoch + 11s; due <= epoch + 20s; due += 1s) run(due, 0, due);
    history.steps.push_back({epoch + 20s + 500ms, noon, 0, WallTime{}, WallTime{}});
    for (WallTime due = noon + 1s; due <= noon + 10s; due += 1s) run(due, 0, due);
    history.watermark = noon + 10s;
    const Report report = check(history);
    EXPECT_TRUE(report.clean()) << to_text(report);
    EXPECT_LT(report.due_times, 10'000U);
    forget(noon + 5s, 0);
    EXPECT_THAT(told(), testing::HasSubstr("lost: job 'report', due 2027-03-13 12:00:05Z"));
}

}  // namespace
}  // namespace quantum::verify
