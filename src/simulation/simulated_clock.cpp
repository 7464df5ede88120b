#include "quantum/testing/simulated_clock.hpp"

#include <algorithm>

#include "simulation/mutant.hpp"

namespace quantum {

SimulatedClock::SimulatedClock(WallTime start, BootTime boot) : wall_(start), boot_(boot) {}

WallTime SimulatedClock::wall_now() const {
    const detail::MutexLock lock(mutex_);
    return wall_;
}

BootTime SimulatedClock::boot_now() const {
    const detail::MutexLock lock(mutex_);
    return boot_;
}

Clock::TimerId SimulatedClock::wake_at(WallTime due, Callback callback) {
    const detail::MutexLock lock(mutex_);
    const std::uint64_t id = next_id_++;
    wall_timers_.emplace(std::pair(due, id), std::move(callback));
    wall_due_.emplace(id, due);
    return TimerId{id};
}

Clock::TimerId SimulatedClock::wake_after(Duration delay, Callback callback) {
    const detail::MutexLock lock(mutex_);
    const std::uint64_t id = next_id_++;
    const BootTime due = boot_ + std::max(delay, Duration::zero());
    boot_timers_.emplace(std::pair(due, id), std::move(callback));
    boot_due_.emplace(id, due);
    return TimerId{id};
}

bool SimulatedClock::cancel(TimerId timer) {
    Callback dropped;  // destroyed after the lock: what it holds may call the clock
    const detail::MutexLock lock(mutex_);
    const auto id = static_cast<std::uint64_t>(timer);
    if (auto wall = wall_due_.find(id); wall != wall_due_.end()) {
        dropped = std::move(wall_timers_.extract(std::pair(wall->second, id)).mapped());
        wall_due_.erase(wall);
        return true;
    }
    if (auto boot = boot_due_.find(id); boot != boot_due_.end()) {
        dropped = std::move(boot_timers_.extract(std::pair(boot->second, id)).mapped());
        boot_due_.erase(boot);
        return true;
    }
    return false;
}

Clock::ListenerId SimulatedClock::on_step(StepCallback callback) {
    const detail::ScopedLock<detail::RecursiveMutex> lock(listeners_mutex_);
    const detail::MutexLock ids(mutex_);
    const std::uint64_t id = next_id_++;
    listeners_.emplace(id, std::move(callback));
    return ListenerId{id};
}

void SimulatedClock::ignore_steps(ListenerId listener) {
    const detail::ScopedLock<detail::RecursiveMutex> lock(listeners_mutex_);
    listeners_.erase(static_cast<std::uint64_t>(listener));
}

void SimulatedClock::advance(Duration duration) {
    run_due();
    Duration left = duration;
    for (;;) {
        Duration stride;
        {
            const detail::MutexLock lock(mutex_);
            const auto next = until_next_timer();
            stride = next && !mutated(simulation::SimulationMutant::advance_skips_timers)
                         ? std::min(*next, left)
                         : left;
            wall_ += stride;
            boot_ += stride;
        }
        left -= stride;
        run_due();
        if (left <= Duration::zero()) return;
    }
}

void SimulatedClock::advance_to(WallTime instant) {
    // A callback may not move the clock, so one stride is enough.
    const Duration distance = instant - wall_now();
    if (distance > Duration::zero()) advance(distance);
}

void SimulatedClock::set_wall(WallTime instant) {
    ClockStep step;
    {
        const detail::MutexLock lock(mutex_);
        step = {wall_, instant};
        if (mutated(simulation::SimulationMutant::step_moves_boot_clock)) boot_ += instant - wall_;
        wall_ = instant;
    }
    if (step.size() != Duration::zero()) {
        const detail::ScopedLock<detail::RecursiveMutex> lock(listeners_mutex_);
        const auto listeners = listeners_;  // a listener may end its own subscription
        for (const auto& [id, callback] : listeners) {
            if (listeners_.contains(id)) callback(step);
        }
    }
    run_due();
}

void SimulatedClock::suspend(Duration duration) {
    {
        const detail::MutexLock lock(mutex_);
        wall_ += duration;
        if (!mutated(simulation::SimulationMutant::suspend_stops_boot_clock)) boot_ += duration;
    }
    run_due();
}

void SimulatedClock::settle_with(std::function<void()> settle) {
    const detail::MutexLock lock(mutex_);
    settle_ = std::move(settle);
}

std::size_t SimulatedClock::pending_timers() const {
    const detail::MutexLock lock(mutex_);
    return wall_timers_.size() + boot_timers_.size();
}

std::optional<Duration> SimulatedClock::until_next_timer() const {
    std::optional<Duration> next;
    if (!wall_timers_.empty()) next = wall_timers_.begin()->first.first - wall_;
    if (!boot_timers_.empty()) {
        const Duration boot = boot_timers_.begin()->first.first - boot_;
        next = next ? std::min(*next, boot) : boot;
    }
    if (next) next = std::max(*next, Duration::zero());
    return next;
}

void SimulatedClock::run_due() {
    for (;;) {
        std::function<void()> settle;
        {
            const detail::MutexLock lock(mutex_);
            settle = settle_;
        }
        if (settle) settle();
        auto callback = take_due();
        if (!callback) return;
        (*callback)();
    }
}

// Of the timers that are due, the one that has been due longest; ties in the order of setting.
std::optional<Clock::Callback> SimulatedClock::take_due() {
    const detail::MutexLock lock(mutex_);
    const auto wall = wall_timers_.begin();
    const auto boot = boot_timers_.begin();
    const bool wall_is_due = wall != wall_timers_.end() && wall->first.first <= wall_;
    const bool boot_is_due = boot != boot_timers_.end() && boot->first.first <= boot_;
    if (!wall_is_due && !boot_is_due) return std::nullopt;
    const bool take_wall =
        wall_is_due &&
        (!boot_is_due ||
         std::pair(wall->first.first - wall_, mutated(simulation::SimulationMutant::first_set_last)
                                                  ? ~wall->first.second
                                                  : wall->first.second) <
             std::pair(boot->first.first - boot_, boot->first.second));
    Callback callback;
    if (take_wall) {
        wall_due_.erase(wall->first.second);
        callback = std::move(wall->second);
        wall_timers_.erase(wall);
    } else {
        boot_due_.erase(boot->first.second);
        callback = std::move(boot->second);
        boot_timers_.erase(boot);
    }
    return callback;
}

}  // namespace quantum
