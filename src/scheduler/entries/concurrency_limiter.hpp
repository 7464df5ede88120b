#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"

#include "base/assert.hpp"

namespace quantum::scheduler {

/// Identifies an open entry: an index among the open entries and its generation. The value of
/// `Execution::entry_handle`.
enum class EntryHandle : std::uint64_t {};

/// Identifies runs that share the same limits.
using LimitSet = std::uint16_t;

/// Limits concurrent runs and queues those that wait for a slot.
///
/// A run takes a slot of the scheduler and one of each tag in its limit set. Limit set 0 is for
/// runs without a limited tag; there is one more for each combination of limited tags that occurs.
/// Used only on ExecutionBroadcaster's turns.
class ConcurrencyLimiter {
public:
    using TagLimits = std::map<std::string, std::size_t, std::less<>>;

    /// `slots`: 0 means unlimited.
    ConcurrencyLimiter(std::size_t slots, const TagLimits& tags);

    /// From now on at most `slots`, which may be 0, and never more than it was created with.
    void limit_to(std::size_t slots) { slots_ = std::min(most_slots_, slots); }

    [[nodiscard]] LimitSet limit_set_of(const std::vector<std::string>& tags);

    [[nodiscard]] bool has_room(LimitSet limit_set) const {
        return taken_ < slots_ && (limit_set == 0 || tags_have_room(limit_set));
    }
    /// True if there is a free slot and nobody who could use it has waited longer.
    [[nodiscard]] bool may_start_at_once(LimitSet limit_set) const;
    void take(LimitSet limit_set) {
        ++taken_;
        if (limit_set != 0) take_of_tags(limit_set);
    }
    void give_back(LimitSet limit_set) {
        QUANTUM_ASSERT(taken_ > 0);
        --taken_;
        if (limit_set != 0) give_back_to_tags(limit_set);
    }
    [[nodiscard]] std::size_t taken() const { return taken_; }

    /// Waiting entries are counted by the open entries and queued by due time. One that no longer
    /// waits stays in the queue until it is reached.
    void enqueue(LimitSet limit_set, WallTime due, EntryHandle entry_handle);
    void count_waiting(LimitSet limit_set, bool more);
    [[nodiscard]] std::size_t waiting() const { return waiting_; }
    /// Removes the oldest for which there is a slot.
    template <class StillWaits>
    [[nodiscard]] std::optional<EntryHandle> first_waiting(const StillWaits& still_waits) {
        const Waiter* oldest = nullptr;
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            std::deque<Waiter>& waiters = lines_[at].waiters;
            while (!waiters.empty() && !still_waits(waiters.front().entry_handle))
                waiters.pop_front();
            if (waiters.empty() || !has_room(static_cast<LimitSet>(at))) continue;
            if (oldest == nullptr || waiters.front().due < oldest->due) oldest = &waiters.front();
        }
        if (oldest == nullptr) return std::nullopt;
        return oldest->entry_handle;
    }
    /// A limit that has no room.
    struct Full {
        std::string tag;  ///< empty: the limit of all runs
        std::size_t slots = 0;
    };
    /// What keeps a run of this limit set from starting.
    [[nodiscard]] std::vector<Full> full(LimitSet limit_set) const;
    /// All queued entries, in no particular order.
    [[nodiscard]] std::vector<EntryHandle> queued() const;

private:
    struct Limit {
        std::size_t slots = 0;
        std::size_t taken = 0;
    };
    struct Waiter {
        WallTime due;
        EntryHandle entry_handle;
    };
    struct Line {
        std::vector<std::uint16_t> tags;  // numbers of limits_
        std::deque<Waiter> waiters;       // by due time
        std::size_t waiting = 0;
    };

    [[nodiscard]] bool tags_have_room(LimitSet limit_set) const;
    void take_of_tags(LimitSet limit_set);
    void give_back_to_tags(LimitSet limit_set);

    const std::size_t most_slots_;
    std::size_t slots_;
    std::size_t taken_ = 0;
    std::size_t waiting_ = 0;
    std::map<std::string, std::uint16_t, std::less<>> tags_;
    std::vector<Limit> limits_;
    std::vector<Line> lines_{1};
};

}  // namespace quantum::scheduler
