// Due times without a row, and those to come.
#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/placed.hpp"
#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// As TestEngine of open_test.cpp, for what this file asks.
class Slow final : public Engine {
public:
    std::optional<Open> open(const ExecutionId&) const override { return std::nullopt; }
    std::optional<Trouble> trouble() const override { return in_trouble; }
    bool is_draining() const override { return draining; }
    bool is_bound(const std::string&) const override { return bound; }

    std::optional<Trouble> in_trouble{};
    bool draining = false;
    bool bound = true;
};

struct UndecidedTest : testing::Test {
    Story story;
    Slow engine;

    UndecidedTest() { story.start(); }
    void away_from(const std::string& time) {
        story.until(time);
        story.end_process();
    }
};

TEST_F(UndecidedTest, WithNobodyThereThePolicySaysWhatWillBe) {
    Job one = Story::job("one", "*/10 * * * *");
    Job skip = Story::job("skip", "*/10 * * * *");
    skip.set_misfire(Misfire::skip);
    Job all = Story::job("all", "*/10 * * * *");
    all.set_misfire(Misfire::all);
    ASSERT_TRUE(all.set_misfire_cap(2));
    ASSERT_TRUE(all.set_grace(45min));
    Job late = Story::job("late", "0 2 * * *");
    ASSERT_TRUE(late.set_grace(10min));
    Job soon = Story::job("soon", "0 2 * * *");
    for (const Job& job : {one, skip, all, late, soon}) story.add(job);
    away_from("2027-03-02 01:55:00");
    story.until("2027-03-02 02:41:00");

    const auto sentence = [this](const std::string& job, const std::string& time) {
        const Answer answer = story.at(job, time);
        EXPECT_THAT(codes(answer), ElementsAre(Code::down));
        EXPECT_EQ(answer.next_step, "quantum plan --start");
        return answer.sentence();
    };
    EXPECT_THAT(sentence("one", "2027-03-02 02:10:00"),
                AllOf(HasSubstr("No scheduler is running; due times were last decided at 01:50"),
                      HasSubstr("be covered by the run of 02:40")));
    EXPECT_THAT(sentence("one", "2027-03-02 02:40:00"),
                HasSubstr("be run, within its grace of 5m"));
    EXPECT_THAT(sentence("skip", "2027-03-02 02:10:00"), HasSubstr("misfire = skip"));
    EXPECT_THAT(sentence("all", "2027-03-02 02:40:00"), HasSubstr("be run (misfire = all)"));
    EXPECT_THAT(sentence("all", "2027-03-02 02:10:00"), HasSubstr("over misfire_cap = 2"));
    story.until("2027-03-02 03:00:00");
    EXPECT_THAT(sentence("one", "2027-03-02 02:10:00"),
                HasSubstr("be skipped, because the latest is later than its grace of 5m"));
    EXPECT_THAT(sentence("all", "2027-03-02 02:10:00"), HasSubstr("later than its grace of 45m"));
    EXPECT_THAT(sentence("late", "2027-03-02 02:00:00"), HasSubstr("later than its grace of 10m"));
    EXPECT_THAT(sentence("soon", "2027-03-02 02:00:00"),
                HasSubstr("be run, within its grace of 12h"));
    // And that is what the start then says.
    story.start();
    EXPECT_EQ(story.at("one", "2027-03-02 02:10:00").code(), Code::skipped_misfire);
    EXPECT_EQ(story.at("skip", "2027-03-02 02:10:00").code(), Code::skipped_misfire);
    EXPECT_EQ(story.at("all", "2027-03-02 02:10:00").code(), Code::skipped_misfire);
    EXPECT_EQ(story.at("late", "2027-03-02 02:00:00").code(), Code::skipped_misfire);
    EXPECT_EQ(story.at("soon", "2027-03-02 02:00:00").code(), Code::ran_late);
}

TEST_F(UndecidedTest, WhatWaitsAlreadyMayBeInTheWayAtAStart) {
    Job job = Story::job("report", "30 2,3 * * *");
    ASSERT_TRUE(job.set_jitter(30min));
    story.add(job);
    away_from("2027-03-02 02:30:01");
    story.until("2027-03-02 03:31:00");
    const Answer answer = story.at("report", "2027-03-02 03:30:00");
    EXPECT_THAT(codes(answer), ElementsAre(Code::down, Code::claimed));
    EXPECT_THAT(answer.causes[1].sentence, AllOf(HasSubstr("of 02:30 waits as well"),
                                                 HasSubstr("is skipped (overlap = skip)")));
}

