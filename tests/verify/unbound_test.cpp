// Histories written by hand about due times that waited for the function of their job.
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

/// 12:00, 12:10 and 12:20, with a grace of half an hour. The function comes at 12:25.
struct UnboundHistory : testing::Test {
    const WallTime noon = test::at("2027-03-13T12:00:00Z");
    const WallTime came = noon + 25min;
    History history;
    JobRevision& job = history.jobs.emplace_back();

    UnboundHistory() {
        job.job = "report";
        job.effective_from = noon - 1h;
        job.grace = 30min;
        job.schedules.push_back({"0,10,20 12 * * *", Dialect::cron, "UTC", {}});
        history.watermark = noon + 30min;
        history.concurrency = 10;
    }

    Entry& row(Duration due) {
        Entry& entry = history.entries.emplace_back();
        entry.id.bytes[15] = static_cast<std::uint8_t>(history.entries.size());
        entry.job = "report";
        entry.due = entry.until = entry.claimed_at = noon + due;
        return entry;
    }
    Entry& waits(Duration due) {
        Entry& entry = row(due);
        entry.reason = SkipReason::unbound;
        return entry;
    }
    Entry& ran(Duration due, WallTime from) {
        Entry& entry = waits(due);
        entry.state = EntryState::succeeded;
        entry.handed_at = entry.started_at = from;
        entry.ended_at = from + 1s;
        return entry;
    }
    Entry& skipped(Duration due, SkipReason reason, WallTime when) {
        Entry& entry = row(due);
        entry.state = EntryState::skipped;
        entry.reason = reason;
        entry.ended_at = when;
        return entry;
    }
    void covered(Duration due, std::uint8_t by) {
        Entry& entry = row(due);
        entry.state = EntryState::coalesced;
        entry.ended_at = came;
        entry.covered_by = ExecutionId{};
        entry.covered_by->bytes[15] = by;
    }
    [[nodiscard]] std::string told() const { return to_text(check(history)); }
    [[nodiscard]] bool clean() const { return check(history).clean(); }
};

TEST_F(UnboundHistory, WithOneTheLatestRunsAndCoversTheOthers) {
    covered(0min, 3);
    covered(10min, 3);
    ran(20min, came);
    EXPECT_TRUE(clean()) << told();
}

TEST_F(UnboundHistory, WithOneNoEarlierOneRunsToo) {
    covered(0min, 3);
    ran(10min, came);
    ran(20min, came + 1s);
    EXPECT_THAT(told(), HasSubstr("not coalesced: job 'report', due 2027-03-13 12:10:00Z: waited "
                                  "for its function together with 2027-03-13 12:20:00Z"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
}

TEST_F(UnboundHistory, WithAllEachRunsAfterTheOther) {
    job.misfire = Misfire::all;
    ran(0min, came);
    ran(10min, came + 1s);
    ran(20min, came + 10min);
    history.entries[1].ended_at = came + 10min;
    EXPECT_TRUE(clean()) << told();
}

TEST_F(UnboundHistory, WithAllTheNewestRunUpToTheCap) {
    job.misfire = Misfire::all;
    job.misfire_cap = 2;
    skipped(0min, SkipReason::misfire, came);
    ran(10min, came);
    ran(20min, came + 1s);
    EXPECT_TRUE(clean()) << told();
    job.misfire_cap = 3;
    EXPECT_THAT(told(), HasSubstr("dropped: job 'report', due 2027-03-13 12:00:00Z"));
}

TEST_F(UnboundHistory, WithSkipNoneRuns) {
    job.misfire = Misfire::skip;
    skipped(0min, SkipReason::misfire, came);
    skipped(10min, SkipReason::misfire, came);
    ran(20min, came);
    EXPECT_THAT(told(), HasSubstr("skip that ran: job 'report', due 2027-03-13 12:20:00Z: waited 5 "
                                  "min for its function"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
    history.entries[2].handed_at = history.entries[2].started_at = noon + 20min + 3s;
    history.entries[2].ended_at = noon + 21min;
    history.entries[0].ended_at = history.entries[1].ended_at = noon + 20min + 3s;
    EXPECT_TRUE(clean()) << told();
}

TEST_F(UnboundHistory, PastItsGraceADueTimeIsGivenUp) {
    skipped(0min, SkipReason::unbound, noon + 30min);
    skipped(10min, SkipReason::unbound, noon + 40min + 1us);
    skipped(20min, SkipReason::unbound, noon + 50min + 1us);
    history.watermark = noon + 1h;
    EXPECT_TRUE(clean()) << told();
}

TEST_F(UnboundHistory, AndNotBefore) {
    skipped(0min, SkipReason::unbound, noon + 20min);
    covered(10min, 3);
    ran(20min, came);
    EXPECT_THAT(told(), HasSubstr("unexplained: job 'report', due 2027-03-13 12:00:00Z: given up "
                                  "after waiting 20 min for its function; its grace is 30 min"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
}

TEST_F(UnboundHistory, NoneRunsPastItsGrace) {
    covered(0min, 3);
    covered(10min, 3);
    ran(20min, noon + 51min);
    EXPECT_THAT(told(), HasSubstr("late: job 'report', due 2027-03-13 12:20:00Z: started 31 min"));
    EXPECT_THAT(told(), HasSubstr("its grace is 30 min"));
}

TEST_F(UnboundHistory, WaitingIsNoFaultUntilThen) {
    waits(0min);
    waits(10min);
    waits(20min);
    history.now = noon + 29min;
    EXPECT_TRUE(clean()) << told();
    history.now = noon + 31min;
    EXPECT_THAT(told(), HasSubstr("open too long: job 'report', due 2027-03-13 12:00:00Z"));
    EXPECT_THAT(told(), HasSubstr("1 finding"));
}

TEST_F(UnboundHistory, OnlyThatReasonStandsBesideARun) {
    ran(0min, noon);
    ran(10min, noon + 10min);
    ran(20min, noon + 20min);
    EXPECT_TRUE(clean()) << told();
    history.entries.front().reason = SkipReason::misfire;
    EXPECT_THAT(told(), HasSubstr("gives a reason for skipping"));
}

// A definition that came with the function decides.
TEST_F(UnboundHistory, TheDefinitionThatBroughtTheFunctionDecides) {
    job.effective_to = came;
    JobRevision next = job;
    next.revision = 2;
    next.effective_from = came;
    next.effective_to.reset();
    next.misfire = Misfire::skip;
    next.schedules = {{"0 0 1 1 *", Dialect::cron, "UTC", {}}};
    history.jobs.push_back(next);
    skipped(0min, SkipReason::misfire, came);
    skipped(10min, SkipReason::misfire, came);
    skipped(20min, SkipReason::misfire, came);
    EXPECT_TRUE(clean()) << told();
}

}  // namespace
}  // namespace quantum::verify
