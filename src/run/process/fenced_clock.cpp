#include "run/process/fenced_clock.hpp"

#include <cstdint>
#include <unordered_map>

#include "base/mutex.hpp"
#include "run/mutant.hpp"

namespace quantum::run {

/// Has the callbacks, while the clock has timers for them. May outlive the FencedClock.
class FencedClock::Fence {
public:
    [[nodiscard]] std::uint64_t add(Callback callback) QUANTUM_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        callbacks_.emplace(++last_, std::move(callback));
        return last_;
    }

    void call(std::uint64_t number) QUANTUM_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        // It ends before the lock is gone: what it owns may belong to a loop that goes then.
        if (auto callback = callbacks_.extract(number)) callback.mapped()();
    }

    void drop(std::uint64_t number) QUANTUM_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        callbacks_.erase(number);
    }

    void close() QUANTUM_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        if (!mutated(RunMutant::calls_after_runner)) callbacks_.clear();
    }

private:
    using Lock = base::ScopedLock<base::RecursiveMutex>;

    base::RecursiveMutex mutex_;  // held while callbacks run, which may set and cancel others
    std::unordered_map<std::uint64_t, Callback> callbacks_ QUANTUM_GUARDED_BY(mutex_);
    std::uint64_t last_ QUANTUM_GUARDED_BY(mutex_) = 0;
};

/// What the clock is given instead of a callback.
class FencedClock::Timer {
public:
    Timer(std::shared_ptr<Fence> fence, Callback callback)
        : fence_(std::move(fence)), number_(fence_->add(std::move(callback))) {}
    ~Timer() { fence_->drop(number_); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void call() const { fence_->call(number_); }

private:
    const std::shared_ptr<Fence> fence_;
    const std::uint64_t number_;
};

FencedClock::FencedClock(Clock& clock) : clock_(clock), fence_(std::make_shared<Fence>()) {}

FencedClock::~FencedClock() { fence_->close(); }

Clock::TimerId FencedClock::wake_at(WallTime due, Callback callback) {
    auto timer = std::make_shared<const Timer>(fence_, std::move(callback));
    return clock_.wake_at(due, [timer = std::move(timer)] { timer->call(); });
}

Clock::TimerId FencedClock::wake_after(Duration delay, Callback callback) {
    auto timer = std::make_shared<const Timer>(fence_, std::move(callback));
    return clock_.wake_after(delay, [timer = std::move(timer)] { timer->call(); });
}

}  // namespace quantum::run