TEST_F(UndecidedTest, WithSomebodyThereItIsAnAlarmAndTheReasonIsSaid) {
    story.add(Story::job("report", "*/10 * * * *"));
    away_from("2027-03-02 01:55:00");
    story.until("2027-03-02 02:00:12");
    story.presence.is_held = true;
    const auto answer = [this] {
        Answer found = story.at("report", "2027-03-02 02:00:00");
        EXPECT_THAT(codes(found), ElementsAre(Code::undecided));
        return found;
    };
    EXPECT_THAT(answer().sentence(),
                AllOf(HasSubstr("due 12s ago and is not decided"), HasSubstr("This is an alarm")));
    EXPECT_EQ(answer().next_step, "quantum status");
    story.presence.is_degraded = true;
    story.presence.degraded_since = test::at("2027-03-02 01:59:00");
    story.presence.reason = "the disk is full";
    EXPECT_THAT(answer().sentence(),
                HasSubstr("the storage refuses since 01:59 (the disk is full)"));
    story.presence.is_suspended = true;
    EXPECT_THAT(answer().sentence(), HasSubstr("a signal has stopped the scheduler"));
    story.presence = {.is_held = true};
    story.engine = &engine;
    engine.in_trouble = Engine::Trouble{std::nullopt, "the disk is slow"};
    EXPECT_THAT(answer().sentence(), HasSubstr("the storage refuses (the disk is slow)"));
    engine.in_trouble.reset();
    engine.draining = true;
    EXPECT_THAT(answer().sentence(), HasSubstr("is stopping"));
}

TEST_F(UndecidedTest, JustAfterItsDueTimeItIsNoAlarmYet) {
    story.add(Story::job("report", "*/10 * * * *"));
    away_from("2027-03-02 01:55:00");
    story.until("2027-03-02 02:00:01");
    story.presence.is_held = true;
    EXPECT_THAT(story.at("report", "2027-03-02 02:00:00").sentence(),
                HasSubstr("that takes a moment"));
}

TEST_F(UndecidedTest, WhatRetentionRemovedIsTooOld) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 06:00:00");
    while (*story.storage->prune({.ledger_before = test::at("2027-03-02 03:00:00")})) continue;
    const Answer answer = story.at("report", "2027-03-02 02:00:00");
    EXPECT_THAT(codes(answer), ElementsAre(Code::too_old));
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("before 03:00"), HasSubstr("it was due")));
    EXPECT_EQ(story.at("report", "2027-03-02 04:00:00").code(), Code::ran);
}

TEST_F(UndecidedTest, ACorrectionOfTheClockMakesNothingUp) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 02:05:00");
    story.clock.set_wall(test::at("2027-03-02 08:00:00"));
    story.until("2027-03-02 09:00:00");
    const Answer answer = story.at("report", "2027-03-02 05:00:00");
    EXPECT_THAT(codes(answer), ElementsAre(Code::clock));
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("The clock was set from 02:05 to 08:00"),
                                         HasSubstr("This instant never came")));
    EXPECT_THAT(rows(answer), Contains("clock_step"));
}

TEST_F(UndecidedTest, ASmallStepForwardIsWhyItWasMissed) {
    Job job = Story::job("report", "*/10 * * * *");
    story.add(job);
    story.until("2027-03-02 02:05:00");
    story.clock.set_wall(test::at("2027-03-02 03:15:00"));
    story.until("2027-03-02 04:00:00");
    EXPECT_THAT(codes(story.at("report", "2027-03-02 02:30:00")),
                ElementsAre(Code::coalesced, Code::clock));
}

TEST_F(UndecidedTest, AfterAStepBackEachPassHasItsAnswer) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 02:05:00");
    story.clock.set_wall(test::at("2027-03-02 01:05:00"));
    story.until("2027-03-02 03:00:00");
    const WallTime twice = test::at("2027-03-02 01:30:00");
    const auto answers = story.ask("report", twice, twice);
    ASSERT_THAT(answers, SizeIs(2));
    EXPECT_EQ(answers[0].code(), Code::ran);
    EXPECT_EQ(answers[0].pass, 0u);
    EXPECT_EQ(answers[1].pass, 1u);
}

