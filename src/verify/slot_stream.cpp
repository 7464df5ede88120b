#include "verify/slot_stream.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace quantum::verify {

namespace {

// How many due times are wanted in memory, and how far ahead is looked for them at most.
constexpr std::size_t few = 256;
constexpr std::size_t many = 4096;
constexpr Duration farthest = std::chrono::days(1000);

bool inside(const ClockHistory::Window& window, WallTime instant) {
    return instant >= window.from && instant <= window.to;
}

bool is_held_back(const JobRevision& revision, WallTime due) {
    return !revision.active || (revision.paused_until && due < *revision.paused_until);
}

// Of slots with one due time, sorted, keeps the first; it is running if any of them is.
void keep_first(std::vector<Slot>& slots, std::size_t begin) {
    std::size_t kept = begin;
    for (std::size_t i = begin; i < slots.size(); ++i) {
        if (kept > begin && slots[kept - 1].due == slots[i].due) {
            slots[kept - 1].running = slots[kept - 1].running || slots[i].running;
        } else {
            slots[kept++] = slots[i];
        }
    }
    slots.resize(kept);
}

// Slots of one revision may come from several schedules: equal instants are one due time.
void keep_distinct(std::vector<Slot>& slots, std::size_t first) {
    const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, slots.end(), [](const Slot& a, const Slot& b) {
        return std::pair(a.due, a.gap_row) < std::pair(b.due, b.gap_row);
    });
    keep_first(slots, first);
}

}  // namespace

SlotStream::SlotStream(const Definitions& definitions, const ClockHistory& timeline,
                       std::optional<WallTime> retained_from)
    : definitions_(definitions), read_until_(WallTime::max()) {
    const auto& revisions = definitions.revisions();
    const WallTime edge = retained_from.value_or(WallTime::min());
    for (std::size_t i = 0; i < revisions.size(); ++i) {
        in_force_.push_back({std::max(revisions[i].effective_from, edge),
                             revisions[i].effective_to.value_or(WallTime::max()),
                             static_cast<std::uint32_t>(i)});
        read_until_ = std::min(read_until_, in_force_.back().from);
    }
    // Where the clock was set back over a change of the definition, nobody can tell from wall times
    // which of the two an instant belongs to: all of them may have it.
    for (const ClockHistory::Window& window : timeline.repeated()) {
        // A change may have seen the clock go back before the step was noted.
        const ClockHistory::Window around{window.from - timeline.limits().settle, window.to};
        const bool touched =
            std::any_of(revisions.begin(), revisions.end(), [&](const JobRevision& revision) {
                return inside(around, revision.effective_from) ||
                       (revision.effective_to && inside(around, *revision.effective_to));
            });
        if (!touched || window.to < edge) continue;
        crossed_.push_back({std::max(window.from, edge), window.to});
        read_until_ = std::min(read_until_, crossed_.back().from);
    }
}

const Slot* SlotStream::next(WallTime end) {
    while (place_ == slots_.size()) {
        if (read_until_ >= end) return nullptr;
        read_on(end);
    }
    return slots_[place_].due < end ? &slots_[place_++] : nullptr;
}

void SlotStream::skip_to(WallTime instant) {
    while (place_ < slots_.size() && slots_[place_].due < instant) ++place_;
    if (place_ == slots_.size()) read_until_ = std::max(read_until_, instant);
}

WallTime SlotStream::position() const {
    return place_ < slots_.size() ? slots_[place_].due : read_until_;
}

void SlotStream::rest() {
    if (place_ < slots_.size()) return;
    std::vector<Slot>().swap(slots_);
    place_ = 0;
}

void SlotStream::read_on(WallTime end) {
    slots_.clear();
    place_ = 0;
    const WallTime from = read_until_;
    const WallTime to = end - from > step_ ? from + step_ : end;
    const WallTime last = to - Duration(1);
    for (const Window& window : in_force_) add(window, from, last, false);
    for (const ClockHistory::Window& window : crossed_) {
        for (std::size_t i = 0; i < in_force_.size(); ++i) {
            add({window.from, window.to, static_cast<std::uint32_t>(i)}, from, last, true);
        }
        for (Slot& slot : slots_) {
            if (!inside(window, slot.due)) continue;
            slot.optional = true;
            slot.crossed = true;
        }
    }
    join();
    read_until_ = to;
    if (slots_.size() > many) step_ = std::max(step_ / 2, Duration(1));
    if (slots_.size() < few && to < end) step_ = std::min(step_ * 4, farthest);
}

void SlotStream::add(const Window& window, WallTime from, WallTime to, bool optional) {
    from = std::max(from, window.from);
    to = std::min(to, window.to);
    if (from > to) return;
    const Definitions::Definition& definition = definitions_.at(window.revision);
    const JobRevision& revision = definitions_.revisions()[window.revision];
    const std::size_t first = slots_.size();
    for (const auto& schedule : definition.schedules) {
        for (const ReferenceSlot& found : schedule->slots(from, to, definition.anchor, optional)) {
            slots_.push_back({.due = found.due,
                              .revision = window.revision,
                              .gap_row = found.gap_row,
                              .paused = is_held_back(revision, found.due),
                              .optional = optional || found.due == revision.effective_to,
                              .running = schedule->is_running()});
        }
    }
    keep_distinct(slots_, first);
}

// At the instant of a change the new definition counts; the old one may have been quicker.
void SlotStream::join() {
    const auto rank = [](const Slot& slot) {
        return std::tuple(slot.due, slot.optional || slot.paused, slot.revision);
    };
    const auto earlier = [&](const Slot& a, const Slot& b) { return rank(a) < rank(b); };
    if (!std::is_sorted(slots_.begin(), slots_.end(), earlier)) {
        std::sort(slots_.begin(), slots_.end(), earlier);
    }
    keep_first(slots_, 0);
}

}  // namespace quantum::verify
