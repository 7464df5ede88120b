#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace quantum {

/// Which events a full buffer keeps.
enum class BufferKeep : std::uint8_t {
    last,   ///< the oldest are dropped
    first,  ///< the newest are dropped
};

namespace detail {

/// Moves `count` elements from `begin` on into a vector of their own. By hand, because the move
/// iterators of the standard library take longer to compile than all the rest of a buffer.
template <class T>
[[nodiscard]] std::vector<T> moved_out(std::vector<T>& from, std::size_t begin, std::size_t count) {
    std::vector<T> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) out.push_back(std::move(from[begin + i]));
    return out;
}

template <class T>
void move_behind(std::vector<T>& to, std::vector<T>&& from, std::size_t begin = 0) {
    for (std::size_t i = begin; i < from.size(); ++i) to.push_back(std::move(from[i]));
}

template <class T>
void erase_front(std::vector<T>& from, std::size_t count) {
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Notes queued between the events of a buffer.
class BufferNotes {
public:
    /// Due once `position` events have passed.
    void add(std::uint64_t position, std::function<void()> note);
    /// The next note that is due, if any.
    [[nodiscard]] std::optional<std::function<void()>> due(std::uint64_t passed);
    void clear() { notes_.clear(); }
    void release_memory();

private:
    struct Note {
        std::uint64_t position;
        std::function<void()> run;
    };
    std::vector<Note> notes_;
};

/// Events without demand, and notes queued between them. Owned by one stage.
template <class Event>
class EventBuffer {
public:
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::size_t size() const { return events_.size() - head_; }

    void limit_to(std::optional<std::size_t> limit, BufferKeep keep) {
        limit_ = limit;
        keep_ = keep;
    }

    /// Appends events; returns those for which there was no room.
    [[nodiscard]] std::vector<Event> append(std::vector<Event>&& events) {
        std::vector<Event> discarded;
        const std::size_t free = !limit_ ? events.size() : *limit_ > size() ? *limit_ - size() : 0;
        if (events.size() > free && keep_ == BufferKeep::first) {
            discarded = moved_out(events, free, events.size() - free);
            events.erase(events.begin() + static_cast<std::ptrdiff_t>(free), events.end());
        }
        if (empty()) {
            clear();
            events_ = std::move(events);
        } else {
            compact();
            move_behind(events_, std::move(events));
        }
        if (limit_ && size() > *limit_) {
            discarded = take(size() - *limit_);
        }
        return discarded;
    }

    /// Removes and returns the oldest `count` events, or all of them.
    [[nodiscard]] std::vector<Event> take(std::size_t count) {
        std::vector<Event> out;
        if (count >= size() && head_ == 0) {
            out = std::exchange(events_, {});
        } else {
            if (count > size()) count = size();
            out = moved_out(events_, head_, count);
            head_ += count;
            if (head_ == events_.size()) clear();
        }
        passed_ += out.size();
        return out;
    }

    /// Puts the unused tail of a result of `take` back to the front.
    void put_back(std::vector<Event>&& events) {
        passed_ -= events.size();
        if (events.size() <= head_) {
            head_ -= events.size();
            for (std::size_t i = 0; i < events.size(); ++i) {
                events_[head_ + i] = std::move(events[i]);
            }
        } else {
            move_behind(events, std::move(events_), head_);
            events_ = std::move(events);
            head_ = 0;
        }
    }

    /// Queues `note` behind the events that are currently in the buffer.
    void add_note(std::function<void()> note) { notes_.add(passed_ + size(), std::move(note)); }
    /// The next note for which all preceding events are gone, if any.
    [[nodiscard]] std::optional<std::function<void()>> due_note() { return notes_.due(passed_); }
    void drop_notes() { notes_.clear(); }

    void release_memory() {
        events_ = moved_out(events_, head_, size());
        head_ = 0;
        notes_.release_memory();
    }

private:
    static constexpr std::size_t usual = 4096;

    void clear() {
        // Capacity from a burst is released; the usual capacity is kept.
        if (events_.capacity() > usual) {
            std::vector<Event>().swap(events_);
        } else {
            events_.clear();
        }
        head_ = 0;
    }
    void compact() {
        if (head_ <= events_.size() / 2) return;
        erase_front(events_, head_);
        head_ = 0;
    }

    std::vector<Event> events_;  // from head_ on; before it, moved-from
    std::size_t head_ = 0;
    std::uint64_t passed_ = 0;
    std::optional<std::size_t> limit_;
    BufferKeep keep_ = BufferKeep::last;
    BufferNotes notes_;
};

}  // namespace detail
}  // namespace quantum
