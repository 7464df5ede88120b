
#include <vector>

#include <boost/asio/io_context.hpp>
#include <dirent.h>
#include <gtest/gtest.h>

#include "base/event_loop.hpp"
#include "base/kernel_timers.hpp"

namespace quantum::base {
namespace {

using namespace std::chrono_literals;
using Event = KernelTimers::Event;

int open_descriptors() {
    int count = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (readdir(directory) != nullptr) ++count;
    closedir(directory);
    return count;
}

TEST(TimerfdTimers, TellWhichTimerExpiredAndReplaceTheOldArming) {
    EventLoop loop;
    auto timers = std::move(make_timerfd_timers(loop)).value();
    std::vector<Event> events;
    timers->listen([&](Event event) {
        events.push_back(event);
        if (event == Event::boot_expired) {
            timers->arm_wall(WallTime(-5s));  // passed long ago: at once
        } else {
            loop.stop();
        }
    });
    timers->arm_wall(timers->wall_now() + 2ms);
    timers->arm_wall(WallTime::max());
    timers->arm_boot(timers->boot_now() + 5ms);
    loop.run();
    EXPECT_EQ(events, (std::vector{Event::boot_expired, Event::wall_expired}));
}

TEST(TimerfdTimers, AStoppedBootTimerStaysSilent) {
    EventLoop loop;
    auto timers = std::move(make_timerfd_timers(loop)).value();
    std::vector<Event> events;
    timers->listen([&](Event event) {
        events.push_back(event);
        loop.stop();
    });
    timers->arm_boot(timers->boot_now());
    timers->arm_boot(std::nullopt);
    timers->arm_wall(timers->wall_now() + 5ms);
    loop.run();
    EXPECT_EQ(events, std::vector{Event::wall_expired});
}

TEST(TimerfdTimers, CloseTheirDescriptors) {
    EventLoop loop;
    const auto use_one = [&] {
        auto timers = std::move(make_timerfd_timers(loop)).value();
        timers->listen([](Event) {});
        timers.reset();
        loop.context().poll();
    };
    use_one();  // Asio opens its own with the first descriptor
    const int before = open_descriptors();
    for (int i = 0; i < 50; ++i) use_one();
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace quantum::base
