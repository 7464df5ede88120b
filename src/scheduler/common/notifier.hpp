#pragma once

#include <functional>
#include <utility>

#include "base/mutex.hpp"

namespace quantum::scheduler {

/// Tells a stage that something waits for it in an object that outlives it.
///
/// Thread-safety: may be used from any thread. The mutex is held while the stage is told, which is
/// to send it a message and nothing else.
class Notifier {
public:
    /// Sets whom to tell. After a call with an empty function, the previous one is not running and
    /// will not be called again.
    void set(std::function<void()> notify) QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        notify_ = std::move(notify);
    }

    void notify() const QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        if (notify_) notify_();
    }

private:
    mutable base::Mutex mutex_;
    std::function<void()> notify_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
