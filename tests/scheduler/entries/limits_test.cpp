// Concurrency per tag, its alarm, and run strategies (semantics sections 1 and 5).
#include <algorithm>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Job tagged(const std::string& name, std::vector<std::string> tags,
           const std::string& schedule = "0 12 * * *") {
    Job job = World::job(name, schedule);
    if (!job.set_tags(std::move(tags))) std::abort();
    return job;
}

TEST(Tags, LimitTheRunsThatCarryThem) {
    World world({.config = {.tag_concurrency = {{"database", 2}}}});
    world.runner->script_others({.duration = 10s});
    world.start();
    for (const char* name : {"a", "b", "c", "d"}) world.add(tagged(name, {"database"}));
    world.add(tagged("free", {"other"}));
    world.clock.advance(31s);
    EXPECT_EQ(world.runner->running(), 3u);
    EXPECT_THAT(world.starts("free"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_THAT(world.ledger("c"), ElementsAre("2024-03-01 12:00:00 claimed"));
    world.clock.advance(1min);
    EXPECT_THAT(world.starts("c"), ElementsAre("2024-03-01 12:00:10"));
    EXPECT_THAT(world.starts("d"), ElementsAre("2024-03-01 12:00:10"));
}

TEST(Tags, ARunNeedsAPlaceOfEachAndHoldsUpNobodyElse) {
    World world({.config = {.concurrency = 3, .tag_concurrency = {{"x", 1}, {"y", 1}}}});
    world.runner->script_others({.duration = 10s});
    world.start();
    world.add(tagged("x1", {"x"}));
    world.add(tagged("both", {"x", "y"}));
    world.add(tagged("y1", {"y"}));
    world.add(tagged("plain", {}));
    world.clock.advance(31s);
    EXPECT_THAT(world.starts("x1"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_THAT(world.starts("y1"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_THAT(world.starts("plain"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_THAT(world.starts("both"), IsEmpty());
    world.clock.advance(10s);
    EXPECT_THAT(world.starts("both"), ElementsAre("2024-03-01 12:00:10"));
}

TEST(Concurrency, WhoWaitsLongerThanItsGraceIsSkippedWhenTheGraceIsOver) {
    World world({.config = {.concurrency = 1}});
    world.runner->script("first", {.duration = 1h});
    world.start();
    world.add(World::job("first", "0 12 * * *"));
    for (const int minutes : {1, 2}) {
        Job job = World::job("waits " + std::to_string(minutes), "0 12 * * *");
        ASSERT_TRUE(job.set_grace(std::chrono::minutes(minutes)));
        world.add(std::move(job));
    }
    world.clock.advance(30s + 1min + 2s);
    EXPECT_THAT(world.ledger("waits 1"), ElementsAre("2024-03-01 12:00:00 skipped(concurrency)"));
    EXPECT_THAT(world.ledger("waits 2"), ElementsAre("2024-03-01 12:00:00 claimed"));
    world.clock.advance(1min);
    EXPECT_THAT(world.ledger("waits 2"), ElementsAre("2024-03-01 12:00:00 skipped(concurrency)"));
}

TEST(Concurrency, FullForAMinuteIsAnAlarmToldOnce) {
    std::vector<std::string> warnings;
    WorldOptions options;
    options.config.concurrency = 1;
    options.config.log = [&](LogLevel level, std::string_view text, auto) {
        if (level == LogLevel::warning) warnings.emplace_back(text);
    };
    World world(std::move(options));
    world.runner->script("first", {.duration = 10min});
    world.start();
    world.add(World::job("first", "0 12 * * *"));
    world.add(World::job("second", "0 12 * * *"));
    world.clock.advance(30s + 59s);
    EXPECT_THAT(world.events, Not(Contains("scheduler.state full")));
    world.clock.advance(5min);
    EXPECT_EQ(std::count(world.events.begin(), world.events.end(), "scheduler.state full"), 1);
    EXPECT_THAT(warnings, ElementsAre("all slots have been taken for 60 s"));
}

TEST(RunStrategy, AllGivesEachNodeAnEntryOfItsOwn) {
    World world({.config = {.node = "a", .nodes = {"a", "b", "c"}}});
    world.runner->script_others({.duration = 90s});
    world.start();
    Job job = World::job("report", "* * * * *");
    job.set_run_strategy(std::make_shared<AllStrategy>());
    world.add(std::move(job));
    world.clock.advance(1min);
    std::vector<std::string> targets;
    for (const Entry& entry : world.entries("report")) targets.push_back(entry.target);
    EXPECT_THAT(targets, testing::UnorderedElementsAre("a", "b", "c"));
    std::vector<std::string> nodes;
    for (const auto& run : world.runner->runs()) nodes.push_back(*run.execution.node);
    EXPECT_THAT(nodes, testing::UnorderedElementsAre("a", "b", "c"));
    world.clock.advance(1min);  // overlap is decided on each
    EXPECT_THAT(world.runner->runs(), SizeIs(3));
    EXPECT_THAT(world.ledger("report"), SizeIs(6));
}

TEST(RunStrategy, RandomTakesOneNodeAndTheSameAgain) {
    const RandomStrategy random;
    const std::vector<std::string> nodes = {"a", "b", "c"};
    std::set<std::string> seen;
    for (int minute = 0; minute < 100; ++minute) {
        const Placement placement{"report", at("2024-03-01 12:00:00") + minute * 1min, "a", nodes};
        ASSERT_THAT(random.nodes(placement), SizeIs(1));
        EXPECT_EQ(random.nodes(placement), random.nodes(placement));
        seen.insert(random.nodes(placement)[0]);
    }
    EXPECT_THAT(seen, SizeIs(3));

    World world({.config = {.node = "a", .nodes = {"a", "b", "c"}}});
    world.start();
    Job job = World::job("report", "* * * * *");
    job.set_run_strategy(std::make_shared<RandomStrategy>());
    world.add(std::move(job));
    world.clock.advance(2min);
    EXPECT_THAT(world.runner->runs(), SizeIs(2));
    EXPECT_THAT(world.ledger("report"), SizeIs(2));
    EXPECT_EQ(world.entries("report")[0].target, "*");
}

TEST(RunStrategy, ANodeThatIsDownIsNamedAndTheRestGoesOn) {
    std::vector<std::string> errors;
    WorldOptions options;
    options.config.node = "a";
    options.config.log = [&](LogLevel level, std::string_view text, auto fields) {
        if (level != LogLevel::error) return;
        std::string line(text);
        for (const LogField& field : fields) line += " " + std::string(field.value);
        errors.push_back(line);
    };
    World world(std::move(options));
    world.start();
    Job job = World::job("report", "0 12 * * *");
    job.set_run_strategy(std::make_shared<AllStrategy>(std::vector<std::string>{"a", "gone"}));
    world.add(std::move(job));
    world.clock.advance(1min);
    EXPECT_THAT(world.ledger("report"),
                testing::UnorderedElementsAre("2024-03-01 12:00:00 succeeded",
                                              "2024-03-01 12:00:00 skipped(node_down)"));
    EXPECT_THAT(errors, ElementsAre(HasSubstr("gone report")));
}

TEST(RunStrategy, OnesOwnMayChooseAsItLikesAndMayThrow) {
    struct Weekend final : RunStrategy {
        std::vector<std::string> nodes(const Placement& placement) const override {
            if (placement.due >= at("2024-03-01 12:01:00")) throw std::runtime_error("no idea");
            return {std::string(placement.available.back())};
        }
    };
    std::vector<std::string> errors;
    WorldOptions options{.config = {.node = "a", .nodes = {"a", "b"}}};
    options.config.log = [&](LogLevel level, std::string_view message, auto fields) {
        if (level == LogLevel::error)
            errors.push_back(std::string(message) + ": " + std::string(fields[0].value));
    };
    World world(std::move(options));
    world.start();
    Job job = World::job("report", "* * * * *");
    job.set_run_strategy(std::make_shared<Weekend>());
    world.add(std::move(job));
    world.clock.advance(2min);
    ASSERT_THAT(world.runner->runs(), SizeIs(1));
    EXPECT_EQ(*world.runner->runs()[0].execution.node, "b");
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded",
                                                    "2024-03-01 12:01:00 skipped(node_down)"));
    EXPECT_THAT(errors, ElementsAre("the run strategy threw; the job does not run: no idea"));
    const auto by_hand = world.scheduler->run_job("report");
    ASSERT_FALSE(by_hand);
    EXPECT_EQ(by_hand.error().message, "job 'report': its run strategy threw: no idea");
}

TEST(TaskRegistryView, ShowsWhatIsOpen) {
    World world({.config = {.concurrency = 1}});
    world.runner->script_others({.duration = 1min});
    world.start();
    world.add(World::job("a", "0 12 * * *"));
    world.add(World::job("b", "0 12 * * *"));
    const TaskRegistry registry = world.scheduler->task_registry();
    EXPECT_FALSE(*registry.any_running());
    world.clock.advance(45s);
    EXPECT_TRUE(*registry.any_running());
    EXPECT_TRUE(*registry.is_running("a"));
    EXPECT_FALSE(*registry.is_running("b"));
    EXPECT_FALSE(*registry.is_running("nobody"));
    const auto open = *registry.open();
    ASSERT_THAT(open, SizeIs(2));
    EXPECT_EQ(open[0].job->name(), "a");
    EXPECT_EQ(open[0].due, at("2024-03-01 12:00:00"));
    EXPECT_THAT(*registry.open("b"), SizeIs(1));
    world.clock.advance(5min);
    EXPECT_FALSE(*registry.any_running());
    EXPECT_THAT(*registry.open(), IsEmpty());
}

}  // namespace
}  // namespace quantum::test
