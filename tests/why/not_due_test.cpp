// Instants at which a job is not due: which field, change of the clocks, window or state says no.
#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

struct FieldCase {
    std::string_view name;
    std::string_view schedule;
    Dialect dialect;
    std::string_view zone;
    std::string_view at;  // UTC
    Code code;
    std::string_view part;
    std::string_view absent = {};
};

struct NotDueTest : testing::TestWithParam<FieldCase> {};

TEST_P(NotDueTest, SaysWhatSaysNo) {
    const FieldCase& row = GetParam();
    Story story("2027-01-01 00:00:00");
    story.start();
    story.add(Story::job("report", std::string(row.schedule),
                         {.dialect = row.dialect, .zone = std::string(row.zone)}));
    story.end_process();
    story.clock.set_wall(test::at("2028-01-02 00:00:00"));

    const Answer answer = story.at("report", std::string(row.at));

    EXPECT_THAT(codes(answer), ElementsAre(row.code)) << answer.sentence();
    EXPECT_FALSE(answer.is_due);
    EXPECT_THAT(answer.sentence(), HasSubstr(std::string(row.part)));
    if (!row.absent.empty()) {
        EXPECT_THAT(answer.sentence(), Not(HasSubstr(std::string(row.absent))));
    }
    EXPECT_THAT(rows(answer), ElementsAre("revision"));
}

constexpr std::string_view utc = "UTC";
constexpr std::string_view zurich = "Europe/Zurich";
constexpr Code field = Code::not_due_field;

const FieldCase field_cases[] = {
    {"Minute", "*/20 * * * *", Dialect::cron, utc, "2027-03-02 02:30:00", field,
     "the minute field `*/20` allows 0, 20, 40", "hour"},
    {"Second", "*/20 * * * *", Dialect::cron, utc, "2027-03-02 02:20:05", field,
     "the second field allows 0"},
    {"Fraction", "*/20 * * * *", Dialect::cron, utc, "2027-03-02 02:20:00.5", field,
     "whole seconds"},
    {"HourIsLocal", "0 2 * * *", Dialect::cron, zurich, "2027-03-02 02:00:00", field,
     "the hour field `2` allows 2", "minute"},
    {"SeveralFieldsLargestFirst", "30 2 * * *", Dialect::cron, utc, "2027-03-02 03:00:00", field,
     "the hour field `2` allows 2; the minute field `30` allows 30"},
    {"Month", "0 0 1 jan,jul *", Dialect::cron, utc, "2027-03-01 00:00:00", field,
     "the month field `jan,jul` allows January, July"},
    {"Day", "0 0 1-5 * *", Dialect::cron, utc, "2027-03-09 00:00:00", field,
     "the day field `1-5` allows 1 to 5 in that month", "weekday"},
    {"Weekday", "0 8 * * 1-5", Dialect::cron, utc, "2027-03-06 08:00:00", field,
     "the weekday field `1-5` allows Monday to Friday", "the day field"},
    {"EitherDay", "0 0 13 * 5", Dialect::cron, utc, "2027-03-02 00:00:00", field,
     "one of the two day fields must match: the day field `13` allows 13 in that month, the "
     "weekday "
     "field `5` allows Friday"},
    {"BothDays", "0 0 0 13 * FRI", Dialect::spring, utc, "2027-03-05 00:00:00", field,
     "the day field `13` allows 13", "weekday"},
    {"LastDay", "0 0 L * *", Dialect::cron, utc, "2027-02-27 00:00:00", field,
     "the day field `L` allows 28 in that month"},
    {"LastFriday", "0 0 * * 5L", Dialect::cron, utc, "2027-03-05 00:00:00", field,
     "the weekday field `5L` does not allow that day"},
    {"Year", "0 0 0 1 1 ? 2030", Dialect::quartz, utc, "2027-01-01 00:00:00", field,
     "the year field `2030` does not allow 2027"},
    {"Macro", "@daily", Dialect::cron, utc, "2027-03-02 02:30:00", field,
     "the hour field allows 0; the minute field allows 0"},
    {"SecondsFirst", "30 0 2 * * *", Dialect::seconds, utc, "2027-03-02 02:00:00", field,
     "the second field `30` allows 30"},
    {"Systemd", "Mon..Fri *-*-* 08:30", Dialect::systemd, utc, "2027-03-06 08:30:00", field,
     "the weekday field allows Monday to Friday"},
    {"Aws", "cron(0 8 ? * MON-FRI *)", Dialect::aws, utc, "2027-03-02 09:00:00", field,
     "the hour field `8` allows 8"},
    {"ManyValues", "1-59/2 * * * *", Dialect::cron, utc, "2027-03-02 02:00:00", field,
     "1, 3, 5, 7"},
    {"Interval", "@every 90m", Dialect::cron, utc, "2027-03-02 02:10:00", field,
     "it runs every 1h30m, counted from 1 Jan 2027 00:00"},
    // 31 October 2027, 03:00 -> 02:00.
    {"SecondPass", "30 2 * * *", Dialect::cron, zurich, "2027-10-31 01:30:00", Code::not_due_dst,
     "came twice, because clocks went back, and this was the second pass; fixed times run in the "
     "first one"},
};

