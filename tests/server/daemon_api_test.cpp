// What the API says of the daemon as a whole, and what it does where answers do not come.
#include <string>

#include "base/rfc3339.hpp"
#include "server/api_fixture.hpp"

namespace quantum::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct DaemonApi : ApiTest {};

TEST_F(DaemonApi, SaysWhoItIs) {
    const auto body = json(get("/v1"));
    EXPECT_EQ(body.at("api").as_int64(), 1);
    EXPECT_EQ(text(body, "version"), "1.2.3");
    EXPECT_EQ(text(body, "node"), "test-node");
    EXPECT_EQ(text(body, "role"), "admin");
    EXPECT_EQ(text(body, "actor"), "api:oncall");
}

TEST_F(DaemonApi, SaysHowItDoes) {
    engine.add("load");
    engine.health_value.bad_files = {"etl.toml"};
    static_cast<void>(get("/v1/jobs"));
    const auto body = json(get("/v1/status"));
    EXPECT_EQ(text(body, "status"), "running");
    EXPECT_EQ(body.at("pid").as_int64(), 4242);
    EXPECT_EQ(text(body, "zone_data"), "2026b");
    EXPECT_EQ(body.at("bad_files").get_array().size(), 1u);
    EXPECT_EQ(body.at("jobs").at("total").as_int64(), 1);
    EXPECT_EQ(text(body, "next_job"), "load");
    EXPECT_EQ(get("/readyz").status, 200u) << "bad files do not count";
}

TEST_F(DaemonApi, SaysThatNothingCanBeStored) {
    engine.health_value = {.is_degraded = true, .since = engine.now_value, .reason = "disk full"};
    const auto body = json(get("/v1/status"));
    EXPECT_EQ(text(body, "status"), "degraded");
    EXPECT_EQ(text(body, "why"), "disk full");
    EXPECT_EQ(get("/readyz").status, 503u);
    EXPECT_EQ(get("/readyz").body, "degraded\n");
    EXPECT_EQ(get("/livez").status, 200u);
}

TEST_F(DaemonApi, WhoHangsIsSaidToHangWithinTwoSeconds) {
    engine.hangs = true;
    for (const auto& [target, part] : {std::pair<std::string, std::string>{"/livez", "hung\n"},
                                       {"/readyz", "hung\n"},
                                       {"/v1/status", R"("status":"hung")"}}) {
        EXPECT_FALSE(send(request(Method::get, target)));
        loop->advance(1700ms);
        EXPECT_FALSE(last().has_value()) << target;
        loop->advance(200ms);
        ASSERT_TRUE(last().has_value()) << target;
        EXPECT_THAT(last()->body, HasSubstr(part));
    }
}

TEST_F(DaemonApi, AnEngineThatDoesNotAnswerIsNotWaitedForWithoutEnd) {
    engine.add("load");
    engine.is_silent = true;
    EXPECT_FALSE(send(request(Method::get, "/v1/jobs/load")));
    loop->advance(4900ms);
    EXPECT_FALSE(last().has_value());
    loop->advance(200ms);
    ASSERT_TRUE(last().has_value());
    EXPECT_EQ(last()->status, 504u);
    EXPECT_EQ(problem(*last()), "timed-out");
    engine.release();  // whose answers come too late, and count for nothing
    loop->run();
    EXPECT_EQ(get("/v1/jobs/load").status, 200u);
}

TEST_F(DaemonApi, RequestsWithoutAnswersAreNotPiledUpWithoutEnd) {
    engine.add("load");
    static_cast<void>(get("/v1/jobs"));
    engine.is_silent = true;
    int refused = 0;
    for (int i = 0; i < 1200; ++i) {
        boot += 1s;
        const auto answer = send(request(Method::get, "/v1/runs"));
        if (answer && answer->status == 429) ++refused;
    }
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, 1200 - 1000);
}

TEST_F(DaemonApi, APeerThatAsksTooMuchIsToldToSlowDown) {
    int refused = 0;
    for (int i = 0; i < 250; ++i) {
        const auto answer = send(request(Method::get, "/v1"));
        if (answer && answer->status == 429) {
            ++refused;
            EXPECT_EQ(header(*answer, "Retry-After"), "1");
        }
    }
    EXPECT_EQ(refused, 50);
    Request other = request(Method::get, "/v1");
    other.peer = peer(Role::read, "api:other");
    EXPECT_EQ(send(other)->status, 200u) << "others are not held up";
    EXPECT_EQ(send(request(Method::get, "/livez"))->status, 200u);
    boot += 1s;
    EXPECT_EQ(send(request(Method::get, "/v1"))->status, 200u);
    refused = 0;
    for (int i = 0; i < 30; ++i) {
        const auto answer = send(request(Method::post, "/v1/jobs/load/pause", "{}"));
        if (answer && answer->status == 429) ++refused;
    }
    EXPECT_EQ(refused, 10);
}

TEST_F(DaemonApi, TokensAreMadeListedAndEnded) {
    const Response made = post("/v1/tokens", R"({"name":"ci","role":"operate"})");
    ASSERT_EQ(made.status, 201u) << made.body;
    const std::string value = text(json(made), "token");
    EXPECT_TRUE(value.starts_with("qt_"));
    EXPECT_EQ(api->peer_with_token(value, "127.0.0.1").role, Role::operate);
    EXPECT_EQ(api->peer_with_token(value, "127.0.0.1").actor, "token:ci");
    EXPECT_TRUE(api->peer_with_token(value + "x", "127.0.0.1").is_unknown);
    EXPECT_THAT(get("/v1/tokens").body, Not(HasSubstr(value)));
    EXPECT_THAT(get("/v1/tokens").body, HasSubstr(R"("name":"ci","role":"operate")"));
    EXPECT_EQ(problem(post("/v1/tokens", R"({"name":"ci","role":"read"})")), "exists");
    EXPECT_EQ(problem(post("/v1/tokens", R"({"name":"a b","role":"read"})")), "malformed");
    EXPECT_EQ(problem(post("/v1/tokens", R"({"name":"x","role":"root"})")), "malformed");
    EXPECT_EQ(must(request(Method::remove, "/v1/tokens/ci")).status, 204u);
    EXPECT_TRUE(api->peer_with_token(value, "127.0.0.1").is_unknown);
    ASSERT_EQ(engine.notes.size(), 2u);
    EXPECT_EQ(engine.notes[0].action, "token add");
    EXPECT_EQ(engine.notes[1].actor, "api:oncall");
}

TEST_F(DaemonApi, ATokenEndsWhenItIsSaidTo) {
    const Response made = post("/v1/tokens", R"({"name":"ci","role":"read","expires":")" +
                                                 base::rfc3339(engine.now_value + 1h) + "\"}");
    const std::string value = text(json(made), "token");
    EXPECT_EQ(api->peer_with_token(value, "").role, Role::read);
    engine.now_value += 1h;
    EXPECT_TRUE(api->peer_with_token(value, "").is_unknown);
}

}  // namespace
}  // namespace quantum::server
