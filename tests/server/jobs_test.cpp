// What the API says of jobs.
#include <string>
#include <vector>

#include "server/api_fixture.hpp"

namespace quantum::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct JobsApi : ApiTest {
    static std::string cursor(const Response& page) { return text(json(page), "next"); }

    static FeedEvent ended(const std::string& job, OutcomeKind kind, WallTime time,
                           int exit_code = 0) {
        FeedEvent event;
        event.kind =
            kind == OutcomeKind::succeeded ? TelemetryKind::job_stop : TelemetryKind::job_exception;
        event.job = job;
        event.id = ExecutionId{};
        event.time = time;
        event.started_at = time - std::chrono::seconds(2);
        event.outcome.emplace();
        event.outcome->kind = kind;
        event.outcome->exit_code = exit_code;
        event.outcome->duration = std::chrono::seconds(2);
        return event;
    }
};

TEST_F(JobsApi, AreListedByNameAPageAtATime) {
    for (const char* name : {"delta", "alpha", "echo", "bravo", "charlie"}) engine.add(name);
    const Response first = get("/v1/jobs?limit=2");
    EXPECT_THAT(names(first, "jobs"), ElementsAre("alpha", "bravo"));
    EXPECT_EQ(json(first).at("total").as_int64(), 5);
    const Response second = get("/v1/jobs?limit=2&cursor=" + cursor(first));
    EXPECT_THAT(names(second, "jobs"), ElementsAre("charlie", "delta"));
    const Response last = get("/v1/jobs?limit=2&cursor=" + cursor(second));
    EXPECT_THAT(names(last, "jobs"), ElementsAre("echo"));
    EXPECT_EQ(cursor(last), "");
    EXPECT_THAT(names(get("/v1/jobs?limit=2&offset=3"), "jobs"), ElementsAre("delta", "echo"));
}

TEST_F(JobsApi, APageGoesOnWhereItsLastRowStoodThoughThatIsGone) {
    for (const char* name : {"alpha", "bravo", "charlie", "delta"}) engine.add(name);
    const Response first = get("/v1/jobs?limit=2");
    FeedEvent gone;
    gone.kind = TelemetryKind::job_delete;
    gone.job = "bravo";
    tell(gone);
    EXPECT_THAT(names(get("/v1/jobs?cursor=" + cursor(first)), "jobs"),
                ElementsAre("charlie", "delta"));
    EXPECT_EQ(problem(get("/v1/jobs?cursor=nonsense!")), "malformed");
}

TEST_F(JobsApi, TheEngineIsAskedForAllOfThemOnce) {
    engine.add("alpha");
    for (int i = 0; i < 5; ++i) static_cast<void>(get("/v1/jobs"));
    EXPECT_EQ(engine.lists, 1);
}

TEST_F(JobsApi, WhatChangesIsToldAndNotAskedFor) {
    engine.add("alpha");
    static_cast<void>(get("/v1/jobs"));
    FeedEvent added;
    added.kind = TelemetryKind::job_add;
    added.stored = engine.add("bravo");
    added.job = "bravo";
    tell(added);
    EXPECT_THAT(names(get("/v1/jobs"), "jobs"), ElementsAre("alpha", "bravo"));
    EXPECT_EQ(engine.lists, 1);
}

TEST_F(JobsApi, WhereEventsWereLostAllIsAskedForAgain) {
    engine.add("alpha");
    static_cast<void>(get("/v1/jobs"));
    engine.add("bravo");
    Feed::Taken taken;
    taken.is_lost = true;
    api->take(std::move(taken));
    EXPECT_THAT(names(get("/v1/jobs"), "jobs"), ElementsAre("alpha", "bravo"));
    EXPECT_EQ(engine.lists, 2);
}

TEST_F(JobsApi, AreFilteredByWhatOneLooksFor) {
    engine.add("backup", "30 2 * * *", "jobs.toml:3", {"disk", "night"});
    engine.add("etl:load", "*/10 * * * *", "etl.toml:1", {"disk"});
    engine.add("mine", "@hourly", "api:oncall");
    EXPECT_THAT(names(get("/v1/jobs?q=load"), "jobs"), ElementsAre("etl:load"));
    EXPECT_THAT(names(get("/v1/jobs?prefix=et"), "jobs"), ElementsAre("etl:load"));
    EXPECT_THAT(names(get("/v1/jobs?q=true"), "jobs"), ElementsAre("backup", "etl:load", "mine"));
    EXPECT_THAT(names(get("/v1/jobs?tag=disk&tag=night"), "jobs"), ElementsAre("backup"));
    EXPECT_THAT(names(get("/v1/jobs?source=etl.toml"), "jobs"), ElementsAre("etl:load"));
    EXPECT_THAT(names(get("/v1/jobs?source=api"), "jobs"), ElementsAre("mine"));
    EXPECT_THAT(names(get("/v1/jobs?sort=next"), "jobs"),
                ElementsAre("etl:load", "mine", "backup"));
    EXPECT_EQ(problem(get("/v1/jobs?state=asleep")), "malformed");
    EXPECT_EQ(problem(get("/v1/jobs?sort=color")), "malformed");
    EXPECT_EQ(problem(get("/v1/jobs?limit=0")), "malformed");
    EXPECT_EQ(problem(get("/v1/jobs?limit=1001")), "malformed");
    EXPECT_EQ(problem(get("/v1/jobs?due_before=tomorrow")), "malformed");
}

