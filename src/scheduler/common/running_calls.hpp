#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>

#include "quantum/clock.hpp"

#include "base/deadline.hpp"
#include "base/mutex.hpp"

namespace quantum::scheduler {

/// The calls of a listener or sink that are running, for whoever waits for their end.
///
/// Whoever is to be called no more says so first, in a way that every call looks at once it counts
/// as running:
///
///     a call     count it; is it over? then return, else call
///     the end    it is over; wait until nothing is counted
///
/// Thread-safety: any thread. A call that nobody waits for costs two atomic additions.
class RunningCalls {
public:
    /// One of them, for a scope.
    class One {
    public:
        explicit One(RunningCalls& calls) : calls_(calls) { calls_.count_.fetch_add(1); }
        ~One() {
            if (calls_.count_.fetch_sub(1) == 1 && calls_.waiting_.load() > 0) calls_.wake();
        }
        One(const One&) = delete;
        One& operator=(const One&) = delete;

    private:
        RunningCalls& calls_;
    };

    /// Waits until there is none, at most `timeout`. False: there still is.
    [[nodiscard]] bool wait_for_none(Duration timeout) {
        waiting_.fetch_add(1);
        bool in_time = true;
        {
            const auto end = base::real_end(timeout);
            const base::MutexLock lock(mutex_);
            while (in_time && count_.load() > 0) {
                in_time = idle_.wait_until(mutex_, end) != std::cv_status::timeout;
            }
        }
        waiting_.fetch_sub(1);
        return in_time || count_.load() == 0;
    }

private:
    void wake() {
        const base::MutexLock lock(mutex_);
        idle_.notify_all();
    }

    std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> waiting_{0};
    base::Mutex mutex_;  // a leaf
    std::condition_variable_any idle_;
};

}  // namespace quantum::scheduler