INSTANTIATE_TEST_SUITE_P(Table, NotDueTest, testing::ValuesIn(field_cases),
                         [](const auto& row) { return std::string(row.param.name); });

struct NotDueStoryTest : testing::Test {
    Story story;

    NotDueStoryTest() { story.start(); }
};

TEST_F(NotDueStoryTest, ALocalTimeThatDoesNotExistSaysWhatBecameOfIt) {
    Story spring("2027-03-27 00:00:00");
    spring.start();
    spring.add(Story::job("report", "30 2 * * *", {.zone = "Europe/Zurich"}));
    spring.add(Story::job("hourly", "30 * * * *", {.zone = "Europe/Zurich"}));
    spring.until("2027-03-29 00:00:00");
    const auto missing = [&](const std::string& job, std::chrono::seconds time) {
        const std::chrono::local_seconds local =
            std::chrono::local_days(std::chrono::year(2027) / 3 / 28) + time;
        const WallTime after = test::at("2027-03-28 01:00:00");
        return spring.found([&](const Inquiry& why) {
            return why.about(job, {after, after, local});
        });
    };
    const auto merged = missing("report", 2h + 30min);
    ASSERT_THAT(merged, SizeIs(1));
    EXPECT_THAT(codes(merged[0]), ElementsAre(Code::not_due_dst, Code::ran));
    EXPECT_THAT(merged[0].sentence(), AllOf(HasSubstr("Sun 02:30 did not exist"),
                                            HasSubstr("merged into the first instant")));
    const auto nothing = missing("hourly", 2h + 30min);
    EXPECT_THAT(codes(nothing[0]), ElementsAre(Code::not_due_dst));
    EXPECT_THAT(nothing[0].sentence(), HasSubstr("follows real time"));
    EXPECT_THAT(codes(missing("report", 2h + 15min)[0]), Contains(Code::not_due_field));
}

TEST_F(NotDueStoryTest, ALocalTimeThatWillNotExistSaysWhatWillBecomeOfIt) {
    Story winter("2027-02-01 00:00:00");
    winter.start();
    winter.add(Story::job("report", "30 2 * * *", {.zone = "Europe/Zurich"}));
    const WallTime after = test::at("2027-03-28 01:00:00");
    const auto answers = winter.found([&](const Inquiry& why) {
        return why.about(
            "report",
            {after, after, std::chrono::local_days(std::chrono::year(2027) / 3 / 28) + 2h + 30min});
    });
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_THAT(codes(answers[0]), ElementsAre(Code::not_due_dst, Code::will_run));
    EXPECT_THAT(answers[0].sentence(), AllOf(HasSubstr("28 Mar 02:30 does not exist"),
                                             HasSubstr("its run is merged into")));
}

TEST_F(NotDueStoryTest, AWindowSaysWhenItBeginsAndEnds) {
    Job job = Story::job("report", "0 * * * *");
    job.set_schedule(
        job.schedule()->within(test::at("2027-03-02 06:00:00"), test::at("2027-03-02 12:00:00")));
    story.add(job);
    story.until("2027-03-03 00:00:00");
    const Answer early = story.at("report", "2027-03-02 03:00:00");
    EXPECT_EQ(early.code(), Code::not_due_window);
    EXPECT_THAT(early.sentence(), HasSubstr("begins at Tue 06:00"));
    const Answer late = story.at("report", "2027-03-02 12:00:00");
    EXPECT_EQ(late.code(), Code::not_due_window);
    EXPECT_THAT(late.sentence(), HasSubstr("ended at Tue 12:00"));
    EXPECT_EQ(story.at("report", "2027-03-02 06:30:00").code(), Code::not_due_field);
    EXPECT_EQ(story.at("report", "2027-03-02 06:00:00").code(), Code::ran);
}

