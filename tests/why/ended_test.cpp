// What ran and ended, however it ended.
#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct EndedTest : testing::Test {
    Story story;

    EndedTest() { story.start(); }
    void add(const std::string& schedule, const Script& script) {
        story.runner->script("report", script);
        story.add(Story::job("report", schedule));
    }
};

TEST_F(EndedTest, WhatRanSaysWhenItBeganAndHowLongItTook) {
    add("30 2 * * *", {.duration = 4min + 12s});
    story.until("2027-03-02 04:00:00");

    const Answer answer = story.at("report", "2027-03-02 02:30:00");

    EXPECT_THAT(codes(answer), ElementsAre(Code::ran));
    EXPECT_EQ(answer.sentence(), "It ran: due 02:30:00, began 0us late, took 4m12s, exit 0.");
    EXPECT_TRUE(answer.is_due);
    EXPECT_THAT(rows(answer), Contains("entry"));
    EXPECT_EQ(answer.before, test::at("2027-03-01 02:30:00"));
    EXPECT_EQ(answer.after, test::at("2027-03-03 02:30:00"));
    EXPECT_EQ(answer.next_step, "");
}

TEST_F(EndedTest, WhatRanLateSaysWhereTheTimeWent) {
    Job job = Story::job("report", "*/10 * * * *");
    job.set_overlap(Overlap::queue);
    story.runner->script("report", {.duration = 10min + 32s});
    story.add(job);
    story.until("2027-03-02 02:00:00");

    const Answer answer = story.at("report", "2027-03-02 00:10:00");

    EXPECT_EQ(answer.code(), Code::ran_late);
    EXPECT_THAT(answer.sentence(),
                AllOf(HasSubstr("It ran 32s late"), HasSubstr("32s for the end of"),
                      HasSubstr("of 00:00"), HasSubstr("took 10m32s")));
}

TEST_F(EndedTest, JitterIsNoLateness) {
    Job job = Story::job("report", "30 2 * * *");
    ASSERT_TRUE(job.set_jitter(5min));
    story.add(job);
    story.until("2027-03-02 04:00:00");
    EXPECT_EQ(story.at("report", "2027-03-02 02:30:00").code(), Code::ran);
}

TEST_F(EndedTest, WhatWaitedForASlotSaysSo) {
    SchedulerConfig config;
    config.concurrency = 1;
    Story busy("2027-03-02 00:00:00", config);
    busy.start();
    busy.runner->script("long", {.duration = 90s});
    busy.add(Story::job("long", "0 * * * *"));
    busy.add(Story::job("report", "0 * * * *"));
    busy.until("2027-03-02 01:30:00");
    const Answer late = busy.at("report", "2027-03-02 01:00:00");
    EXPECT_EQ(late.code(), Code::ran_late);
    EXPECT_THAT(late.sentence(), HasSubstr("for a free slot"));
}

TEST_F(EndedTest, WhatWaitedForTheNextStartSaysSo) {
    Job job = Story::job("report", "30 2 * * *");
    ASSERT_TRUE(job.set_jitter(30min));
    story.runner->script("report", {.duration = 10s});
    story.add(job);
    story.until("2027-03-02 02:30:01");
    story.end_process();
    story.until("2027-03-02 04:00:00");
    story.start();
    story.until("2027-03-02 05:00:00");
    const Answer answer = story.at("report", "2027-03-02 02:30:00");
    EXPECT_EQ(answer.code(), Code::ran_late);
    EXPECT_THAT(answer.sentence(), HasSubstr("for the scheduler to come back (no scheduler ran"));
    EXPECT_THAT(rows(answer), Contains("note"));
}

TEST_F(EndedTest, AFailureSaysWhichAttemptItWas) {
    Job job = Story::job("report", "0 * * * *");
    ASSERT_TRUE(job.set_retries(2, Backoff::fixed(30s)));
    story.runner->script(
        "report",
        {.duration = 12s, .outcome = OutcomeKind::failed, .exit_code = 3, .reason = "exit code 3"});
    story.add(job);
    story.until("2027-03-02 01:40:00");

    const Answer answer = story.at("report", "2027-03-02 01:00:00");

    EXPECT_EQ(answer.code(), Code::failed);
    EXPECT_EQ(answer.sentence(), "It ran and failed: exit 3 after 12s, attempt 3 of 3.");
    EXPECT_THAT(answer.next_step, HasSubstr("quantum logs "));
}

