// Who hears of an event, and who never again.
#include "scheduler/common/telemetry_hub.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/scheduler.hpp"

namespace quantum::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto bound = 20s;

struct TelemetryHubTest : testing::Test {
    std::vector<std::string> logged;
    TelemetryHub hub{"test", "here", [this](LogLevel, std::string_view message, auto) {
                         logged.emplace_back(message);
                     }};

    void emit() { hub.emit({TelemetryKind::job_start, {}, {}, WallTime{}}); }
};

TEST_F(TelemetryHubTest, AListenerMayDetachItself) {
    int heard = 0;
    ListenerId id{};
    id = hub.attach(
        [&](const TelemetryEvent&) {
            ++heard;
            EXPECT_TRUE(hub.detach(id, bound));
        },
        all_telemetry);
    emit();
    emit();
    EXPECT_EQ(heard, 1);
    EXPECT_FALSE(hub.detach(id, bound));
    EXPECT_FALSE(hub.wants(TelemetryKind::job_start));
}

TEST_F(TelemetryHubTest, AListenerThatIsAttachedByAnotherHearsOfTheNextEvent) {
    int heard = 0;
    static_cast<void>(hub.attach(
        [&, added = false](const TelemetryEvent&) mutable {
            if (std::exchange(added, true)) return;
            static_cast<void>(hub.attach([&](const TelemetryEvent&) { ++heard; }, all_telemetry));
        },
        all_telemetry));
    emit();
    EXPECT_EQ(heard, 0);
    emit();
    EXPECT_EQ(heard, 1);
}

TEST_F(TelemetryHubTest, DetachWaitsForACallThatIsRunning) {
    std::promise<void> entered;
    std::promise<void> go_on;
    std::atomic<bool> has_ended{false};
    const ListenerId id = hub.attach(
        [&](const TelemetryEvent&) {
            entered.set_value();
            go_on.get_future().wait();
            has_ended = true;
        },
        all_telemetry);
    auto emitted = std::async(std::launch::async, [&] { emit(); });
    ASSERT_EQ(entered.get_future().wait_for(bound), std::future_status::ready);
    auto detached = std::async(std::launch::async, [&] {
        EXPECT_TRUE(hub.detach(id, bound));
        return has_ended.load();
    });
    go_on.set_value();
    ASSERT_EQ(detached.wait_for(bound), std::future_status::ready);
    EXPECT_TRUE(detached.get());
    emitted.get();
}

TEST_F(TelemetryHubTest, WhatAListenerCausesIsNotForItself) {
    int heard = 0;
    static_cast<void>(hub.attach(
        [&](const TelemetryEvent&) {
            ++heard;
            EXPECT_TRUE(hub.is_calling());
            emit();
        },
        all_telemetry));
    emit();
    EXPECT_EQ(heard, 1);
    EXPECT_FALSE(hub.is_calling());
}

TEST_F(TelemetryHubTest, NobodyIsCalledWhileItIsClosed) {
    int heard = 0;
    static_cast<void>(hub.attach([&](const TelemetryEvent&) { ++heard; }, all_telemetry));
    EXPECT_TRUE(hub.close(bound));
    emit();
    hub.log(LogLevel::info, "closed");
    EXPECT_EQ(heard, 0);
    EXPECT_THAT(logged, IsEmpty());
    hub.open();
    emit();
    hub.log(LogLevel::info, "open");
    EXPECT_EQ(heard, 1);
    EXPECT_THAT(logged, ElementsAre("open"));
}

// Through a scheduler with threads of its own.
struct CalledFromAListener : testing::Test {
    std::promise<void> tried;
    std::atomic<bool> is_tried{false};

    void once(const std::function<void()>& attempt) {
        if (is_tried.exchange(true)) return;
        attempt();
        tried.set_value();
    }
    void wait() { ASSERT_EQ(tried.get_future().wait_for(bound), std::future_status::ready); }
};

void expect_unavailable(Scheduler& scheduler) {
    const auto stopped = scheduler.stop();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::unavailable);
    EXPECT_THAT(stopped.error().message, HasSubstr("called from one of its telemetry listeners"));
    EXPECT_EQ(scheduler.start().error().code, ErrorCode::unavailable);
    EXPECT_EQ(scheduler.jobs().error().code, ErrorCode::unavailable);
    EXPECT_EQ(scheduler.add_job({.schedule = "* * * * *", .task = [] {}}).error().code,
              ErrorCode::unavailable);
    EXPECT_EQ(scheduler.trigger("x").error().code, ErrorCode::unavailable);
    EXPECT_EQ(scheduler.delete_job("x").error().code, ErrorCode::unavailable);
    EXPECT_EQ(scheduler.job_status("x").error().code, ErrorCode::unavailable);
    EXPECT_EQ(scheduler.task_registry().open().error().code, ErrorCode::unavailable);
    static_cast<void>(scheduler.state());
    static_cast<void>(scheduler.new_job());
}

TEST_F(CalledFromAListener, CallsThatWaitAreUnavailableAtOnceAndDetachWorks) {
    Scheduler scheduler;
    ListenerId id{};
    id = scheduler.attach(
        [&](const TelemetryEvent&) {
            once([&] {
                expect_unavailable(scheduler);
                EXPECT_TRUE(scheduler.detach(id));
            });
        },
        kind_bit(TelemetryKind::job_start));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [] {}}));
    wait();
    EXPECT_TRUE(scheduler.stop());
}

TEST_F(CalledFromAListener, TheLogSinkToo) {
    Scheduler* self = nullptr;
    SchedulerConfig config;
    config.log = [&](LogLevel, std::string_view, auto) {
        once([&] { expect_unavailable(*self); });
    };
    Scheduler scheduler(std::move(config));
    self = &scheduler;
    ASSERT_TRUE(scheduler.start());
    wait();
    EXPECT_TRUE(scheduler.stop());
}

TEST(StoppedScheduler, CallsNobodyWhenAFunctionEndsThatWasStuck) {
    std::promise<void> entered;
    std::promise<void> release;
    std::atomic<int> heard{0};
    SchedulerConfig config;
    config.kill_after = 10ms;
    config.log = [&](LogLevel, std::string_view, auto) { ++heard; };
    Scheduler scheduler(std::move(config));
    static_cast<void>(scheduler.attach([&](const TelemetryEvent&) { ++heard; }));
    ASSERT_TRUE(scheduler.start());
    // Whoever holds the job holds this too: the run's execution does until its end is reported.
    auto token = std::make_shared<int>(0);
    const std::weak_ptr<int> held = token;
    const auto name =
        scheduler.add_job({.schedule = "@reboot", .task = [&, token = std::move(token)] {
                               entered.set_value();
                               release.get_future().wait();
                               static_cast<void>(token);
                           }});
    ASSERT_TRUE(name);
    ASSERT_EQ(entered.get_future().wait_for(bound), std::future_status::ready);
    ASSERT_TRUE(scheduler.delete_job(*name));
    // A busy machine may need more than the 100 ms beyond.
    while (!scheduler.stop(0s)) {
    }
    const int until_then = heard;
    EXPECT_GT(until_then, 0);
    ASSERT_FALSE(held.expired());
    release.set_value();
    for (int i = 0; i < 100'000'000 && !held.expired(); ++i) std::this_thread::yield();
    ASSERT_TRUE(held.expired());
    EXPECT_EQ(heard, until_then);
}

}  // namespace
}  // namespace quantum::scheduler
