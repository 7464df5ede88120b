// The running scheduler as the control API sees it.
#include "daemon/control_engine.hpp"

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/testing/simulated_clock.hpp"

#include "base/event_loop.hpp"
#include "daemon/main_requests.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {
namespace {

struct ControlApiTest : testing::Test {
    base::EventLoop loop;
    SimulatedClock clock{WallTime{}};
    Scheduler scheduler{SchedulerConfig{}};
    WakeupFd wakeup;
    std::optional<MainRequests> main{wakeup};
    const std::function<config::JobFileOptions()> job_options;
    ControlEngine engine{{scheduler, loop, clock, nullptr, *main, job_options}, {}};
};

TEST_F(ControlApiTest, AsksTheControlThreadWhetherItGoesOn) {
    std::promise<void> answered;
    std::future<void> answer = answered.get_future();
    engine.ping([&answered] { answered.set_value(); });
    EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout)
        << "nobody runs the loop";
    loop.start(1);
    EXPECT_EQ(answer.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    loop.stop();
}

TEST_F(ControlApiTest, WhatTheMainThreadLeavesIsAnsweredAtTheEnd) {
    std::optional<ErrorCode> reload;
    std::optional<ErrorCode> drain;
    engine.reload("api:tester", "", [&](Result<server::ReloadReport> report) {
        reload = report ? std::optional<ErrorCode>() : report.error().code;
    });
    engine.drain("api:tester", std::nullopt, [&](Status done) {
        drain = done ? std::optional<ErrorCode>() : done.error().code;
    });
    EXPECT_TRUE(std::holds_alternative<MainRequests::Reload>(*main->next()));
    EXPECT_FALSE(drain);
    main.reset();
    EXPECT_FALSE(reload) << "it was taken, and so it is the taker's to answer";
    EXPECT_EQ(drain, ErrorCode::unavailable);
}

TEST_F(ControlApiTest, JobsMayRunAsWhomTheFilesAllow) {
    EXPECT_TRUE(engine.job_options().allow_run_as.empty());
    engine.allow({.users = {"etl"}, .groups = {"staff"}});
    EXPECT_EQ(engine.job_options().allow_run_as, std::vector<std::string>{"etl"});
    EXPECT_EQ(engine.job_options().allow_run_as_group, std::vector<std::string>{"staff"});
    EXPECT_EQ(engine.job_options().path, "api");
}

}  // namespace
}  // namespace quantum::daemon
