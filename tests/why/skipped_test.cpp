// What did not run: covered by another run, or skipped.
#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct SkippedTest : testing::Test {
    Story story;

    SkippedTest() { story.start(); }
    /// Away from `from` to `to`.
    void away(const std::string& from, const std::string& to) {
        story.until(from);
        story.end_process();
        story.until(to);
        story.start();
    }
};

TEST_F(SkippedTest, WhatARunCoversNamesItAndTheOutage) {
    Job job = Story::job("report", "*/10 * * * *");
    story.add(job);
    away("2027-03-02 01:55:00", "2027-03-02 03:20:01");

    const Answer answer = story.at("report", "2027-03-02 02:30:00");

    EXPECT_THAT(codes(answer), ElementsAre(Code::coalesced, Code::down));
    EXPECT_THAT(answer.sentence(),
                AllOf(HasSubstr("no scheduler ran from 01:50 to 03:20:01"),
                      HasSubstr("of 03:20 covers it and 7 others"), HasSubstr("misfire = one")));
    EXPECT_EQ(story.at("report", "2027-03-02 03:20:00").code(), Code::ran_late);
    EXPECT_THAT(codes(story.at("report", "2027-03-02 03:20:00")),
                ElementsAre(Code::ran_late, Code::down));
    EXPECT_THAT(answer.causes[1].rows, SizeIs(1));
}

TEST_F(SkippedTest, AnInstantWithinARangeThatIsNotDueIsNotPartOfIt) {
    story.add(Story::job("report", "*/10 * * * *"));
    away("2027-03-02 01:55:00", "2027-03-02 03:20:01");
    EXPECT_EQ(story.at("report", "2027-03-02 02:35:00").code(), Code::not_due_field);
}

TEST_F(SkippedTest, AnOverlapNamesTheRunInTheWay) {
    story.runner->script("report", {.duration = 27min});
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 01:00:00");
    const Answer answer = story.at("report", "2027-03-02 00:20:00");
    EXPECT_THAT(codes(answer), ElementsAre(Code::skipped_overlap));
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("of 00:00 was still open (until 00:27)"),
                                         HasSubstr("overlap = skip")));
}

TEST_F(SkippedTest, AFullQueueSaysHowLongItIs) {
    Job job = Story::job("report", "*/10 * * * *");
    job.set_overlap(Overlap::queue);
    ASSERT_TRUE(job.set_queue_limit(2));
    story.runner->script("report", {.duration = std::nullopt});
    story.add(job);
    story.until("2027-03-02 01:00:00");
    const Answer answer = story.at("report", "2027-03-02 00:40:00");
    EXPECT_EQ(answer.code(), Code::skipped_overlap);
    EXPECT_THAT(answer.sentence(), HasSubstr("its queue of 2 was full"));
}

TEST_F(SkippedTest, AMisfireSaysWhichRuleItWas) {
    Job skip = Story::job("skip", "*/10 * * * *");
    skip.set_misfire(Misfire::skip);
    Job late = Story::job("late", "0 2 * * *");
    ASSERT_TRUE(late.set_grace(30min));
    Job all = Story::job("all", "*/10 * * * *");
    all.set_misfire(Misfire::all);
    ASSERT_TRUE(all.set_misfire_cap(2));
    ASSERT_TRUE(all.set_grace(5h));
    for (const Job& job : {skip, late, all}) story.add(job);
    away("2027-03-02 01:55:00", "2027-03-02 03:20:01");
    const Answer by_rule = story.at("skip", "2027-03-02 02:30:00");
    EXPECT_THAT(codes(by_rule), ElementsAre(Code::skipped_misfire, Code::down));
    EXPECT_THAT(by_rule.sentence(), AllOf(HasSubstr("50m01s late, and misfire = skip"),
                                          HasSubstr("9 due times, from 02:00 to 03:20")));
    EXPECT_THAT(story.at("late", "2027-03-02 02:00:00").sentence(),
                HasSubstr("noticed 1h20m late; its grace is 30m"));
    EXPECT_THAT(story.at("all", "2027-03-02 02:30:00").sentence(),
                HasSubstr("over misfire_cap = 2"));
}

