// Jobs written down in one piece, the scheduler's defaults, and its configuration (rows S2 to S5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/cron.hpp"

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(JobSpec, SaysEverythingInOnePiece) {
    World world;
    world.start();
    const auto name = world.scheduler->add_job({.name = "report",
                                                .schedule = "0 3 * * *",
                                                .task = HandlerCall{"report", {}},
                                                .zone = "Europe/Zurich",
                                                .overlap = Overlap::queue,
                                                .queue_limit = 3,
                                                .misfire = Misfire::all,
                                                .misfire_cap = 7,
                                                .grace = 1h,
                                                .jitter = 5s,
                                                .retries = 2,
                                                .backoff = Backoff::fixed(9s),
                                                .retry_past_next = true,
                                                .on_lost = OnLost::rerun,
                                                .timeout = 30s,
                                                .tags = {"database"}});
    ASSERT_TRUE(name) << name.error().message;
    const JobRef job = *world.scheduler->find_job("report");
    EXPECT_EQ(job->schedule()->zone_name(), "Europe/Zurich");
    const JobPolicies expected{.overlap = Overlap::queue,
                               .queue_limit = 3,
                               .misfire = Misfire::all,
                               .misfire_cap = 7,
                               .grace = 1h,
                               .jitter = 5s,
                               .retries = 2,
                               .backoff = Backoff::fixed(9s),
                               .retry_past_next = true,
                               .on_lost = OnLost::rerun,
                               .timeout = 30s,
                               .tags = {"database"}};
    EXPECT_EQ(job->policies(), expected);
}

TEST(JobSpec, ASettingIsAValueOrNothing) {
    JobSpec spec;
    EXPECT_FALSE(spec.overlap);
    EXPECT_EQ(spec.overlap.value_or(Overlap::queue), Overlap::queue);
    spec.overlap = Overlap::allow;
    ASSERT_TRUE(spec.overlap.has_value());
    EXPECT_EQ(*spec.overlap, Overlap::allow);
    EXPECT_EQ(spec.overlap.value_or(Overlap::queue), Overlap::allow);
    spec.overlap = std::nullopt;
    EXPECT_FALSE(spec.overlap);
    spec.zone = "Europe/Zurich";
    EXPECT_EQ(spec.zone->size(), 13u);
    spec.zone.reset();
    EXPECT_EQ(spec.zone, JobSpec{}.zone);
}

TEST(JobSpec, AScheduleIsATextOrReadyMadeOrNone) {
    JobSpec spec{.name = "report", .task = [] {}};
    EXPECT_TRUE(spec.schedule.is_none());
    ASSERT_TRUE(make_job(spec));
    EXPECT_FALSE(make_job(spec)->schedule());
    spec.schedule = "";
    EXPECT_FALSE(make_job(spec)) << "a text without a schedule is wrong, not none";
    const std::string text = "0 3 * * *";
    spec.schedule = text;
    EXPECT_EQ(*spec.schedule.text(), text);
    const Schedule ready = *make_job(spec)->schedule();
    spec.schedule = ready;
    EXPECT_EQ(spec.schedule.text(), nullptr);
    EXPECT_EQ(*make_job(spec)->schedule(), ready);
    spec.schedule = std::nullopt;
    EXPECT_TRUE(spec.schedule.is_none());
}

