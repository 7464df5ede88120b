// What the API changes, under which conditions, and who is noted for it.
#include <string>

#include "server/api_fixture.hpp"

namespace quantum::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct ChangesApi : ApiTest {
    ChangesApi() {
        engine.add("load", "30 2 * * *", "jobs.toml:1", {"disk"});
        engine.add("store", "30 3 * * *", "jobs.toml:2", {"disk"});
        engine.add("mine", "@hourly", "api:oncall");
    }

    Response put(const std::string& job, const std::string& body, Headers headers) {
        return must(request(Method::put, "/v1/jobs/" + job, body, std::move(headers)));
    }
    Response remove(const std::string& job, Headers headers) {
        return must(request(Method::remove, "/v1/jobs/" + job, "", std::move(headers)));
    }
    static constexpr const char* definition =
        R"({"schedule":"*/5 * * * *","command":["/bin/echo","hello"],"retries":2})";
};

TEST_F(ChangesApi, APauseGoesToTheEngineWithWhoAndWhy) {
    const Response answer =
        post("/v1/jobs/load/pause", R"({"until":"2027-01-01T06:00:00Z","note":"disk swap"})");
    EXPECT_EQ(answer.status, 200u) << answer.body;
    ASSERT_EQ(engine.pauses.size(), 1u);
    EXPECT_THAT(engine.pauses[0].names, ElementsAre("load"));
    EXPECT_EQ(engine.pauses[0].actor, "api:oncall");
    EXPECT_EQ(engine.pauses[0].note, "disk swap");
    ASSERT_TRUE(engine.pauses[0].pause.has_value());
    EXPECT_TRUE(engine.pauses[0].pause->until.has_value());
    EXPECT_EQ(post("/v1/jobs/load/resume").status, 200u);
    EXPECT_FALSE(engine.pauses[1].pause.has_value());
    EXPECT_EQ(post("/v1/jobs/lod/pause").status, 404u);
    EXPECT_EQ(problem(post("/v1/jobs/load/pause", R"({"until":"soon"})")), "malformed");
    EXPECT_EQ(engine.pauses.size(), 2u);
}

TEST_F(ChangesApi, SeveralArePausedTogetherOrNotAtAll) {
    EXPECT_EQ(post("/v1/jobs:pause", R"({"tag":"disk","expect":2})").status, 200u);
    ASSERT_EQ(engine.pauses.size(), 1u);
    EXPECT_THAT(engine.pauses[0].names, ElementsAre("load", "store"));
    const Response other = post("/v1/jobs:pause", R"({"all":true,"expect":2})");
    EXPECT_EQ(other.status, 409u);
    EXPECT_EQ(problem(other), "count-differs");
    EXPECT_EQ(json(other).at("count").as_int64(), 3);
    EXPECT_EQ(post("/v1/jobs:pause", R"({"jobs":["load","lod"]})").status, 404u);
    EXPECT_EQ(problem(post("/v1/jobs:pause", "{}")), "malformed");
    EXPECT_EQ(problem(post("/v1/jobs:pause", R"({"all":true,"tag":"disk"})")), "malformed");
    EXPECT_EQ(problem(post("/v1/jobs:pause", R"({"tag":"tape"})")), "no-job");
    EXPECT_EQ(engine.pauses.size(), 1u);
}

TEST_F(ChangesApi, ARunIsTriggeredUnderTheActorsKey) {
    const Response answer =
        post("/v1/jobs/load/runs", R"({"note":"again"})", {{"idempotency-key", "k1"}});
    EXPECT_EQ(answer.status, 201u) << answer.body;
    EXPECT_EQ(header(answer, "Location"), "/v1/executions/00000000-0000-0000-0000-000000000001");
    ASSERT_EQ(engine.triggers.size(), 1u);
    EXPECT_EQ(engine.triggers[0].key, "api:oncall k1");
    EXPECT_EQ(engine.triggers[0].actor, "api:oncall");
    EXPECT_EQ(engine.triggers[0].note, "again");
}