TEST_F(NotDueStoryTest, ADateThatIsLeftOutIsNamed) {
    Job job = Story::job("report", "0 8 * * *");
    job.set_schedule(job.schedule()->except_dates({std::chrono::year(2027) / 3 / 3}));
    story.add(job);
    story.until("2027-03-04 12:00:00");
    const Answer answer = story.at("report", "2027-03-03 08:00:00");
    EXPECT_EQ(answer.code(), Code::not_due_except);
    EXPECT_EQ(answer.sentence(), "Wed 3 Mar is in except_dates.");
    EXPECT_EQ(story.at("report", "2027-03-03 09:00:00").code(), Code::not_due_field);
}

TEST_F(NotDueStoryTest, OfSeveralSchedulesEachSaysNo) {
    Job job = Story::job("report", "0 8 * * *");
    ASSERT_TRUE(job.schedule());
    job.add_schedule(*parse_schedule("30 20 * * *"));
    story.add(job);
    story.until("2027-03-03 00:00:00");
    const Answer answer = story.at("report", "2027-03-02 09:00:00");
    EXPECT_EQ(answer.code(), Code::not_due_field);
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("`8` allows 8"), HasSubstr("`20` allows 20")));
    EXPECT_EQ(story.at("report", "2027-03-02 20:30:00").code(), Code::ran);
}

TEST_F(NotDueStoryTest, AJobThatIsNotActiveSaysSinceWhen) {
    story.add(Story::job("report", "0 * * * *"));
    story.until("2027-03-02 03:30:00");
    ASSERT_TRUE(story.scheduler->deactivate_job("report"));
    story.until("2027-03-02 06:30:00");
    const Answer answer = story.at("report", "2027-03-02 05:00:00");
    EXPECT_EQ(answer.code(), Code::not_due_inactive);
    EXPECT_THAT(answer.sentence(), HasSubstr("inactive since 03:30"));
    EXPECT_EQ(story.at("report", "2027-03-02 03:00:00").code(), Code::ran) << "the one before";
    EXPECT_EQ(story.at("report", "2027-03-02 08:00:00").code(), Code::not_due_inactive)
        << "to come";
}

TEST_F(NotDueStoryTest, AOneShotIsFinishedOnceItIsOver) {
    Job job = Story::job("once", "@daily");
    job.set_schedule(Schedule::once(test::at("2027-03-02 03:00:00")));
    story.add(job);
    EXPECT_EQ(story.at("once", "2027-03-02 02:00:00").code(), Code::not_due_field);
    story.until("2027-03-02 06:00:00");
    const Answer answer = story.at("once", "2027-03-02 05:00:00");
    EXPECT_EQ(answer.code(), Code::not_due_finished);
    EXPECT_THAT(answer.sentence(), HasSubstr("Its only due time was 03:00"));
    EXPECT_EQ(story.at("once", "2027-03-02 03:00:00").code(), Code::ran);
}

TEST_F(NotDueStoryTest, WhatHasNoTimesSaysSo) {
    Job manual;
    ASSERT_TRUE(manual.set_name("manual"));
    ASSERT_TRUE(manual.set_task(HandlerCall{"manual", {}}));
    story.add(manual);
    story.add(Story::job("boot", "@reboot"));
    story.until("2027-03-02 06:00:00");
    EXPECT_EQ(story.at("manual", "2027-03-02 05:00:00").code(), Code::not_due_manual);
    EXPECT_EQ(story.at("boot", "2027-03-02 05:00:00").code(), Code::not_due_reboot);
    EXPECT_EQ(story.at("boot", "2027-03-02 00:00:00").code(), Code::ran);
}

TEST_F(NotDueStoryTest, ANeverMatchingScheduleSaysNever) {
    Job job = Story::job("never", "0 0 1 1 *");
    job.set_schedule(
        job.schedule()->within(test::at("2027-03-01 00:00:00"), test::at("2027-04-01 00:00:00")));
    story.add(job);
    story.until("2027-03-02 06:00:00");
    EXPECT_EQ(story.at("never", "2027-03-02 05:00:00").code(), Code::never);
}

}  // namespace
}  // namespace quantum::why
