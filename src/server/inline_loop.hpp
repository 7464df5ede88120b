#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"

#include "server/loop.hpp"

namespace quantum::server {

/// The threads of an API that has none: what is posted or read is done by `run`, and time passes by
/// `advance` only. For commands that ask a ledger, and for tests.
///
/// Used by one thread.
class InlineLoop final : public Loop {
public:
    void post(std::function<void()> work) override { work_.push_back(std::move(work)); }
    void after(Duration delay, std::function<void()> work) override {
        timers_.emplace_back(now_ + delay, std::move(work));
    }
    [[nodiscard]] bool read(std::function<void()> work) override {
        work_.push_back(std::move(work));
        return true;
    }

    /// Until nothing is left to do.
    void run() {
        while (!work_.empty()) {
            const std::function<void()> next = std::move(work_.front());
            work_.pop_front();
            next();
        }
    }

    /// Lets time pass, and does what is due by then.
    void advance(Duration time) {
        now_ += time;
        run();
        for (;;) {
            const auto due =
                std::find_if(timers_.begin(), timers_.end(),
                             [this](const auto& timer) { return timer.first <= now_; });
            if (due == timers_.end()) return;
            const std::function<void()> work = std::move(due->second);
            timers_.erase(due);
            work();
            run();
        }
    }

private:
    std::deque<std::function<void()>> work_;
    std::vector<std::pair<Duration, std::function<void()>>> timers_;
    Duration now_{};
};

}  // namespace quantum::server
