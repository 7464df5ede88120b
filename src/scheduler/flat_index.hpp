#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantum::scheduler {

/// Finds the number that a key has in the caller's table: a flat hash table, 4 bytes a place, at
/// most 3/4 full.
///
/// The keys stay in the caller's table; `KeyOf` looks one up by its number. `Hash` spreads a key
/// over 64 bits. Not thread-safe.
template <class Key, class Hash>
class FlatIndex {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFFU;

    template <class KeyOf>
    [[nodiscard]] std::uint32_t find(const Key& key, const KeyOf& key_of) const {
        if (places_.empty()) return none;
        for (std::size_t at = home(key);; at = next(at)) {
            if (places_[at] == none) return none;
            if (key_of(places_[at]) == key) return places_[at];
        }
    }

    /// `number` must not be in the table.
    template <class KeyOf>
    void insert(const Key& key, std::uint32_t number, const KeyOf& key_of) {
        if ((used_ + 1) * 4 > places_.size() * 3) grow(key_of);
        place(key, number);
        ++used_;
    }

    /// The instant must be in the table.
    template <class KeyOf>
    void erase(const Key& key, const KeyOf& key_of) {
        std::size_t hole = home(key);
        while (key_of(places_[hole]) != key) hole = next(hole);
        --used_;
        // Close the gap: move back whatever could not stay at home because of it.
        for (std::size_t at = next(hole);; at = next(at)) {
            if (places_[at] == none) break;
            const std::size_t wanted = home(key_of(places_[at]));
            const bool stays =
                hole < at ? (wanted > hole && wanted <= at) : (wanted > hole || wanted <= at);
            if (stays) continue;
            places_[hole] = places_[at];
            hole = at;
        }
        places_[hole] = none;
    }

    [[nodiscard]] std::size_t size() const { return used_; }

private:
    [[nodiscard]] std::size_t home(const Key& key) const {
        return static_cast<std::size_t>(Hash{}(key) >> 32U) & (places_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (places_.size() - 1); }
    void place(const Key& key, std::uint32_t number) {
        std::size_t at = home(key);
        while (places_[at] != none) at = next(at);
        places_[at] = number;
    }
    template <class KeyOf>
    void grow(const KeyOf& key_of) {
        std::vector<std::uint32_t> old(places_.empty() ? 16 : places_.size() * 2, none);
        old.swap(places_);
        for (const std::uint32_t number : old) {
            if (number != none) place(key_of(number), number);
        }
    }

    std::vector<std::uint32_t> places_;  // a power of two
    std::size_t used_ = 0;
};

}  // namespace quantum::scheduler
