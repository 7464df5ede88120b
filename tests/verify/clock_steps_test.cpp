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

// The clock goes forward over six due times, which nobody decides before it goes back behind them,
// and back once more: two rows stand for them, which reach over the same ones.
struct SharedStretchTest : ClockStepsTest {
    SharedStretchTest() {
        job({"0,10,20,30,40,50 12 * * *", Dialect::cron, "UTC", {}}, noon - 5min).misfire =
            Misfire::skip;
        const WallTime used = noon - 10s;
        history.steps.push_back({used, noon + 60min, 0, WallTime{}, WallTime{}});
        history.steps.push_back({noon + 60min, noon + 55min, 1, noon + 60min, used});
        history.steps.push_back({noon + 56min, noon + 52min, 2, noon + 60min, used});
        history.watermark = noon + 2h;
        stretch(noon, noon + 50min, 4, 1);
        stretch(noon + 20min, noon + 50min, 2, 2);
    }
    void stretch(WallTime first, WallTime last, std::uint32_t count, std::uint32_t pass) {
        run(first, pass, noon + 55min);
        Entry& entry = history.entries.back();
        entry.until = last;
        entry.count = count;
        entry.state = EntryState::skipped;
        entry.reason = SkipReason::misfire;
        entry.handed_at.reset();
        entry.started_at.reset();
    }
    void counts(std::uint32_t first, std::uint32_t second) {
        history.entries[0].count = first;
        history.entries[1].count = second;
    }
};

TEST_F(SharedStretchTest, EitherMayHaveADueTimeThatBothReachOver) {
    EXPECT_TRUE(check(history).clean()) << told();
    counts(2, 4);
    EXPECT_TRUE(check(history).clean()) << told();
    counts(5, 1);
    EXPECT_TRUE(check(history).clean()) << told();
}

TEST_F(SharedStretchTest, TogetherTheyHaveNoMoreThanThereAre) {
    counts(5, 2);
    EXPECT_THAT(told(), testing::HasSubstr("with the rows that reach over the same due times it "
                                           "is 7, and there are 6 that no other row has"));
}

TEST_F(SharedStretchTest, TogetherTheyHaveNoFewer) {
    counts(3, 2);
    EXPECT_THAT(told(), testing::HasSubstr("it is 5, and there are 6"));
}

TEST_F(SharedStretchTest, NeitherHasMoreThanItReachesOver) {
    counts(1, 5);
    EXPECT_THAT(told(), testing::HasSubstr("counts 5 due times; there are 4 that no other row"));
}

TEST_F(SharedStretchTest, NeitherHasFewerThanItAloneReachesOver) {
    counts(1, 4);
    EXPECT_THAT(told(), testing::HasSubstr("counts 1 due times"));
}

TEST_F(SharedStretchTest, ARowOfItsOwnIsNotCountedBesides) {
    run(noon + 30min, 1, noon + 55min);
    EXPECT_THAT(told(), testing::HasSubstr("it is 6, and there are 5"));
    counts(3, 2);
    EXPECT_THAT(told(), testing::Not(testing::HasSubstr("bad stretch")));
}