TEST_F(EndedTest, ARetryThatTheNextDueTimeEndedSaysSo) {
    Job job = Story::job("report", "*/10 * * * *");
    ASSERT_TRUE(job.set_retries(5, Backoff::fixed(4min)));
    story.runner->script("report", {.duration = 2min,
                                    .outcome = OutcomeKind::failed,
                                    .exit_code = 1,
                                    .reason = "it is a bad day"});
    story.add(job);
    story.until("2027-03-02 01:05:00");
    const Answer answer = story.at("report", "2027-03-02 00:10:00");
    EXPECT_EQ(answer.code(), Code::failed);
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("of 6"), HasSubstr("it is a bad day"),
                                         HasSubstr("the next due time, 00:20")));
}

TEST_F(EndedTest, WhatCouldNotBeginIsNoFailureOfTheWork) {
    add("30 2 * * *", {.duration = 1min, .waits = 1h});
    story.until("2027-03-02 02:31:00");
    Outcome refused;
    refused.kind = OutcomeKind::failed;
    refused.reason = "user etl does not exist";
    story.runner->finish_all(refused);
    story.settle();
    const Answer answer = story.at("report", "2027-03-02 02:30:00");
    EXPECT_EQ(answer.code(), Code::not_started);
    EXPECT_EQ(answer.sentence(),
              "It should have begun (due 02:30:00) and could not: user etl does not exist.");
}

TEST_F(EndedTest, ATimeoutAndAKillAreTheirOwn) {
    add("0 * * * *",
        {.duration = 9min, .outcome = OutcomeKind::timed_out, .reason = "timeout of 9m"});
    story.until("2027-03-02 00:59:00");
    EXPECT_THAT(codes(story.at("report", "2027-03-02 00:00:00")), ElementsAre(Code::timed_out));
    story.runner->script("report",
                         {.duration = 1min, .outcome = OutcomeKind::killed, .reason = "KILL"});
    story.until("2027-03-02 01:30:00");
    const Answer killed = story.at("report", "2027-03-02 01:00:00");
    EXPECT_EQ(killed.code(), Code::killed);
    EXPECT_EQ(killed.sentence(), "It ran and was ended after 1m: KILL.");
}

TEST_F(EndedTest, AKillByReplacementNamesTheOther) {
    Job job = Story::job("report", "*/10 * * * *");
    job.set_overlap(Overlap::replace);
    story.runner->script("report", {.duration = std::nullopt});
    story.add(job);
    story.until("2027-03-02 00:25:00");
    const Answer answer = story.at("report", "2027-03-02 00:10:00");
    EXPECT_EQ(answer.code(), Code::killed);
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("replaced by"), HasSubstr("of 00:20")));
}

TEST_F(EndedTest, AKillByAStopSaysSo) {
    add("0 * * * *", {.duration = std::nullopt});
    story.until("2027-03-02 00:10:00");
    story.stop();
    story.clock.advance(5min);
    story.start();
    story.until("2027-03-02 01:00:30");  // the note is stored with the next decision
    const Answer answer = story.at("report", "2027-03-02 00:00:00");
    EXPECT_EQ(answer.code(), Code::killed);
    EXPECT_THAT(answer.sentence(),
                AllOf(HasSubstr("by the stop of the scheduler"), HasSubstr("00:15")));
    EXPECT_THAT(rows(answer), Contains("note"));
}

TEST_F(EndedTest, WhatWasLostSaysWhenTheSchedulerCameBack) {
    add("0 * * * *", {.duration = std::nullopt});
    story.until("2027-03-02 00:10:00");
    story.end_process();
    story.clock.advance(20min);
    story.start();
    const Answer answer = story.at("report", "2027-03-02 00:00:00");
    EXPECT_EQ(answer.code(), Code::lost);
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("It began at 00:00:00"), HasSubstr("00:30"),
                                         HasSubstr("on_lost = record")));
}

TEST_F(EndedTest, ARunByHandSaysWhoAskedForIt) {
    add("0 0 1 1 *", {.duration = 10s});
    story.until("2027-03-02 14:02:11");
    ASSERT_TRUE(story.scheduler->trigger("report", {.actor = "cli:uid 0"}));
    story.clock.advance(1min);
    const Answer answer = story.at("report", "2027-03-02 14:02:11");
    EXPECT_EQ(answer.code(), Code::ran);
    EXPECT_FALSE(answer.is_due);
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("asked for at 14:02:11 by cli:uid 0")));
}

}  // namespace
}  // namespace quantum::why