TEST_F(UndecidedTest, WhatNothingExplainsIsADefect) {
    story.add(Story::job("report", "*/10 * * * *"));
    away_from("2027-03-02 02:05:00");
    {
        sqlite::Database ledger(test::placed(story.directory() / "ledger.db"),
                                sqlite::Database::Mode::read_write, 1s);
        ledger.execute(("DELETE FROM entry WHERE due = " +
                        std::to_string(test::at("2027-03-02 01:00:00").time_since_epoch().count()))
                           .c_str());
    }
    const Answer answer = story.at("report", "2027-03-02 01:00:00");
    EXPECT_THAT(codes(answer), ElementsAre(Code::broken));
    EXPECT_THAT(answer.sentence(), HasSubstr("This is a defect"));
    EXPECT_EQ(answer.next_step, "quantum verify --json");
}

TEST_F(UndecidedTest, BeforeAndAfterItsLifeThereWasNoSuchJob) {
    story.until("2027-03-02 01:00:00");
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 02:05:00");
    ASSERT_TRUE(story.scheduler->delete_job("report", {.actor = "api:ops"}));
    story.until("2027-03-02 03:05:00");
    story.add(Story::job("report", "*/20 * * * *"));
    story.until("2027-03-02 04:00:00");
    const Answer before = story.at("report", "2027-03-02 00:30:00");
    EXPECT_THAT(codes(before), ElementsAre(Code::no_such_job_then));
    EXPECT_THAT(before.sentence(), HasSubstr("The job was added at 01:00"));
    const Answer between = story.at("report", "2027-03-02 02:30:00");
    EXPECT_THAT(codes(between), ElementsAre(Code::no_such_job_then));
    EXPECT_THAT(between.sentence(),
                AllOf(HasSubstr("deleted at 02:05 by api:ops"), HasSubstr("added again at 03:05")));
    EXPECT_EQ(story.at("report", "2027-03-02 01:30:00").code(), Code::ran);
    EXPECT_EQ(story.at("report", "2027-03-02 03:30:00").code(), Code::not_due_field)
        << "by the definition of then";
}

TEST_F(UndecidedTest, AnInstantIsJudgedByTheDefinitionOfThen) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 02:05:00");
    story.add(Story::job("report", "0 * * * *"));
    story.until("2027-03-02 04:00:00");
    EXPECT_EQ(story.at("report", "2027-03-02 01:10:00").code(), Code::ran);
    EXPECT_EQ(story.at("report", "2027-03-02 03:10:00").code(), Code::not_due_field);
}

TEST_F(UndecidedTest, WhatIsToComeWillRun) {
    Job job = Story::job("report", "30 2 * * *");
    ASSERT_TRUE(job.set_jitter(5min));
    story.add(job);
    story.until("2027-03-02 01:00:00");
    const Answer answer = story.at("report", "2027-03-02 02:30:00");
    EXPECT_THAT(codes(answer), ElementsAre(Code::will_run));
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("It will run in 1h30m"), HasSubstr("jitter")));
    EXPECT_EQ(story.at("report", "2027-03-02 02:40:00").code(), Code::not_due_field);
    story.presence.is_held = false;
    EXPECT_THAT(codes(story.at("report", "2027-03-02 02:30:00")),
                ElementsAre(Code::down, Code::will_run));
    story.presence.is_held = true;
    engine.bound = false;
    story.engine = &engine;
    EXPECT_THAT(codes(story.at("report", "2027-03-02 02:30:00")),
                ElementsAre(Code::will_not, Code::will_run));
}

TEST_F(UndecidedTest, ARunThatGoesOnMayBeInTheWayOfTheNext) {
    story.runner->script("report", {.duration = std::nullopt});
    story.add(Story::job("report", "30 * * * *"));
    story.until("2027-03-02 01:00:00");
    const Answer next = story.at("report", "2027-03-02 01:30:00");
    EXPECT_THAT(codes(next), ElementsAre(Code::will_run, Code::running));
    EXPECT_THAT(next.causes[1].sentence, HasSubstr("this one is skipped (overlap = skip)"));
    EXPECT_THAT(codes(story.at("report", "2027-03-02 02:30:00")), ElementsAre(Code::will_run));
}

