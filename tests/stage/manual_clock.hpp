#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "quantum/clock.hpp"

namespace quantum {

/// A clock of one thread that moves only by `advance`; its timers run there.
class ManualClock final : public Clock {
public:
    [[nodiscard]] WallTime wall_now() const override { return WallTime(now_); }
    [[nodiscard]] BootTime boot_now() const override { return BootTime(now_); }
    [[nodiscard]] TimerId wake_at(WallTime due, Callback callback) override {
        return add(due.time_since_epoch(), std::move(callback));
    }
    [[nodiscard]] TimerId wake_after(Duration delay, Callback callback) override {
        return add(now_ + delay, std::move(callback));
    }
    bool cancel(TimerId timer) override {
        for (auto it = timers_.begin(); it != timers_.end(); ++it) {
            if (it->second.first != timer) continue;
            timers_.erase(it);
            return true;
        }
        return false;
    }
    [[nodiscard]] ListenerId on_step(StepCallback) override { return ListenerId{}; }
    void ignore_steps(ListenerId) override {}

    void advance(Duration by) {
        const Duration until = now_ + by;
        while (!timers_.empty() && timers_.begin()->first <= until) {
            auto node = timers_.extract(timers_.begin());
            if (node.key() > now_) now_ = node.key();
            node.mapped().second();
        }
        now_ = until;
    }
    [[nodiscard]] std::size_t timers() const { return timers_.size(); }

private:
    TimerId add(Duration due, Callback callback) {
        const TimerId id{++last_};
        timers_.emplace(due, std::pair{id, std::move(callback)});
        return id;
    }

    Duration now_{};
    std::uint64_t last_ = 0;
    std::multimap<Duration, std::pair<TimerId, Callback>> timers_;
};

}  // namespace quantum
