#pragma once

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

/// Names an open entry: an index among the open entries and its generation. What
/// `Execution::entry_handle` holds.
enum class EntryHandle : std::uint64_t {};

/// Runs that share the same limits, by number.
using LimitSet = std::uint16_t;

/// The limits of runs under way, and who waits for them.
///
/// A run takes a slot of the scheduler and one of each tag of its limit set. Limit set 0 is of the
/// runs without a limited tag; a limit set more for each set of limited tags that occurs. Touched
/// only on ExecutionBroadcaster's turns.
class ConcurrencyLimiter {
public:
    using TagLimits = std::map<std::string, std::size_t, std::less<>>;

    /// 0: no limit.
    ConcurrencyLimiter(std::size_t slots, const TagLimits& tags);

    [[nodiscard]] LimitSet limit_set_of(const std::vector<std::string>& tags);

    [[nodiscard]] bool has_room(LimitSet limit_set) const {
        return (slots_ == 0 || taken_ < slots_) && (limit_set == 0 || tags_have_room(limit_set));
    }
    /// There is room, and nobody whom it would do has waited longer.
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

    /// Who waits is counted by the open entries, and stands in line by due time. One that waits no
    /// more stays in line until it is met.
    void enqueue(LimitSet limit_set, WallTime due, EntryHandle entry_handle);
    void count_waiting(LimitSet limit_set, bool more);
    [[nodiscard]] std::size_t waiting() const { return waiting_; }
    /// The oldest that there is room for.
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
    /// All in line, in no order.
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

    const std::size_t slots_;
    std::size_t taken_ = 0;
    std::size_t waiting_ = 0;
    std::map<std::string, std::uint16_t, std::less<>> tags_;
    std::vector<Limit> limits_;
    std::vector<Line> lines_{1};
};

}  // namespace quantum::scheduler
