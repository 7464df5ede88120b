// Histories written by hand about runs that wait for others of their job, and for how long they may
// be late over a crash.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "verify/times.hpp"

namespace quantum::verify {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// 12:00, 12:10, 12:14 and 12:20, with a grace of half an hour. The scheduler is down from 12:16 to
/// 13:00.
struct InLineTest : testing::Test {
    const WallTime noon = test::at("2027-03-13T12:00:00Z");
    const WallTime back = noon + 60min;
    History history;
    JobRevision& job = history.jobs.emplace_back();

    InLineTest() {
        job.job = "report";
        job.effective_from = noon - 1h;
        job.overlap = Overlap::queue;
        job.queue_limit = 5;
        job.grace = 30min;
        job.schedules.push_back({"0,10,14,20 12 * * *", Dialect::cron, "UTC", {}});
        history.outages.push_back({OutageKind::restart, noon + 16min, back});
        history.watermark = noon + 2h;
    }

    Entry& row(Duration due, WallTime claimed) {
        Entry& entry = history.entries.emplace_back();
        entry.id.bytes[15] = static_cast<std::uint8_t>(history.entries.size());
        entry.job = "report";
        entry.due = entry.until = noon + due;
        entry.claimed_at = claimed;
        return entry;
    }
    Entry& run(Duration due, WallTime claimed, WallTime from, WallTime to) {
        Entry& entry = row(due, claimed);
        entry.state = EntryState::succeeded;
        entry.handed_at = entry.started_at = from;
        entry.ended_at = to;
        return entry;
    }
    Entry& lost(Duration due, WallTime claimed, WallTime from) {
        Entry& entry = row(due, claimed);
        entry.state = EntryState::lost;
        entry.handed_at = from;
        entry.ended_at = back;
        return entry;
    }
    void too_late(Duration due) {
        Entry& entry = row(due, back);
        entry.state = EntryState::skipped;
        entry.reason = SkipReason::misfire;
        entry.ended_at = back;
    }
    // 12:10 and 12:14, claimed in time, begin one after the other once the scheduler is back.
    void the_others_follow() {
        run(10min, noon + 10min, back, back + 1min);
        run(14min, noon + 14min, back + 1min, back + 2min);
        too_late(20min);
    }
    [[nodiscard]] std::string told() const { return to_text(check(history)); }
};

TEST_F(InLineTest, WhatWaitedForAnotherWhenTheSchedulerDiedMayBeLate) {
    lost(0min, noon, noon);
    the_others_follow();
    EXPECT_TRUE(check(history).clean()) << told();
}

TEST_F(InLineTest, WhatHadItsTurnBeforeMayNot) {
    run(0min, noon, noon, noon + 15min);
    the_others_follow();
    // 12:14 was in line behind 12:10, and is no excuse for it.
    EXPECT_THAT(told(), HasSubstr("late: job 'report', due 2027-03-13 12:10:00Z: started although "
                                  "the restart"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
}

TEST_F(InLineTest, NorMayItWhereAllRunThatWasMissed) {
    job.misfire = Misfire::all;
    run(0min, noon, noon, noon + 15min);
    the_others_follow();
    EXPECT_THAT(told(), HasSubstr("due 2027-03-13 12:10:00Z: started although the restart"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
}

TEST_F(InLineTest, NorMayWhatRunsBesideOthers) {
    job.overlap = Overlap::allow;
    lost(0min, noon, noon);
    the_others_follow();
    EXPECT_THAT(told(), HasSubstr("due 2027-03-13 12:10:00Z: started although the restart"));
    EXPECT_THAT(told(), HasSubstr("due 2027-03-13 12:14:00Z: started although the restart"));
}

TEST_F(InLineTest, OverASecondCrashItIsAskedAgain) {
    lost(0min, noon, noon);
    // Begins an hour after the second crash: in its way was nothing any more when that came.
    run(10min, noon + 10min, back + 2h, back + 2h + 1min);
    run(14min, noon + 14min, back + 2h + 1min, back + 2h + 2min);
    too_late(20min);
    history.outages.push_back({OutageKind::restart, back + 30min, back + 1h});
    history.watermark = back + 3h;
    EXPECT_THAT(told(), HasSubstr("due 2027-03-13 12:10:00Z: started although the restart at "
                                  "2027-03-13 14:00:00Z"));
}

/// Down from 11:55 to 12:25, and again from 12:30 on: the missed ones follow one another.
struct MissedInLineTest : InLineTest {
    const WallTime decided = noon + 25min;

    MissedInLineTest() {
        job.misfire = Misfire::all;
        job.overlap = Overlap::skip;
        history.outages.front() = {OutageKind::restart, noon - 5min, decided};
        history.outages.push_back({OutageKind::restart, noon + 30min, back});
        lost(0min, decided, decided);
        run(10min, decided, back, back + 1min);
        run(14min, decided, back + 1min, back + 2min);
        run(20min, decided, back + 2min, back + 3min);
    }
};

TEST_F(MissedInLineTest, GraceIsJudgedOnce) { EXPECT_TRUE(check(history).clean()) << told(); }

TEST_F(MissedInLineTest, ButItIsJudged) {
    job.grace = 20min;
    EXPECT_THAT(told(), HasSubstr("late: job 'report', due 2027-03-13 12:00:00Z: run 25 min after "
                                  "its due time; its grace is 20 min"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
}

TEST_F(MissedInLineTest, OnlyWithAllIsIt) {
    job.misfire = Misfire::one;
    EXPECT_THAT(told(), HasSubstr("missed together with"));
    EXPECT_THAT(told(), HasSubstr("due 2027-03-13 12:14:00Z: started although the restart"));
}

TEST_F(MissedInLineTest, TheyRunOneAfterTheOther) {
    history.entries[2].handed_at = history.entries[2].started_at = back + 30s;
    EXPECT_THAT(told(), HasSubstr("overlapping: job 'report', due 2027-03-13 12:14:00Z"));
    job.overlap = Overlap::allow;
    EXPECT_THAT(told(), Not(HasSubstr("overlapping")));
}

TEST_F(MissedInLineTest, TheNewestAreRunUpToTheCap) {
    job.misfire_cap = 3;
    EXPECT_THAT(told(), HasSubstr("over cap: job 'report', due 2027-03-13 12:20:00Z"));
    Entry& oldest = history.entries.front();
    oldest.state = EntryState::skipped;
    oldest.reason = SkipReason::misfire;
    oldest.handed_at.reset();
    oldest.ended_at = decided;
    EXPECT_TRUE(check(history).clean()) << told();
    job.misfire_cap = 4;
    EXPECT_THAT(told(), HasSubstr("dropped: job 'report', due 2027-03-13 12:00:00Z"));
}

}  // namespace
}  // namespace quantum::verify
