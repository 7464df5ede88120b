#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// A crontab that its user has changed, to be reloaded.
struct UserChange {
    std::string user;
    std::string path;
};

/// Such changes on their way to the main thread.
///
/// Thread-safety: every method may be called from any thread.
class UserChanges {
public:
    explicit UserChanges(WakeupFd& wakeup) : wakeup_(wakeup) {}

    void add(UserChange change) QUANTUM_EXCLUDES(mutex_) {
        {
            const base::MutexLock lock(mutex_);
            changes_.push_back(std::move(change));
        }
        wakeup_.ring();
    }
    [[nodiscard]] std::vector<UserChange> take() QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        return std::exchange(changes_, {});
    }

private:
    WakeupFd& wakeup_;
    base::Mutex mutex_;  // a leaf
    std::vector<UserChange> changes_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::daemon
