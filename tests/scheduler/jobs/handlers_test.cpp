// Jobs whose handlers are registered late, on the machine's clock and real threads. Waits are for
// events, with a bound.
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/quantum.hpp"
#include "quantum/storage/memory_storage.hpp"

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto bound = 20s;

JobSpec mail() {
    return {.name = "mail", .schedule = "0 0 1 1 *", .task = HandlerCall{"send", "ops"}};
}

/// Due once, at once.
Job overdue() {
    Job job;
    EXPECT_TRUE(job.set_name("mail"));
    job.set_schedule(Schedule::once(WallTime{}));
    EXPECT_TRUE(job.set_task(HandlerCall{"send", "ops"}));
    job.set_run_if_past(true);
    return job;
}

TEST(Handlers, AJobIsUnboundUntilItsHandlerIsRegistered) {
    std::promise<std::string> to;
    Scheduler scheduler;
    ASSERT_TRUE(scheduler.add_job(mail()));
    const auto started = scheduler.start();
    ASSERT_TRUE(started);
    EXPECT_THAT(started->unbound, ElementsAre("mail"));
    EXPECT_EQ(scheduler.problems()->at(0).text, "unbound: no handler 'send' is registered");
    EXPECT_THAT(scheduler.trigger("mail").error().message, HasSubstr("no handler 'send'"));

    ASSERT_TRUE(scheduler.add_handler("send", [&](ExecutionContext&, std::string_view whom) {
        to.set_value(std::string(whom));
    }));
    EXPECT_THAT(*scheduler.problems(), IsEmpty());
    ASSERT_TRUE(scheduler.trigger("mail"));
    auto told = to.get_future();
    ASSERT_EQ(told.wait_for(bound), std::future_status::ready);
    EXPECT_EQ(told.get(), "ops");
}

TEST(Handlers, WhatIsDueWaitsForTheHandler) {
    std::promise<void> ran;
    auto storage = std::make_shared<MemoryStorage>();
    SchedulerConfig config;
    config.storage = storage;
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(overdue()));
    ASSERT_TRUE(scheduler.add_handler(
        "send", [&](ExecutionContext&, std::string_view) { ran.set_value(); }));
    ASSERT_EQ(ran.get_future().wait_for(bound), std::future_status::ready);
    ASSERT_TRUE(scheduler.stop());
    EXPECT_EQ(storage->entries({})->at(0).state, EntryState::succeeded);
}

TEST(Handlers, MayBeRegisteredBeforeTheStartAndReplaced) {
    std::promise<void> first;
    std::promise<void> second;
    SchedulerConfig config;
    config.handlers["send"] = [](ExecutionContext&, std::string_view) { FAIL(); };
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.add_handler(
        "send", [&](ExecutionContext&, std::string_view) { first.set_value(); }));
    ASSERT_TRUE(scheduler.add_job(mail()));
    const auto started = scheduler.start();
    ASSERT_TRUE(started);
    EXPECT_THAT(started->unbound, IsEmpty());
    ASSERT_TRUE(scheduler.trigger("mail"));
    ASSERT_EQ(first.get_future().wait_for(bound), std::future_status::ready);
    ASSERT_TRUE(scheduler.stop());

    ASSERT_TRUE(scheduler.start());  // they stay
    ASSERT_TRUE(scheduler.add_handler(
        "send", [&](ExecutionContext&, std::string_view) { second.set_value(); }));
    ASSERT_TRUE(scheduler.trigger("mail"));
    ASSERT_EQ(second.get_future().wait_for(bound), std::future_status::ready);
}

TEST(Handlers, OneWithoutANameIsRefused) {
    Scheduler scheduler;
    EXPECT_EQ(scheduler.add_handler("", [](ExecutionContext&, std::string_view) {}).error().code,
              ErrorCode::invalid_argument);
}

TEST(Handlers, ARunnerOfOnesOwnHasItsOwn) {
    World world;
    world.start();
    EXPECT_EQ(world.scheduler->add_handler("send", [](ExecutionContext&, std::string_view) {})
                  .error()
                  .code,
              ErrorCode::invalid_argument);
    world.add(World::job("mail", "0 0 1 1 *"));
    EXPECT_THAT(*world.scheduler->problems(), IsEmpty());
}

}  // namespace
}  // namespace quantum::test