TEST_F(SkippedTest, APauseSaysWhoSinceWhenAndUntilWhen) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 01:05:00");
    ASSERT_TRUE(story.scheduler->pause_job(
        "report",
        {.until = test::at("2027-03-02 09:00:00"), .note = "vendor down", .actor = "oncall"}));
    story.until("2027-03-02 02:05:00");
    const Answer open = story.at("report", "2027-03-02 01:30:00");
    EXPECT_EQ(open.code(), Code::skipped_paused) << "though the row is to come";
    EXPECT_THAT(open.sentence(), AllOf(HasSubstr("paused by oncall since 01:05"),
                                       HasSubstr("\"vendor down\""), HasSubstr("until 09:00")));
    EXPECT_EQ(open.next_step, "quantum resume 'report'");
    ASSERT_TRUE(story.scheduler->resume_job("report", "done"));
    story.until("2027-03-02 02:30:00");
    const Answer over = story.at("report", "2027-03-02 01:30:00");
    EXPECT_EQ(over.code(), Code::skipped_paused);
    EXPECT_THAT(over.sentence(),
                AllOf(HasSubstr("paused by oncall since 01:05"), HasSubstr("resumed 02:05"),
                      HasSubstr("6 due times, from 01:10 to 02:00")));
    EXPECT_EQ(story.at("report", "2027-03-02 02:10:00").code(), Code::ran);
}

TEST_F(SkippedTest, AGapOfLocalTimeIsNamed) {
    Story spring("2027-03-27 00:00:00");
    spring.start();
    spring.add(Story::job("report", "30 2 * * *",
                          {.zone = "Europe/Zurich", .dst = {.gap = DstGap::skip}}));
    spring.until("2027-03-29 00:00:00");
    const Answer answer = spring.at("report", "2027-03-28 01:00:00");
    EXPECT_EQ(answer.code(), Code::skipped_dst_gap);
    EXPECT_THAT(answer.sentence(), HasSubstr("dst_gap = skip"));
}

TEST_F(SkippedTest, WaitingTooLongForASlotSaysHowLong) {
    SchedulerConfig config;
    config.concurrency = 1;
    Story busy("2027-03-02 00:00:00", config);
    busy.start();
    busy.runner->script("long", {.duration = std::nullopt});
    busy.add(Story::job("long", "0 * * * *"));
    Job job = Story::job("report", "1 * * * *");
    ASSERT_TRUE(job.set_grace(5min));
    busy.add(job);
    busy.until("2027-03-02 00:30:00");
    const Answer answer = busy.at("report", "2027-03-02 00:01:00");
    EXPECT_EQ(answer.code(), Code::skipped_concurrency);
    EXPECT_THAT(answer.sentence(), HasSubstr("longer than its grace of 5m"));
}

TEST_F(SkippedTest, AChangeWhileItWaitedNamesTheChange) {
    Job job = Story::job("report", "*/10 * * * *");
    job.set_overlap(Overlap::queue);
    story.runner->script("report", {.duration = std::nullopt});
    story.add(job);
    story.until("2027-03-02 00:15:00");
    ASSERT_TRUE(story.scheduler->delete_job("report", {.actor = "api:ops"}));
    story.settle();
    const Answer answer = story.at("report", "2027-03-02 00:10:00");
    EXPECT_EQ(answer.code(), Code::skipped_superseded);
    EXPECT_THAT(answer.sentence(), HasSubstr("was deleted by api:ops at 00:15:00"));
}

TEST_F(SkippedTest, RowsOfOtherNodesAndCalendarsAreNamed) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 00:05:00");
    story.end_process();
    Batch batch;
    for (const SkipReason reason :
         {SkipReason::node_down, SkipReason::excluded, SkipReason::unbound, SkipReason::none}) {
        Entry entry;
        entry.id.bytes[15] = static_cast<std::uint8_t>(reason) + std::uint8_t{1};
        entry.job = "report";
        entry.due = entry.until =
            test::at("2027-03-02 00:10:00") + static_cast<int>(reason) * Duration(10min);
        entry.claimed_at = entry.due;
        entry.ended_at = entry.due;
        entry.state = EntryState::skipped;
        entry.reason = reason;
        if (reason == SkipReason::node_down) entry.target = "b7";
        batch.claims.push_back(entry);
    }
    story.write(std::move(batch));
    story.until("2027-03-02 03:00:00");
    const Answer away = story.at("report", "2027-03-02 01:00:00");
    EXPECT_EQ(away.code(), Code::skipped_node_down);
    EXPECT_THAT(away.sentence(), HasSubstr("Node b7 was away"));
    EXPECT_EQ(story.at("report", "2027-03-02 01:20:00").code(), Code::skipped_excluded);
    EXPECT_EQ(story.at("report", "2027-03-02 01:40:00").code(), Code::skipped_unbound);
    EXPECT_EQ(story.at("report", "2027-03-02 00:10:00").code(), Code::broken)
        << "a skip without a reason";
}

}  // namespace
}  // namespace quantum::why
