// The events of the API, and the queue that they come by.
#include <string>
#include <vector>

#include "server/api_fixture.hpp"

namespace quantum::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FeedEvent started(const std::string& job) {
    FeedEvent event;
    event.kind = TelemetryKind::job_start;
    event.job = job;
    event.id = ExecutionId{};
    return event;
}

struct EventsApi : ApiTest {
    static std::string next(const Response& page) { return text(json(page), "next"); }
    std::vector<std::string> jobs(const std::string& target) {
        return names(get(target), "events", "job");
    }
};

TEST_F(EventsApi, AreReadFromAPlaceOn) {
    const std::string begin = next(get("/v1/events?after=now"));
    tell(started("alpha"));
    tell(started("bravo"));
    const Response page = get("/v1/events?after=" + begin);
    EXPECT_THAT(names(page, "events", "job"), ElementsAre("alpha", "bravo"));
    EXPECT_THAT(names(page, "events", "event"), ElementsAre("run.started", "run.started"));
    EXPECT_THAT(jobs("/v1/events?after=" + next(page)), IsEmpty());
    EXPECT_THAT(jobs("/v1/events"), ElementsAre("alpha", "bravo"));
    EXPECT_THAT(jobs("/v1/events?job=bravo"), ElementsAre("bravo"));
    EXPECT_THAT(jobs("/v1/events?kind=run.ended"), IsEmpty());
    const Response one = get("/v1/events?limit=1&after=" + begin);
    EXPECT_THAT(names(one, "events", "job"), ElementsAre("alpha"));
    EXPECT_THAT(jobs("/v1/events?limit=1&after=" + next(one)), ElementsAre("bravo"));
}

TEST_F(EventsApi, AreWaitedFor) {
    const std::string begin = next(get("/v1/events?after=now"));
    EXPECT_FALSE(send(request(Method::get, "/v1/events?wait=10s&job=bravo&after=" + begin)));
    tell(started("alpha"));
    EXPECT_FALSE(last().has_value()) << "this is not what is waited for";
    tell(started("bravo"));
    ASSERT_TRUE(last().has_value());
    EXPECT_THAT(names(*last(), "events", "job"), ElementsAre("bravo"));
}

TEST_F(EventsApi, AreNotWaitedForWithoutEnd) {
    const std::string begin = next(get("/v1/events?after=now"));
    EXPECT_FALSE(send(request(Method::get, "/v1/events?wait=10s&after=" + begin)));
    loop->advance(9s);
    EXPECT_FALSE(last().has_value());
    loop->advance(1s);
    ASSERT_TRUE(last().has_value());
    EXPECT_THAT(names(*last(), "events"), IsEmpty());
    EXPECT_EQ(next(*last()), begin);
    EXPECT_EQ(problem(get("/v1/events?wait=31s")), "malformed");
}

TEST_F(EventsApi, AtMostSomeWait) {
    const std::string begin = next(get("/v1/events?after=now"));
    for (int i = 0; i < 64; ++i) {
        boot += 1s;
        EXPECT_FALSE(send(request(Method::get, "/v1/events?wait=10s&after=" + begin)));
    }
    EXPECT_EQ(problem(get("/v1/events?wait=10s&after=" + begin)), "slow-down");
    loop->advance(10s);
    boot += 1s;
    EXPECT_FALSE(send(request(Method::get, "/v1/events?wait=10s&after=" + begin)));
}

TEST_F(EventsApi, APlaceOfAnotherLifeOrTooLongAgoIsSaid) {
    tell(started("alpha"));
    for (const std::string place : {"6-1", "7-99", "7-x", "x", "7"}) {
        EXPECT_THAT(get("/v1/events?after=" + place).body, HasSubstr("\"reset\":true")) << place;
    }
    const std::string begin = next(get("/v1/events?after=now"));
    for (std::size_t i = 0; i < EventLog::most + 1; ++i) {
        Feed::Taken taken;
        taken.events.push_back(started("alpha"));
        api->take(std::move(taken));
    }
    EXPECT_THAT(get("/v1/events?after=" + begin).body, HasSubstr("\"reset\":true"));
}

TEST_F(EventsApi, WhereEventsWereLostReadersStartOver) {
    const std::string begin = next(get("/v1/events?after=now"));
    Feed::Taken taken;
    taken.is_lost = true;
    taken.events.push_back(started("alpha"));
    api->take(std::move(taken));
    EXPECT_THAT(get("/v1/events?after=" + begin).body, HasSubstr("\"reset\":true"));
    EXPECT_THAT(jobs("/v1/events"), ElementsAre("alpha"));
}

TEST(FeedTest, RingsOnceForWhatIsTakenTogether) {
    int rings = 0;
    Feed feed([&rings] { ++rings; });
    feed({.kind = TelemetryKind::scheduler_state, .text = "degraded"});
    feed({.kind = TelemetryKind::scheduler_state, .text = "healed"});
    EXPECT_EQ(rings, 1);
    const Feed::Taken taken = feed.take();
    ASSERT_EQ(taken.events.size(), 2u);
    EXPECT_EQ(taken.events[1].text, "healed");
    EXPECT_FALSE(taken.is_lost);
    feed({.kind = TelemetryKind::scheduler_state, .text = "degraded"});
    EXPECT_EQ(rings, 2);
}

TEST(FeedTest, ThatIsFullIsEmptiedAndTold) {
    int rings = 0;
    Feed feed([&rings] { ++rings; });
    for (std::size_t i = 0; i < Feed::most + 1; ++i) {
        feed({.kind = TelemetryKind::scheduler_state, .text = "degraded"});
    }
    EXPECT_EQ(rings, 1);
    const Feed::Taken taken = feed.take();
    EXPECT_TRUE(taken.is_lost);
    EXPECT_LE(taken.events.size(), Feed::most);
    EXPECT_FALSE(feed.take().is_lost);
}

}  // namespace
}  // namespace quantum::server