TEST_F(ChangesApi, ARunThatIsInTheWayIsNamed) {
    static_cast<void>(get("/v1/jobs"));
    FeedEvent started;
    started.kind = TelemetryKind::job_start;
    started.job = "load";
    started.id = ExecutionId{};
    tell(started);
    engine.refuses_runs = true;
    const Response answer = post("/v1/jobs/load/runs");
    EXPECT_EQ(answer.status, 409u);
    EXPECT_EQ(problem(answer), "overlap");
    EXPECT_EQ(text(json(answer), "execution"), "00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(post("/v1/jobs/store/runs").status, 503u) << "nothing of it runs";
}

TEST_F(ChangesApi, SeveralAreTriggeredWithOneNote) {
    const Response answer = post("/v1/jobs:trigger", R"({"tag":"disk","expect":2,"note":"now"})");
    EXPECT_EQ(answer.status, 200u) << answer.body;
    EXPECT_THAT(names(answer, "runs", "job"), ElementsAre("load", "store"));
    ASSERT_EQ(engine.notes.size(), 1u);
    EXPECT_EQ(engine.notes[0].action, "trigger");
    EXPECT_EQ(engine.notes[0].detail, "2 jobs: load, store: now");
    EXPECT_EQ(engine.triggers.size(), 2u);
    EXPECT_EQ(engine.triggers[0].actor, "") << "it is noted already";
}

TEST_F(ChangesApi, TheSameKeyGetsTheFirstAnswer) {
    const Headers key{{"idempotency-key", "k1"}};
    const Response first = post("/v1/jobs/load/runs", "{}", key);
    const Response again = post("/v1/jobs/load/runs", "{}", key);
    EXPECT_EQ(again.status, first.status);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(engine.triggers.size(), 1u);
    EXPECT_EQ(problem(post("/v1/jobs/store/runs", "{}", key)), "key-reused");
    EXPECT_EQ(problem(post("/v1/jobs/load/runs", R"({"note":"x"})", key)), "key-reused");
    Request other = request(Method::post, "/v1/jobs/load/runs", "{}", key);
    other.peer = peer(Role::operate, "api:ada");
    EXPECT_NE(must(other).body, first.body) << "of another actor";
    EXPECT_EQ(engine.triggers.size(), 2u);
    EXPECT_EQ(problem(post("/v1/jobs/load/runs", "{}", {{"idempotency-key", ""}})), "malformed");
    EXPECT_EQ(
        problem(post("/v1/jobs/load/runs", "{}", {{"idempotency-key", std::string(256, 'k')}})),
        "malformed");
}

TEST_F(ChangesApi, AKeyIsForgottenAfterADay) {
    const Headers key{{"idempotency-key", "k1"}};
    static_cast<void>(post("/v1/jobs/load/pause", "{}", key));
    boot += std::chrono::hours(24);
    static_cast<void>(post("/v1/jobs/load/pause", "{}", key));
    EXPECT_EQ(engine.pauses.size(), 2u);
}

TEST_F(ChangesApi, WhileTheFirstIsUnderWayTheSecondIsToldSo) {
    static_cast<void>(get("/v1/jobs"));
    engine.is_silent = true;
    const Headers key{{"idempotency-key", "k1"}};
    EXPECT_FALSE(send(request(Method::post, "/v1/jobs/load/pause", "{}", key)));
    EXPECT_EQ(problem(post("/v1/jobs/load/pause", "{}", key)), "under-way");
    engine.release();
    loop->run();
    EXPECT_EQ(post("/v1/jobs/load/pause", "{}", key).status, 200u);
    EXPECT_EQ(engine.pauses.size(), 1u);
}

TEST_F(ChangesApi, WhatIsNotAnsweredInTimeIsTriedAgainWithItsKey) {
    static_cast<void>(get("/v1/jobs"));
    engine.is_silent = true;
    const Headers key{{"idempotency-key", "k1"}};
    EXPECT_FALSE(send(request(Method::post, "/v1/jobs/load/runs", "{}", key)));
    loop->advance(std::chrono::milliseconds(4999));
    EXPECT_FALSE(last().has_value());
    loop->advance(std::chrono::milliseconds(1));
    ASSERT_TRUE(last().has_value());
    EXPECT_EQ(last()->status, 504u);
    EXPECT_EQ(problem(*last()), "timed-out");
    engine.release();  // the late answer is dropped
    loop->run();
    EXPECT_EQ(post("/v1/jobs/load/runs", "{}", key).status, 201u);
    EXPECT_EQ(engine.triggers.size(), 2u);
    EXPECT_EQ(engine.triggers[0].key, engine.triggers[1].key) << "the ledger knows it";
}

TEST_F(ChangesApi, AJobIsAddedOnlyWhereThereIsNone) {
    const Response added = put("hello", definition, {{"if-none-match", "*"}});
    EXPECT_EQ(added.status, 201u) << added.body;
    EXPECT_EQ(header(added, "ETag"), "\"r1.active\"");
    EXPECT_EQ(header(added, "Location"), "/v1/jobs/hello");
    ASSERT_EQ(engine.puts.size(), 1u);
    EXPECT_EQ(engine.puts[0].actor, "api:oncall");
    EXPECT_EQ(engine.puts[0].if_revision, 0u);
    EXPECT_EQ(engine.puts[0].jobs[0].source(), "api:oncall");
    EXPECT_EQ(engine.puts[0].jobs[0].policies().retries, 2u);
    EXPECT_EQ(put("mine", definition, {{"if-none-match", "*"}}).status, 409u);
}

TEST_F(ChangesApi, AJobIsReplacedOnlyByWhoHasSeenIt) {
    EXPECT_EQ(put("mine", definition, {}).status, 428u);
    EXPECT_EQ(problem(put("mine", definition, {})), "precondition-required");
    const Response stale = put("mine", definition, {{"if-match", "\"r7.active\""}});
    EXPECT_EQ(stale.status, 412u);
    EXPECT_EQ(header(stale, "ETag"), "\"r1.active\"");
    EXPECT_TRUE(engine.puts.empty());
    EXPECT_EQ(put("mine", definition, {{"if-match", "\"r1.active\""}}).status, 200u);
    EXPECT_EQ(engine.puts[0].if_revision, 1u);
    EXPECT_EQ(put("nobody", definition, {{"if-match", "*"}}).status, 404u);
}

TEST_F(ChangesApi, TwoWhoHaveSeenTheSameCannotBothSucceed) {
    static_cast<void>(get("/v1/jobs"));
    EXPECT_EQ(put("mine", definition, {{"if-match", "\"r1.active\""}}).status, 200u);
    // The index has not heard of it yet: the engine compares once more.
    EXPECT_EQ(put("mine", definition, {{"if-match", "\"r1.active\""}}).status, 412u);
}

TEST_F(ChangesApi, AFilesJobIsChangedInItsFile) {
    for (const Response& answer :
         {put("load", definition, {{"if-match", "\"r1.active\""}}),
          put("load", definition, {{"if-none-match", "*"}}), remove("load", {{"if-match", "*"}})}) {
        EXPECT_EQ(answer.status, 409u);
        EXPECT_EQ(problem(answer), "file-owned");
        EXPECT_THAT(answer.body, HasSubstr("jobs.toml:1"));
    }
    EXPECT_TRUE(engine.puts.empty());
    EXPECT_TRUE(engine.removes.empty());
}

TEST_F(ChangesApi, WhatIsWrongInADefinitionIsToldWithItsPlace) {
    const Response answer =
        put("hello", R"({"schedule":"0 25 * * *","shell":"x","retrys":1,"grace":5})",
            {{"if-none-match", "*"}});
    EXPECT_EQ(answer.status, 400u);
    EXPECT_EQ(problem(answer), "invalid-job");
    for (const char* part : {R"("pointer":"/schedule")", R"("pointer":"/retrys")",
                             R"("did_you_mean":"retries")", R"("pointer":"/grace")"}) {
        EXPECT_THAT(answer.body, HasSubstr(part));
    }
    EXPECT_TRUE(engine.puts.empty());
}

TEST_F(ChangesApi, ADefinitionCannotHoldAnotherKeyInAnInstant) {
    const Response answer =
        put("hello",
            R"({"schedule":"@hourly","shell":"x","from":"2027-01-01T00:00:00Z\nuser = \"root\""})",
            {{"if-none-match", "*"}});
    EXPECT_EQ(problem(answer), "invalid-job");
    EXPECT_THAT(answer.body, HasSubstr(R"("pointer":"/from")"));
}

