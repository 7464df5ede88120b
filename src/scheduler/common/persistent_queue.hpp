#pragma once

#include <iterator>
#include <utility>
#include <vector>

#include "base/mutex.hpp"

namespace quantum::scheduler {

/// A queue that outlives the stages it lies between: a crash of either loses nothing of it.
///
/// What goes by message is lost with the stage that was to hear it. What must not be lost waits
/// here, and the message is only the doorbell:
///
///     a run ends             put() is true, the queue was empty: the stage is told
///     the stage has crashed  the telling is lost; a second end is put, and rings nobody
///     it is begun anew       it takes both ends with its first plan
///
/// Thread-safety: any thread; the mutex is a leaf.
template <class T>
class PersistentQueue {
public:
    /// True if the queue was empty: whoever empties it is to be told.
    [[nodiscard]] bool put(T&& item) QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        items_.push_back(std::move(item));
        return items_.size() == 1;
    }

    /// Moves everything to the end of `out`. What `out` has room for, the queue has after that.
    void take(std::vector<T>& out) QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        if (out.empty()) {
            out.swap(items_);
            return;
        }
        out.insert(out.end(), std::make_move_iterator(items_.begin()),
                   std::make_move_iterator(items_.end()));
        items_.clear();
    }

    [[nodiscard]] std::vector<T> take() QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return std::exchange(items_, {});
    }

    [[nodiscard]] bool empty() const QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return items_.empty();
    }

private:
    mutable Mutex mutex_;
    std::vector<T> items_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
