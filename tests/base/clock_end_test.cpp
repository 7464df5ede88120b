// Whoever takes his callback back from the clock, or the clock away, waits for a call that is under
// way on another thread.
#include <atomic>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/event_loop.hpp"
#include "base/fake_kernel_timers.hpp"
#include "base/system_clock.hpp"

namespace quantum::base {
namespace {

using namespace std::chrono_literals;

/// Does something on a thread of its own, and tells when that waits or is done.
class Beside {
public:
    template <class Work>
    explicit Beside(Work work)
        : thread_([this, work = std::move(work)] {
              id_ = ::gettid();
              work();
              done_ = true;
          }) {}
    ~Beside() { thread_.join(); }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;

    /// True once it sleeps, false if it came to its end.
    [[nodiscard]] bool comes_to_wait() const {
        while (!done_) {
            if (id_ != 0 && state() == 'S' && !done_) return true;
            std::this_thread::yield();
        }
        return false;
    }

private:
    [[nodiscard]] char state() const {
        std::ifstream file("/proc/self/task/" + std::to_string(id_) + "/stat");
        std::string text;
        std::getline(file, text);
        const std::size_t at = text.rfind(')');
        return at == std::string::npos || at + 2 >= text.size() ? '?' : text[at + 2];
    }

    std::atomic<pid_t> id_ = 0;
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

TEST(ClockEnd, IgnoringStepsWaitsForTheListenerThatIsBeingTold) {
    auto owned = std::make_unique<FakeKernelTimers>();
    FakeKernelTimers* const kernel = owned.get();
    SystemClock clock(std::move(owned));
    std::promise<void> told;
    std::promise<void> go_on;
    const auto listener = clock.on_step([&](const ClockStep&) {
        told.set_value();
        go_on.get_future().wait();
    });
    std::thread teller([&] { kernel->set_wall(kernel->wall + 1h); });
    told.get_future().wait();
    {
        const Beside ignoring([&] { clock.ignore_steps(listener); });
        EXPECT_TRUE(ignoring.comes_to_wait());
        go_on.set_value();
    }
    teller.join();
}

TEST(ClockEnd, TheClockWaitsForTheCallbackThatIsRunning) {
    EventLoop loop;
    auto clock = std::move(SystemClock::create(loop)).value();
    loop.start(2);
    std::promise<void> runs;
    std::promise<void> go_on;
    static_cast<void>(clock->wake_after(Duration::zero(), [&] {
        runs.set_value();
        go_on.get_future().wait();
    }));
    runs.get_future().wait();
    {
        const Beside ending([&] { clock.reset(); });
        EXPECT_TRUE(ending.comes_to_wait());
        go_on.set_value();
    }
    loop.stop();
}

}  // namespace
}  // namespace quantum::base
