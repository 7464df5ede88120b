#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

/// Finds the number of an instant: a flat hash table, 4 bytes a place, at most 3/4 full.
///
/// The keys live in the caller's table; `DueOf` looks one up. Not thread-safe.
class InstantIndex {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFFU;

    template <class DueOf>
    [[nodiscard]] std::uint32_t find(WallTime due, const DueOf& due_of) const {
        if (places_.empty()) return none;
        for (std::size_t at = home(due);; at = next(at)) {
            if (places_[at] == none) return none;
            if (due_of(places_[at]) == due) return places_[at];
        }
    }

    /// `number` must not be in the table.
    template <class DueOf>
    void insert(WallTime due, std::uint32_t number, const DueOf& due_of) {
        if ((used_ + 1) * 4 > places_.size() * 3) grow(due_of);
        place(due, number);
        ++used_;
    }

    /// The instant must be in the table.
    template <class DueOf>
    void erase(WallTime due, const DueOf& due_of) {
        std::size_t hole = home(due);
        while (due_of(places_[hole]) != due) hole = next(hole);
        --used_;
        // Close the gap: move back whatever could not stay at home because of it.
        for (std::size_t at = next(hole);; at = next(at)) {
            if (places_[at] == none) break;
            const std::size_t wanted = home(due_of(places_[at]));
            const bool stays = hole < at ? (wanted > hole && wanted <= at)
                                         : (wanted > hole || wanted <= at);
            if (stays) continue;
            places_[hole] = places_[at];
            hole = at;
        }
        places_[hole] = none;
    }

    [[nodiscard]] std::size_t size() const { return used_; }

private:
    [[nodiscard]] std::size_t home(WallTime due) const {
        const auto ticks = static_cast<std::uint64_t>(due.time_since_epoch().count());
        return static_cast<std::size_t>((ticks * 0x9E3779B97F4A7C15U) >> 32U) &
               (places_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const {
        return (at + 1) & (places_.size() - 1);
    }
    void place(WallTime due, std::uint32_t number) {
        std::size_t at = home(due);
        while (places_[at] != none) at = next(at);
        places_[at] = number;
    }
    template <class DueOf>
    void grow(const DueOf& due_of) {
        std::vector<std::uint32_t> old(places_.empty() ? 16 : places_.size() * 2, none);
        old.swap(places_);
        for (const std::uint32_t number : old) {
            if (number != none) place(due_of(number), number);
        }
    }

    std::vector<std::uint32_t> places_;  // a power of two
    std::size_t used_ = 0;
};

}  // namespace quantum::scheduler