TEST_F(UndecidedTest, WhatFallsIntoAPauseWillNotRun) {
    story.add(Story::job("report", "30 * * * *"));
    story.until("2027-03-02 01:00:00");
    ASSERT_TRUE(story.scheduler->pause_job(
        "report", {.until = test::at("2027-03-02 06:00:00"), .note = "", .actor = "oncall"}));
    story.settle();
    const Answer held = story.at("report", "2027-03-02 02:30:00");
    EXPECT_THAT(codes(held), ElementsAre(Code::will_not));
    EXPECT_THAT(held.sentence(), AllOf(HasSubstr("paused by oncall since 01:00"),
                                       HasSubstr("(no note)"), HasSubstr("until 06:00")));
    EXPECT_EQ(held.next_step, "quantum resume 'report'");
    EXPECT_EQ(story.at("report", "2027-03-02 06:30:00").code(), Code::will_run);
    story.until("2027-03-02 07:00:00");
    const Answer past = story.at("report", "2027-03-02 02:30:00");
    EXPECT_EQ(past.code(), Code::skipped_paused);
    EXPECT_EQ(past.next_step, "") << "it is not paused any more";
}

TEST_F(UndecidedTest, WithoutATimeTheLastAndTheNextAreExplained) {
    story.add(Story::job("report", "30 * * * *"));
    story.until("2027-03-02 02:00:00");
    auto answers = story.last_and_next("report");
    ASSERT_THAT(answers, SizeIs(2));
    EXPECT_EQ(answers[0].at, test::at("2027-03-02 01:30:00"));
    EXPECT_EQ(answers[0].code(), Code::ran);
    EXPECT_EQ(answers[1].at, test::at("2027-03-02 02:30:00"));
    EXPECT_EQ(answers[1].code(), Code::will_run);
    ASSERT_TRUE(story.scheduler->trigger("report"));
    story.clock.advance(1min);
    answers = story.last_and_next("report");
    ASSERT_THAT(answers, SizeIs(3)) << "the run by hand, too";
    ASSERT_TRUE(story.scheduler->delete_job("report"));
    story.clock.advance(1h);
    answers = story.last_and_next("report");
    EXPECT_EQ(answers.back().code(), Code::no_such_job_then);
}

TEST_F(UndecidedTest, APeriodHasAnAnswerForEachDueTimeUpToALimit) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 02:00:00");
    EXPECT_THAT(
        story.ask("report", test::at("2027-03-02 00:05:00"), test::at("2027-03-02 01:00:00")),
        SizeIs(6));
    const auto ledger = SqliteLedger::open(story.directory());
    const Setting setting{story.clock.wall_now(), story.presence};
    const auto few = Inquiry(**ledger, setting)
                         .about("report", {test::at("2027-03-02 00:05:00"), setting.now}, 3);
    ASSERT_TRUE(few);
    EXPECT_THAT(few->found, SizeIs(3));
    EXPECT_TRUE(few->more);
}

TEST_F(UndecidedTest, AnExecutionIsFoundByTheEndOfItsId) {
    story.add(Story::job("report", "*/10 * * * *"));
    story.until("2027-03-02 02:05:00");
    const Answer known = story.at("report", "2027-03-02 01:00:00");
    const std::string text = known.id->text();
    for (const std::string& id : {text, text.substr(28)}) {
        const auto answers = story.found([&](const Inquiry& why) { return why.execution(id); });
        ASSERT_THAT(answers, SizeIs(1));
        EXPECT_EQ(answers[0].sentence(), known.sentence());
    }
    const auto ledger = SqliteLedger::open(story.directory());
    const Setting setting{story.clock.wall_now(), story.presence};
    EXPECT_EQ(Inquiry(**ledger, setting).execution("00000000").error().code, ErrorCode::not_found);
    EXPECT_EQ(Inquiry(**ledger, setting).last_and_next("nobody").error().code,
              ErrorCode::not_found);
}

}  // namespace
}  // namespace quantum::why