TEST_F(ChangesApi, ADefinitionCanBeCheckedWithoutAnyChange) {
    const Response good = must(
        request(Method::put, "/v1/jobs/hello?check=true", definition, {{"if-none-match", "*"}}));
    EXPECT_EQ(good.status, 200u);
    EXPECT_TRUE(engine.puts.empty());
}

TEST_F(ChangesApi, AJobIsDeletedOnlyByWhoHasSeenIt) {
    EXPECT_EQ(remove("mine", {}).status, 428u);
    EXPECT_EQ(remove("mine", {{"if-match", "\"r1.active\""}}).status, 204u);
    ASSERT_EQ(engine.removes.size(), 1u);
    EXPECT_EQ(engine.removes[0].if_revision, 1u);
    EXPECT_EQ(engine.removes[0].actor, "api:oncall");
    EXPECT_FALSE(engine.removes[0].kill);
}

TEST_F(ChangesApi, ARunIsEndedByAnyPartOfItsIdThatIsAlone) {
    engine.add_run("load", 0x2a);
    engine.add_run("store", 0x2b, scheduler::Phase::waiting_for_slot);
    const Response answer = post("/v1/executions/0000002a/kill", R"({"note":"stuck"})");
    EXPECT_EQ(answer.status, 202u) << answer.body;
    ASSERT_EQ(engine.stopped.size(), 1u);
    EXPECT_EQ(engine.stopped[0].bytes[15], 0x2a);
    ASSERT_EQ(engine.notes.size(), 1u);
    EXPECT_EQ(engine.notes[0].action, "kill");
    EXPECT_EQ(engine.notes[0].job, "load");
    EXPECT_THAT(engine.notes[0].detail, HasSubstr("stuck"));
    EXPECT_EQ(problem(post("/v1/executions/0000002b/kill")), "not-running");
    EXPECT_EQ(problem(post("/v1/executions/0100/kill")), "not-running") << "several begin so";
    EXPECT_EQ(problem(post("/v1/executions/ffffffff/kill")), "not-running");
    EXPECT_EQ(engine.stopped.size(), 1u);
}

