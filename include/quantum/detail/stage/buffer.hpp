#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace quantum {

/// Which events a full buffer keeps.
enum class BufferKeep : std::uint8_t {
    last,   ///< the oldest are dropped
    first,  ///< the newest are dropped
};

namespace detail {

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
        const std::size_t room = limit_ ? *limit_ - std::min(*limit_, size()) : events.size();
        if (events.size() > room && keep_ == BufferKeep::first) {
            discarded.assign(std::make_move_iterator(events.begin() + offset(room)),
                             std::make_move_iterator(events.end()));
            events.erase(events.begin() + offset(room), events.end());
        }
        if (empty()) {
            clear();
            events_ = std::move(events);
        } else {
            compact();
            events_.insert(events_.end(), std::make_move_iterator(events.begin()),
                           std::make_move_iterator(events.end()));
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
            count = std::min(count, size());
            const auto first = events_.begin() + offset(head_);
            out.assign(std::make_move_iterator(first),
                       std::make_move_iterator(first + offset(count)));
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
            std::move(events.begin(), events.end(), events_.begin() + offset(head_));
        } else {
            compact_all();
            events.insert(events.end(), std::make_move_iterator(events_.begin()),
                          std::make_move_iterator(events_.end()));
            events_ = std::move(events);
        }
    }

    /// Queues `note` behind the events that are currently in the buffer.
    void add_note(std::function<void()> note) {
        notes_.push_back({passed_ + size(), std::move(note)});
    }
    /// The next note for which all preceding events are gone, if any.
    [[nodiscard]] std::optional<std::function<void()>> due_note() {
        if (notes_.empty() || notes_.front().position > passed_) return std::nullopt;
        auto note = std::move(notes_.front().run);
        notes_.erase(notes_.begin());
        return note;
    }
    void drop_notes() { notes_.clear(); }

    void release_memory() {
        compact_all();
        events_.shrink_to_fit();
        notes_.shrink_to_fit();
    }

private:
    static constexpr std::size_t usual = 4096;
    struct Note {
        std::uint64_t position;  // due once this many events have passed
        std::function<void()> run;
    };

    static std::ptrdiff_t offset(std::size_t count) { return static_cast<std::ptrdiff_t>(count); }
    void clear() {
        // Capacity from a burst is released; the usual capacity is kept.
        if (events_.capacity() > usual) {
            std::vector<Event>().swap(events_);
        } else {
            events_.clear();
        }
        head_ = 0;
    }
    void compact_all() {
        events_.erase(events_.begin(), events_.begin() + offset(head_));
        head_ = 0;
    }
    void compact() {
        if (head_ > events_.size() / 2) compact_all();
    }

    std::vector<Event> events_;  // from head_ on; before it, moved-from
    std::size_t head_ = 0;
    std::uint64_t passed_ = 0;
    std::optional<std::size_t> limit_;
    BufferKeep keep_ = BufferKeep::last;
    std::vector<Note> notes_;
};

}  // namespace detail
}  // namespace quantum