TEST(JobSpec, ALiteralIsReadLikeItsText) {
    const auto job_of = [](ScheduleSource schedule, Setting<DayRule> days) {
        return make_job({.name = "report",
                         .schedule = std::move(schedule),
                         .task = [] {},
                         .zone = "Europe/Zurich",
                         .dst = DstPolicy{DstGap::skip, DstRepeat::both},
                         .days = days});
    };
    const auto literal = job_of("30 2 13 * 5"_cron, {});
    ASSERT_TRUE(literal) << literal.error().message;
    EXPECT_EQ(literal->schedule()->zone_name(), "Europe/Zurich");
    EXPECT_EQ(*literal->schedule(), *job_of("30 2 13 * 5", {})->schedule());
    const auto both = job_of("30 2 13 * 5"_cron, DayRule::both);
    ASSERT_TRUE(both) << both.error().message;
    EXPECT_EQ(*both->schedule(), *job_of("30 2 13 * 5", DayRule::both)->schedule());
    EXPECT_NE(*both->schedule(), *literal->schedule());

    JobDefaults defaults;
    defaults.zone = "Asia/Tokyo";
    defaults.days = DayRule::both;
    const JobSpec plain{.name = "plain", .schedule = "0 9 13 * 5"_cron, .task = [] {}};
    EXPECT_EQ(make_job(plain, defaults)->schedule()->zone_name(), "Asia/Tokyo");
    EXPECT_EQ(make_job(plain, defaults)->schedule()->days(), DayRule::both);
    EXPECT_FALSE(make_job({.schedule = "0 3 * * *"_cron, .task = [] {}, .zone = "Mars/Olympus"}));
    const auto two = make_job({.schedule = "0 3 * * *"_cron,
                               .task = [] {},
                               .zone = "Asia/Tokyo",
                               .more_schedules = {"0 0 12 * * *"_quantum}});
    ASSERT_TRUE(two) << two.error().message;
    ASSERT_THAT(two->schedule()->parts(), SizeIs(2));
    EXPECT_EQ(two->schedule()->parts()[1].zone_name(), "Asia/Tokyo");
}

TEST(JobSpec, OfAJobTakesALiteralInItsZone) {
    JobDefaults defaults;
    defaults.zone = "Asia/Tokyo";
    Job job(defaults);
    ASSERT_TRUE(job.set_schedule("0 9 * * *"_cron));
    EXPECT_EQ(*job.schedule(), *parse_schedule("0 9 * * *", {.zone = "Asia/Tokyo"}));
    ASSERT_TRUE(job.set_zone("Europe/Zurich"));
    EXPECT_EQ(*job.schedule(), *parse_schedule("0 9 * * *", {.zone = "Europe/Zurich"}));
}

TEST(JobSpec, AJobStandsForOne) {
    Job job = World::job("report", "0 3 * * *");
    ASSERT_TRUE(job.set_timeout(30s));
    const JobSpec copied = job;
    EXPECT_EQ(make_job(copied)->name(), "report");
    EXPECT_EQ(make_job(copied)->timeout(), 30s);
    const JobSpec moved = std::move(job);
    EXPECT_EQ(*make_job(moved)->schedule(), *make_job(copied)->schedule());
}

TEST(JobSpec, AnObjectKeepsItsOwnZoneAndMustNotBeContradicted) {
    const Schedule tokyo = *Schedule::of("0 9 * * *"_cron, "Asia/Tokyo");
    const auto with = [](const Schedule& schedule, Setting<std::string> zone,
                         Setting<DstPolicy> dst = {}) {
        return make_job({.name = "report",
                         .schedule = schedule,
                         .task = [] {},
                         .zone = std::move(zone),
                         .dst = dst});
    };
    EXPECT_EQ(with(tokyo, {})->schedule()->zone_name(), "Asia/Tokyo");
    EXPECT_TRUE(with(tokyo, "Asia/Tokyo", DstPolicy{}));
    const auto zurich = with(tokyo, "Europe/Zurich");
    ASSERT_FALSE(zurich);
    EXPECT_EQ(zurich.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(zurich.error().message,
              "job 'report': zone: 'Europe/Zurich' contradicts the schedule '0 9 * * *', an object "
              "in the zone 'Asia/Tokyo'; leave out one of them");
    const auto other = with(tokyo, {}, DstPolicy{DstGap::skip, DstRepeat::first});
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("dst: contradicts the schedule '0 9 * * *'"));

    // Parts and what is narrowed are asked too; instants and intervals are the same everywhere.
    const Schedule hourly = *Schedule::of("0 * * * *"_cron, "Europe/Zurich");
    EXPECT_FALSE(with(Schedule::any_of({hourly, tokyo}), "Europe/Zurich"));
    EXPECT_FALSE(with(tokyo.within(at("2026-11-22 00:00:00"), {}), "Europe/Zurich"));
    EXPECT_FALSE(with(hourly.except(tokyo), "Asia/Tokyo"));
    EXPECT_TRUE(with(Schedule::once(at("2026-11-22 00:00:00")), "Europe/Zurich"));
    EXPECT_TRUE(with(Schedule::every(90s, at("2026-11-22 00:00:00")), "Europe/Zurich"));
    EXPECT_TRUE(with(*parse_schedule("@reboot"), "Europe/Zurich"));
    EXPECT_FALSE(make_job({.schedule = "0 9 * * *",
                           .task = [] {},
                           .zone = "Europe/Zurich",
                           .more_schedules = {tokyo}}));
}