TEST_F(JobsApi, ARowSaysHowTheLastRunsWent) {
    engine.add("load");
    static_cast<void>(get("/v1/jobs"));
    const WallTime now = engine.now_value;
    tell(ended("load", OutcomeKind::succeeded, now - std::chrono::hours(2)));
    tell(ended("load", OutcomeKind::failed, now - std::chrono::hours(1), 3));
    tell(ended("load", OutcomeKind::failed, now, 3));
    const auto row = json(get("/v1/jobs")).at("jobs").get_array().front().get_object();
    EXPECT_EQ(text(row, "alarm"), "failing");
    EXPECT_EQ(row.at("failures").as_int64(), 2);
    EXPECT_EQ(row.at("last").get_object().at("exit_code").as_int64(), 3);
    EXPECT_EQ(text(row, "hours"), std::string(21, '.') + "+!!");
    EXPECT_EQ(row.at("duration_p95_us").as_int64(), 2'000'000);
    EXPECT_THAT(names(get("/v1/jobs?alarm=failing"), "jobs"), ElementsAre("load"));
    EXPECT_THAT(names(get("/v1/jobs?outcome=succeeded"), "jobs"), ElementsAre());
}

TEST_F(JobsApi, OneIsShownWithItsDefinitionAndItsTag) {
    engine.add("etl/load: daily");
    const Response shown = get("/v1/jobs/etl%2Fload%3A%20daily");
    EXPECT_EQ(shown.status, 200u) << shown.body;
    const auto body = json(shown);
    EXPECT_EQ(text(body, "name"), "etl/load: daily");
    EXPECT_EQ(text(body.at("definition").get_object(), "schedule"), "30 2 * * *");
    EXPECT_EQ(text(body, "meaning"), "At 02:30 every day.");
    EXPECT_EQ(header(shown, "ETag"), "\"r1.active\"");
}

TEST_F(JobsApi, OneThatIsNotThereIsToldWithTheNearestNames) {
    for (const char* name : {"load-orders", "load-users", "reload", "unrelated-thing"}) {
        engine.add(name);
    }
    const Response answer = get("/v1/jobs/load-order");
    EXPECT_EQ(answer.status, 404u);
    EXPECT_EQ(problem(answer), "no-job");
    EXPECT_THAT(answer.body, HasSubstr(R"("nearest":["load-orders")"));
    EXPECT_THAT(answer.body, Not(HasSubstr("unrelated")));
}

TEST_F(JobsApi, ValuesThatMayBeSecretAreForThoseWhoMayChangeThem) {
    Job job;
    ASSERT_TRUE(job.set_name("load"));
    ASSERT_TRUE(job.set_schedule("@hourly"));
    Command command{.argv = {"/bin/true"}};
    command.environment = {{"HOME", "/home/tester"}, {"TOKEN", "hunter2"}};
    command.input = "hunter3";
    ASSERT_TRUE(job.set_task(std::move(command)));
    engine.put(std::move(job));
    for (const Role role : {Role::read, Role::operate}) {
        Request sent = request(Method::get, "/v1/jobs/load");
        sent.peer = peer(role);
        const Response shown = must(sent);
        EXPECT_THAT(shown.body, HasSubstr(R"("TOKEN":"***")"));
        EXPECT_THAT(shown.body, Not(HasSubstr("hunter")));
    }
    EXPECT_THAT(get("/v1/jobs/load").body, HasSubstr(R"("TOKEN":"hunter2")"));
}

TEST_F(JobsApi, DueTimesComeInLocalTimeToo) {
    Job job;
    ASSERT_TRUE(job.set_name("night"));
    ASSERT_TRUE(job.set_schedule("30 2 * * *", {.zone = "Europe/Zurich"}));
    ASSERT_TRUE(job.set_task(Command{.argv = {"/bin/true"}}));
    engine.put(std::move(job));
    const Response answer =
        get("/v1/jobs/night/due?from=2027-03-26T12:00:00Z&until=2027-03-29T12:00:00Z");
    EXPECT_THAT(names(answer, "due", "local"),
                ElementsAre("2027-03-27T02:30:00+01:00", "2027-03-28T03:00:00+02:00",
                            "2027-03-29T02:30:00+02:00"));
    EXPECT_EQ(names(get("/v1/jobs/night/due?count=3"), "due", "at").size(), 3u);
}

TEST_F(JobsApi, NamesAloneAreForCompletion) {
    engine.add("alpha");
    engine.add("alpine");
    engine.add("beta");
    const auto body = json(get("/v1/jobs?names=true&prefix=al&limit=200"));
    EXPECT_EQ(boost::json::serialize(body.at("jobs")), R"(["alpha","alpine"])");
}

}  // namespace
}  // namespace quantum::server
