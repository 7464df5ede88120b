// What a whole scheduler leaves in its storage, as the checker reads it.
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

TEST(HistoryTest, KeepsTheDayRuleThatAJobHasOfItsOwn) {
    World world({.start = "2026-11-01 00:00:00"});
    world.start();
    for (const auto& [name, dialect, days] :
         {std::tuple("either", Dialect::quantum, DayRule::either),
          std::tuple("both", Dialect::cron, DayRule::both)}) {
        Job job = World::job(name, "* * * * *");
        job.set_schedule(*parse_schedule("0 12 14 * 6", {.dialect = dialect, .days = days}));
        world.add(std::move(job));
    }
    world.add(World::job("cron's own", "0 12 14 * 6"));
    world.clock.advance(30 * 24h);
    EXPECT_EQ(world.entries("either").size(), 4U) << "7, 14, 21, 28";
    EXPECT_EQ(world.entries("both").size(), 1U) << "the 14th is a Saturday";
    EXPECT_EQ(world.entries("cron's own").size(), 4U);

    verify::History history;
    history.add_changes(world.storage->job_history());
    for (const char* job : {"either", "both", "cron's own"}) {
        for (const Entry& entry : world.entries(job)) history.entries.push_back(entry);
    }
    history.watermark = world.storage->watermark();
    const verify::Report report = verify::check(history);
    EXPECT_TRUE(report.clean()) << to_text(report);
    EXPECT_EQ(report.due_times, 9U);
    EXPECT_THAT(report.unjudged, testing::IsEmpty());
}

}  // namespace
}  // namespace quantum::test
