// What a start would catch up is what a start then does.
#include "plan/start_preview.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::plan {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> told(const StartPreview& preview) {
    std::vector<std::string> lines;
    for (const StartStep& step : preview.steps) {
        std::string line = std::string(to_string(step.kind)) + ' ' + step.job + ' ' +
                           test::spaced(step.due).substr(11);
        if (step.count > 1) line += " x" + std::to_string(step.count);
        if (step.reason != SkipReason::none) line += ' ' + std::string(to_string(step.reason));
        lines.push_back(std::move(line));
    }
    return lines;
}

TEST(StartPreviewTest, SaysWhatAStartThenDoes) {
    test::World world;
    world.start();
    world.add(test::World::job("one", "*/10 * * * *"));
    Job skip = test::World::job("skip", "*/10 * * * *");
    skip.set_misfire(Misfire::skip);
    world.add(skip);
    Job all = test::World::job("all", "*/20 * * * *");
    all.set_misfire(Misfire::all);
    ASSERT_TRUE(all.set_grace(2h));
    world.add(all);
    world.add(test::World::job("long", "0 * * * *"));
    Job later = test::World::job("later", "0 * * * *");
    ASSERT_TRUE(later.set_jitter(30min));
    world.add(later);
    world.runner->script("long", {.duration = std::nullopt});
    world.clock.advance(5min);
    auto snapshot = world.storage->clone()->load();
    ASSERT_TRUE(snapshot);
    const WallTime now = world.clock.wall_now() + 40min;

    const auto preview = preview_start(*snapshot, now, {});

    ASSERT_TRUE(preview) << preview.error().message;
    EXPECT_THAT(told(*preview),
                testing::UnorderedElementsAre("covered one 12:10:00 x3", "runs one 12:40:00",
                                              "skipped skip 12:10:00 x4 misfire",
                                              "runs all 12:20:00", "runs all 12:40:00",
                                              "lost long 12:00:00", "runs later 12:00:00"));
    EXPECT_EQ(preview->watermark, test::at("2024-03-01 12:00:00"));
    world.crash_process(40min);
    EXPECT_THAT(world.ledger("one"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:10:00 coalesced x3",
                            "2024-03-01 12:40:00 succeeded"));
    EXPECT_THAT(world.ledger("skip"), ElementsAre("2024-03-01 12:00:00 succeeded",
                                                  "2024-03-01 12:10:00 skipped(misfire) x4"));
    EXPECT_THAT(world.ledger("long"), ElementsAre("2024-03-01 12:00:00 lost"));
}

TEST(StartPreviewTest, WithNothingMissedThereIsNothingToDo) {
    test::World world;
    world.start();
    world.add(test::World::job("one", "*/10 * * * *"));
    world.clock.advance(5min);
    const auto snapshot = world.storage->clone()->load();
    const auto preview = preview_start(*snapshot, world.clock.wall_now() + 1min, {});
    ASSERT_TRUE(preview);
    EXPECT_THAT(told(*preview), IsEmpty());
}

TEST(StartPreviewTest, AnErrorOfTheFilesIsTold) {
    const auto preview = preview_start({}, test::at("2024-03-01 12:00:00"), [](const auto&) {
        return Result<JobChanges>(fail(ErrorCode::invalid_argument, "bad file"));
    });
    ASSERT_FALSE(preview);
    EXPECT_EQ(preview.error().message, "bad file");
}

}  // namespace
}  // namespace quantum::plan