TEST_F(ChangesApi, ARunIsEndedThoughTheStorageRefusesTheNote) {
    engine.add_run("load", 0x2a);
    engine.refuses_notes = true;
    EXPECT_EQ(post("/v1/executions/0000002a/kill").status, 202u);
    EXPECT_EQ(engine.stopped.size(), 1u);
}

TEST_F(ChangesApi, SeveralRunsAreEndedTogetherOrNotAtAll) {
    engine.add_run("load", 1);
    engine.add_run("load", 2);
    engine.add_run("store", 3);
    EXPECT_EQ(problem(post("/v1/executions:kill", R"({"job":"load","expect":1})")),
              "count-differs");
    EXPECT_EQ(problem(post("/v1/executions:kill", R"({"executions":["00000001","00000009"]})")),
              "count-differs");
    EXPECT_THAT(engine.stopped, IsEmpty());
    EXPECT_EQ(post("/v1/executions:kill", R"({"job":"load","expect":2})").status, 202u);
    EXPECT_EQ(engine.stopped.size(), 2u);
}

TEST_F(ChangesApi, AReloadAndADrainAreNotedAndPassedOn) {
    const Response reloaded = post("/v1/reload", R"({"note":"new jobs"})");
    EXPECT_EQ(reloaded.status, 200u);
    EXPECT_EQ(json(reloaded).at("changed").as_int64(), 2);
    EXPECT_THAT(engine.reloads, ElementsAre("api:oncall"));
    EXPECT_EQ(problem(post("/v1/reload", R"({"plan":"0badbad0"})")), "plan-differs");
    EXPECT_EQ(post("/v1/reload", R"({"plan":"7f3a91c2"})").status, 200u);
    EXPECT_EQ(post("/v1/drain", R"({"timeout":"90s"})").status, 202u);
    ASSERT_EQ(engine.drains.size(), 1u);
    EXPECT_EQ(engine.drains[0].second, std::chrono::seconds(90));
    ASSERT_EQ(engine.notes.size(), 4u);
    EXPECT_EQ(engine.notes[0].action, "reload");
    EXPECT_EQ(engine.notes[3].action, "drain");
}

TEST_F(ChangesApi, WhileItIsStoppedNothingNewStarts) {
    engine.draining = true;
    EXPECT_EQ(problem(post("/v1/jobs/load/runs")), "draining");
    EXPECT_EQ(problem(post("/v1/reload")), "draining");
    EXPECT_EQ(post("/v1/jobs/load/pause").status, 200u);
}

}  // namespace
}  // namespace quantum::server