struct WrongSpec {
    const char* name;
    JobSpec spec;
    const char* message;
};

void PrintTo(const WrongSpec& row, std::ostream* out) { *out << row.name; }

class RefusedSpec : public testing::TestWithParam<WrongSpec> {};

TEST_P(RefusedSpec, SaysWhichJobAndWhatIsWrong) {
    JobSpec spec = GetParam().spec;
    spec.name = "report";
    if (spec.task.kind() == TaskKind::none) spec.task = Function([] {});
    const auto job = make_job(spec);
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(job.error().message, HasSubstr("job 'report'"));
    EXPECT_THAT(job.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSpec,
    testing::Values(
        WrongSpec{"Schedule", {.schedule = "61 * * * *"}, "61"},
        WrongSpec{"AnotherSchedule", {.schedule = "* * * * *", .more_schedules = {"x"}}, "x"},
        WrongSpec{"Zone", {.schedule = "* * * * *", .zone = "Mars/Olympus"}, "Mars/Olympus"},
        WrongSpec{"ZoneWithoutSchedule", {.zone = "Mars/Olympus"}, "Mars/Olympus"},
        WrongSpec{"EmptyFunction", {.task = Function()}, "the function is empty"},
        WrongSpec{"Command", {.task = Command{}}, "program"},
        WrongSpec{"QueueLimit", {.queue_limit = 0}, "at least 1"},
        WrongSpec{"Cap", {.misfire_cap = 0}, "at least 1"},
        WrongSpec{"Grace", {.grace = -1s}, "negative"},
        WrongSpec{"Jitter", {.jitter = -1s}, "negative"},
        WrongSpec{"Backoff", {.retries = 1, .backoff = {.first = -1s}}, "negative"},
        WrongSpec{"Factor", {.retries = 1, .backoff = {.factor = 0.5}}, "at least 1"},
        WrongSpec{"BackoffJitter", {.retries = 1, .backoff = {.jitter = 1.5}}, "from 0 to 1"},
        WrongSpec{"Timeout", {.timeout = 0s}, "timeout"},
        WrongSpec{"EmptyTag", {.tags = {""}}, "empty"},
        WrongSpec{"TagTwice", {.tags = {"a", "a"}}, "'a' is listed twice"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Defaults, FillInWhatAJobDoesNotSay) {
    WorldOptions options;
    options.config.defaults.overlap = Overlap::allow;
    options.config.defaults.misfire = Misfire::skip;
    options.config.defaults.state = JobState::inactive;
    options.config.defaults.zone = "America/New_York";
    options.config.defaults.dialect = Dialect::seconds;
    World world(std::move(options));
    world.start();
    ASSERT_TRUE(world.scheduler->add_job(
        {.name = "plain", .schedule = "30 0 9 * * *", .task = HandlerCall{"plain", {}}}));
    ASSERT_TRUE(world.scheduler->add_job({.name = "says",
                                          .schedule = "0 0 9 * * *",
                                          .task = HandlerCall{"says", {}},
                                          .zone = "UTC",
                                          .state = JobState::active,
                                          .overlap = Overlap::skip}));
    const JobRef plain = *world.scheduler->find_job("plain");
    EXPECT_EQ(plain->overlap(), Overlap::allow);
    EXPECT_EQ(plain->misfire(), Misfire::skip);
    EXPECT_EQ(plain->state(), JobState::inactive);
    EXPECT_EQ(plain->schedule()->zone_name(), "America/New_York");
    const JobRef says = *world.scheduler->find_job("says");
    EXPECT_EQ(says->overlap(), Overlap::skip);
    EXPECT_EQ(says->misfire(), Misfire::skip);
    EXPECT_EQ(says->state(), JobState::active);
    EXPECT_EQ(says->schedule()->zone_name(), "UTC");

    // A job that was put together by hand too; what it says is kept when it is added again.
    Job job = World::job("by hand", "0 12 * * *");
    world.add(job);
    EXPECT_EQ((*world.scheduler->find_job("by hand"))->overlap(), Overlap::allow);
    world.add(Job(**world.scheduler->find_job("says")));
    EXPECT_EQ((*world.scheduler->find_job("says"))->overlap(), Overlap::skip);
}

TEST(Defaults, HoldTheDayRuleUnlessAJobHasOne) {
    SchedulerConfig config;
    config.defaults.days = DayRule::both;
    World world({.config = config});
    world.start();
    ASSERT_TRUE(world.scheduler->add_job({.name = "a", .schedule = "0 9 13 * 5", .task = [] {}}));
    ASSERT_TRUE(world.scheduler->add_job(
        {.name = "b", .schedule = "0 9 13 * 5", .task = [] {}, .days = DayRule::either}));
    Job job = world.scheduler->new_job();
    ASSERT_TRUE(job.set_schedule("0 9 13 * 5"));
    ASSERT_TRUE(job.set_zone("Europe/Zurich"));
    EXPECT_EQ(job.schedule()->days(), DayRule::both);
    EXPECT_EQ(job.schedule()->next(at("2026-11-22 00:00:00")), at("2027-08-13 07:00:00"));
    const auto days_of = [&](const char* name) {
        return (*world.scheduler->find_job(name))->schedule()->days();
    };
    EXPECT_EQ(days_of("a"), DayRule::both);
    EXPECT_EQ(days_of("b"), DayRule::either);
    const auto name = world.scheduler->add_job({.schedule = "0 9 13 * 5", .task = Function([] {})});
    ASSERT_TRUE(name);
    EXPECT_EQ(days_of(name->c_str()), DayRule::both);
}

TEST(Defaults, AreWhatNewJobIsMadeWith) {
    WorldOptions options;
    options.config.defaults.zone = "Europe/Zurich";
    options.config.defaults.dialect = Dialect::quantum;
    options.config.defaults.schedule = *parse_schedule("0 3 * * *", {.zone = "Europe/Zurich"});
    World world(std::move(options));
    Job job = world.scheduler->new_job();
    EXPECT_EQ(job.schedule()->text(), "0 3 * * *");
    ASSERT_TRUE(job.set_schedule("*/7"));  // of Quantum's dialect: the rest is left out
    EXPECT_EQ(job.schedule()->zone_name(), "Europe/Zurich");
    ASSERT_TRUE(job.set_zone("Asia/Tokyo"));
    EXPECT_EQ(job.schedule()->zone_name(), "Asia/Tokyo");
    EXPECT_EQ(job.schedule()->text(), "*/7");
    EXPECT_FALSE(job.set_zone("Mars/Olympus"));
    EXPECT_EQ(job.schedule()->zone_name(), "Asia/Tokyo");
}

TEST(Configuration, StartsItsGoodJobsAndWarnsOfTheOthersWhereItIsToldTo) {
    std::vector<std::string> reasons;
    WorldOptions options;
    options.config.skip_invalid_jobs = true;
    options.config.defaults.zone = "Europe/Zurich";
    options.config.jobs = {
        JobSpec{.name = "good",
                .schedule = "@HOURLY",
                .task = HandlerCall{"good", {}},
                .dialect = Dialect::quantum},
        JobSpec{.name = "bad zone",
                .schedule = "* * * * *",
                .task = HandlerCall{"x", {}},
                .zone = "Mars/Olympus"},
        JobSpec{.name = "bad text", .schedule = "* * * * 9", .task = HandlerCall{"x", {}}},
        JobSpec{.name = "good", .schedule = "* * * * *", .task = HandlerCall{"x", {}}},
        JobSpec{.name = "no task", .schedule = "* * * * *"},
        JobSpec{.schedule = "30 * * * *", .task = HandlerCall{"unnamed", {}}},
        World::job("by hand", "* * * * *")};
    options.config.log = [&](LogLevel level, std::string_view, auto fields) {
        if (level == LogLevel::warning) reasons.emplace_back(fields[0].value);
    };
    World world(std::move(options));
    world.start();
    EXPECT_THAT(reasons,
                ElementsAre(HasSubstr("Mars/Olympus"), HasSubstr("job 'bad text'"),
                            "job 'good': another job has this name", HasSubstr("job 'no task'")));
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(3));
    world.clock.advance(1h);
    EXPECT_THAT(world.dues("good"), ElementsAre("2024-03-01 12:00:00"));
}

TEST(Configuration, WhatIsWrongOfItIsWhatStartAnswersAllAtOnce) {
    SchedulerConfig config;
    config.jobs = {JobSpec{.name = "bad zone",
                           .schedule = "* * * * *",
                           .task = HandlerCall{"x", {}},
                           .zone = "Mars/Olympus"},
                   JobSpec{.name = "good", .schedule = "* * * * *", .task = HandlerCall{"x", {}}},
                   JobSpec{.name = "good", .schedule = "* * * * *", .task = HandlerCall{"x", {}}},
                   JobSpec{.name = "no task", .schedule = "* * * * *"}};
    Scheduler scheduler(std::move(config));
    const Status started = scheduler.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(started.error().message,
                AllOf(HasSubstr("Mars/Olympus"), HasSubstr("job 'good': another job has this name"),
                      HasSubstr("job 'no task': task: is missing")));
}

TEST(Configuration, AnUnknownZoneOfItIsWhatStartAnswers) {
    SchedulerConfig config;
    config.defaults.zone = "Mars/Olympus";
    Scheduler scheduler(std::move(config));
    const Status started = scheduler.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message,
              "the configuration: defaults: there is no time zone 'Mars/Olympus' in the time-zone "
              "data");
}

TEST(Configuration, AnInitHookMayChangeItAsTheSchedulerStarts) {
    WorldOptions options;
    options.config.name = "mine";
    options.config.init = [](SchedulerConfig config) -> Result<SchedulerConfig> {
        config.name = "another";
        config.defaults.overlap = Overlap::allow;
        config.jobs = {World::job("from the hook", "0 12 * * *")};
        return config;
    };
    World world(std::move(options));
    world.start();
    EXPECT_EQ(world.scheduler->name(), "mine");
    EXPECT_EQ((*world.scheduler->find_job("from the hook"))->overlap(), Overlap::allow);
}

TEST(Configuration, AHookThatRefusesIsWhatStartAnswers) {
    for (const bool throws : {true, false}) {
        SchedulerConfig config;
        config.init = [throws](const SchedulerConfig&) -> Result<SchedulerConfig> {
            if (throws) throw std::runtime_error("no settings");
            return fail(ErrorCode::not_found, "no settings");
        };
        Scheduler scheduler(std::move(config));
        const Status started = scheduler.start();
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().message, "init: no settings");
        EXPECT_EQ(scheduler.state(), SchedulerState::stopped);
    }
}

TEST(Job, JobsOfEqualPoliciesShareThem) {
    World world;
    world.start();
    for (int i = 0; i < 3; ++i) {
        Job job = World::job("job " + std::to_string(i), "0 12 * * *");
        ASSERT_TRUE(job.set_retries(3));
        world.add(std::move(job));
    }
    const JobRef first = *world.scheduler->find_job("job 0");
    const JobRef last = *world.scheduler->find_job("job 2");
    EXPECT_EQ(&first->policies(), &last->policies());
}

}  // namespace
}  // namespace quantum::test
