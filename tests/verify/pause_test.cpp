// Jobs that are held back by a pause: a row for what falls into it once it is over, and none
// before.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A job that is due each minute and is paused, beside another one that moves the watermark on.
struct VerifyPauseTest : testing::Test {
    World world;

    VerifyPauseTest() {
        world.start();
        world.add(World::job("report", "* * * * *"));
        world.add(World::job("other", "* * * * *"));
        world.clock.advance(2min);
    }

    [[nodiscard]] verify::History history() const {
        verify::History history;
        history.add_changes(world.storage->job_history());
        history.entries = *world.storage->entries({.limit = 1000});
        history.watermark = world.storage->watermark();
        return history;
    }
    [[nodiscard]] verify::Report verdict() const { return verify::check(history()); }
    void pause(std::optional<WallTime> until = std::nullopt) {
        ASSERT_TRUE(world.scheduler->pause_job("report", {.until = until, .note = "disk swap"}));
    }
};

TEST_F(VerifyPauseTest, WhatFallsIntoAPauseThatGoesOnHasNoRowYet) {
    pause();
    world.clock.advance(10min);
    EXPECT_TRUE(verdict().clean()) << to_text(verdict());
}

TEST_F(VerifyPauseTest, WhatFellIntoOneThatIsOverHasARow) {
    pause();
    world.clock.advance(10min);
    ASSERT_TRUE(world.scheduler->resume_job("report"));
    world.clock.advance(3min);
    EXPECT_TRUE(verdict().clean()) << to_text(verdict());
}

TEST_F(VerifyPauseTest, APauseThatEndsByItselfHoldsNothingBackAfterwards) {
    pause(world.clock.wall_now() + 5min);
    world.clock.advance(3min);
    EXPECT_TRUE(verdict().clean()) << to_text(verdict());
    world.clock.advance(7min);
    EXPECT_TRUE(verdict().clean()) << to_text(verdict());
}

TEST_F(VerifyPauseTest, ARunWithinAPauseIsAFinding) {
    pause(world.clock.wall_now() + 5min);
    world.clock.advance(10min);
    verify::History seen = history();
    for (Entry& entry : seen.entries) {
        if (entry.reason != SkipReason::paused) continue;
        entry.state = EntryState::succeeded;
        entry.reason = SkipReason::none;
        entry.until = entry.due;
        entry.count = 1;
        entry.outcome = Outcome{};
        entry.handed_at = entry.started_at = entry.claimed_at;
    }
    EXPECT_THAT(to_text(verify::check(seen)), HasSubstr("paused"));
}

}  // namespace
}  // namespace quantum::test
