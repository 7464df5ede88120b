#pragma once

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/mutex.hpp"

namespace quantum::scheduler {

/// A queue that outlives the stages it connects: nothing in it is lost if either of them crashes.
///
/// A message is lost if the receiving stage crashes. What must not be lost waits here, and the
/// message is only a notification:
///
///     a run ends             put() is true, the queue was empty: the stage is told
///     the stage has crashed  the telling is lost; a second end is put, and rings nobody
///     it is begun anew       it takes both ends with its first plan
///
/// Thread-safety: may be used from any thread; the mutex is a leaf.
template <class T>
class PersistentQueue {
public:
    /// Returns true if the queue was empty: the receiver must then be notified.
    [[nodiscard]] bool put(T&& item) QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        items_.push_back(std::move(item));
        return items_.size() == 1;
    }

    /// The same for several, of which there must be one.
    [[nodiscard]] bool put_all(std::vector<T>&& items) QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        const bool was_empty = items_.empty();
        items_.insert(items_.end(), std::make_move_iterator(items.begin()),
                      std::make_move_iterator(items.end()));
        return was_empty;
    }

    /// Moves everything to the end of `out`. The queue then takes over the capacity of `out`.
    void take(std::vector<T>& out) QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        if (out.empty()) {
            out.swap(items_);
            return;
        }
        out.insert(out.end(), std::make_move_iterator(items_.begin()),
                   std::make_move_iterator(items_.end()));
        items_.clear();
    }

    [[nodiscard]] std::vector<T> take() QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        return std::exchange(items_, {});
    }

    template <class Predicate>
    [[nodiscard]] bool contains(const Predicate& is_it) const QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        return std::any_of(items_.begin(), items_.end(), is_it);
    }

    [[nodiscard]] bool empty() const QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        return items_.empty();
    }

private:
    mutable base::Mutex mutex_;
    std::vector<T> items_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