// Forward by two hours, and back at once by half an hour: the row for what was missed has pass 0. A
// step of four hours shows all once more, and each of both times has its answer.
TEST_F(ClockStepsTest, ARowAnswersForThePassThatNoOtherRowCanAnswerFor) {
    job({"*/30 * * * *", Dialect::cron, "UTC", {}}, noon - 10h).misfire = Misfire::skip;
    const auto every_half_hour = [&](WallTime due, WallTime last, std::uint32_t pass) {
        for (; due <= last; due += 30min) run(due, pass, due);
    };
    every_half_hour(noon - 10h, noon, 0);
    history.watermarks.push_back({noon, 0});
    const WallTime forward = noon + 120min + 10s;
    history.steps.push_back({noon + 10s, forward, 0, WallTime{}, WallTime{}});
    history.steps.push_back({forward, forward - 30min, 1, forward, forward});
    run(noon + 30min, 0, forward);
    Entry& missed = history.entries.back();
    missed.until = noon + 120min;
    missed.count = 4;
    missed.state = EntryState::skipped;
    missed.reason = SkipReason::misfire;
    missed.handed_at.reset();
    missed.started_at.reset();
    run(noon + 120min, 1, noon + 120min);
    run(noon + 150min, 0, noon + 150min);
    history.watermarks.push_back({noon + 150min, 2});
    const WallTime latest = noon + 160min + 10s;
    history.steps.push_back({latest, latest - 4h, 2, latest, latest - 4h});
    every_half_hour(noon - 60min, noon + 150min, 2);
    every_half_hour(noon + 180min, noon + 180min, 0);
    history.watermark = noon + 180min;
    EXPECT_TRUE(check(history).clean()) << told();
    forget(noon + 60min, 2);
    EXPECT_THAT(told(), testing::HasSubstr("lost: job 'report', due 2027-03-13 13:00:00Z"));
}

// A start that had decided nothing yet when the clock was set back by four hours.
TEST_F(ClockStepsTest, WhatAStartHadNotDecidedBeforeAStepBackComesAgain) {
    job({"0 * * * *", Dialect::cron, "UTC", {}}, noon - 10h).misfire = Misfire::skip;
    for (WallTime due = noon - 10h; due <= noon; due += 1h) run(due, 0, due);
    history.outages.push_back({OutageKind::restart, noon + 10s, noon + 130min});
    const WallTime before = noon + 130min + 1s;
    history.steps.push_back({before, before - 4h, 1, before, before - 4h});
    for (WallTime due = noon - 1h; due <= noon + 2h; due += 1h) run(due, 1, due);
    run(noon + 3h, 0, noon + 3h);
    history.watermark = noon + 3h;
    const auto twice =
        testing::AllOf(testing::HasSubstr("lost: job 'report', due 2027-03-13 13:00"),
                       testing::HasSubstr("lost: job 'report', due 2027-03-13 14:00"));
    EXPECT_THAT(told(), twice) << "nothing says that they were not decided";
    history.watermarks.push_back({noon + 2h, 0});
    EXPECT_THAT(told(), twice) << "they were decided";
    history.watermarks.front().value = noon;
    EXPECT_TRUE(check(history).clean()) << told();
    forget(noon + 1h, 1);
    EXPECT_THAT(told(), testing::HasSubstr("lost: job 'report', due 2027-03-13 13:00"));
}

// The place of a run that was lost is free when the scheduler is back, though its end was told
// later (it was to be run again, and was not), and the clock had been set back over its start.
TEST_F(ClockStepsTest, ALostRunKeepsNoPlaceAfterTheRestart) {
    history.concurrency = 1;
    job({"0 12 * * *", Dialect::cron, "UTC", {}}, noon - 10h);
    job({"0,40,45 12 * * *", Dialect::cron, "UTC", {}}, noon - 10h).job = "other";
    history.steps.push_back({noon + 30min, noon + 5min, 1, noon + 30min, noon + 30min});
    history.outages.push_back({OutageKind::restart, noon + 20min, noon + 39min});
    history.watermark = noon + 50min;
    run(noon, 0, noon);
    Entry& lost = history.entries.back();
    lost.state = EntryState::lost;
    lost.handed_at = noon + 15min;
    lost.started_at.reset();
    lost.ended_at = noon + 41min;
    for (const auto offset : {0min, 40min, 45min}) {
        run(noon + offset, 0, noon + offset);
        history.entries.back().job = "other";
    }
    EXPECT_TRUE(check(history).clean()) << told();
    history.entries[2].ended_at = noon + 46min;
    EXPECT_THAT(told(), testing::HasSubstr("as number 2 at once; the limit is 1"));
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
