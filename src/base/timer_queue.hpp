#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/base_mutant.hpp"

namespace quantum::base {

/// Timers ordered by time, and by the order in which they were added if times are equal.
///
/// A binary heap over slots that know their position in it: adding, cancelling and taking the first
/// are O(log n). Not thread-safe; its owner holds a lock.
template <class Time>
class TimerQueue {
public:
    using Callback = std::function<void()>;
    /// Identifies a timer as long as it is in the queue; never reused.
    using Handle = std::uint64_t;

    // NOLINTNEXTLINE(performance-unnecessary-value-param): moved from, which the check overlooks
    [[nodiscard]] Handle add(Time due, Callback callback) {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            slots_.emplace_back();
        }
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        slots_[slot].callback = std::move(callback);
        heap_.push_back({due, next_sequence_++, slot});
        slots_[slot].place = heap_.size() - 1;
        rise(heap_.size() - 1);
        return handle_of(slot);
    }

    /// Removes a timer; empty if it is not in the queue (any more).
    [[nodiscard]] std::optional<Callback> cancel(Handle handle) {
        const auto slot = static_cast<std::uint32_t>(handle);
        if (slot >= slots_.size() || slots_[slot].place == absent ||
            (handle_of(slot) != handle && !mutated(BaseMutant::stale_handle_cancels))) {
            return std::nullopt;
        }
        return remove(slots_[slot].place);
    }

    [[nodiscard]] std::optional<Time> head() const {
        if (heap_.empty()) return std::nullopt;
        return heap_.front().due;
    }

    /// Removes the first timer if it is due at `now` and was added before `mark()` returned `mark`.
    [[nodiscard]] std::optional<Callback> pop_due(Time now, std::uint64_t mark) {
        if (heap_.empty() || heap_.front().due > now || heap_.front().sequence >= mark) {
            return std::nullopt;
        }
        return remove(0);
    }

    /// Distinguishes timers in the queue from those added later.
    [[nodiscard]] std::uint64_t mark() const { return next_sequence_; }
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

private:
    static constexpr std::size_t absent = static_cast<std::size_t>(-1);

    struct Node {
        Time due;
        std::uint64_t sequence;
        std::uint32_t slot;
        bool operator<(const Node& other) const {
            if (mutated(BaseMutant::equal_times_last_first) && due == other.due)
                return sequence > other.sequence;
            return due != other.due ? due < other.due : sequence < other.sequence;
        }
    };
    struct Slot {
        Callback callback;
        std::size_t place = absent;
        std::uint32_t generation = 0;
    };

    // 31 bits of generation: the top bit is available to callers that store handles of two queues
    // together.
    [[nodiscard]] Handle handle_of(std::uint32_t slot) const {
        return (static_cast<Handle>(slots_[slot].generation & 0x7FFFFFFFU) << 32U) | slot;
    }

    Callback remove(std::size_t place) {
        const std::uint32_t slot = heap_[place].slot;
        Callback callback = std::exchange(slots_[slot].callback, nullptr);
        slots_[slot].place = absent;
        ++slots_[slot].generation;
        free_.push_back(slot);
        const Node last = heap_.back();
        heap_.pop_back();
        if (place < heap_.size()) {
            put(place, last);
            if (!mutated(BaseMutant::hole_not_filled_upwards)) rise(place);
            sink(slots_[last.slot].place);
        }
        return callback;
    }

    void put(std::size_t place, const Node& node) {
        heap_[place] = node;
        slots_[node.slot].place = place;
    }

    void rise(std::size_t place) {
        const Node node = heap_[place];
        while (place > 0 && node < heap_[(place - 1) / 2]) {
            put(place, heap_[(place - 1) / 2]);
            place = (place - 1) / 2;
        }
        put(place, node);
    }

    void sink(std::size_t place) {
        const Node node = heap_[place];
        for (;;) {
            std::size_t child = 2 * place + 1;
            if (child >= heap_.size()) break;
            if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
            if (!(heap_[child] < node)) break;
            put(place, heap_[child]);
            place = child;
        }
        put(place, node);
    }

    std::vector<Node> heap_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::uint64_t next_sequence_ = 0;
};

}  // namespace quantum::base
