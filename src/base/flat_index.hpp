#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantum::base {

/// Finds the number that a key has in the caller's table: a flat hash table with 4 bytes per slot,
/// at most 3/4 full.
///
/// The keys stay in the caller's table; `KeyOf` returns the key for a number. Next to each number,
/// which must be below 2^24, are 8 bits of its key's hash, so that a wrong key is looked up only
/// once in 256 times; each lookup may be a cache miss. `Hash` spreads a key over 64 bits. Not
/// thread-safe.
template <class Key, class Hash>
class FlatIndex {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFFU;
    static constexpr std::uint32_t most_numbers = (1U << 24U) - 1;

    template <class KeyOf>
    [[nodiscard]] std::uint32_t find(const Key& key, const KeyOf& key_of) const {
        if (places_.empty()) return none;
        const std::uint64_t hash = Hash{}(key);
        for (std::size_t at = home(hash);; at = next(at)) {
            const std::uint32_t place = places_[at];
            if (place == none) return none;
            if ((place & tag_bits) == tag(hash) && key_of(number(place)) == key) {
                return number(place);
            }
        }
    }

    /// `number` must not be in the table.
    template <class KeyOf>
    void insert(const Key& key, std::uint32_t number, const KeyOf& key_of) {
        if ((used_ + 1) * 4 > places_.size() * 3) grow(used_ + 1, key_of);
        place(Hash{}(key), number);
        ++used_;
    }

    /// Reserves room for this many additional keys.
    template <class KeyOf>
    void reserve(std::size_t more, const KeyOf& key_of) {
        if ((used_ + more) * 4 > places_.size() * 3) grow(used_ + more, key_of);
    }

    /// The key must be in the table.
    template <class KeyOf>
    void erase(const Key& key, const KeyOf& key_of) {
        const std::uint64_t hash = Hash{}(key);
        std::size_t hole = home(hash);
        while ((places_[hole] & tag_bits) != tag(hash) || key_of(number(places_[hole])) != key) {
            hole = next(hole);
        }
        --used_;
        // Close the gap: move back whatever was displaced because of it.
        for (std::size_t at = next(hole);; at = next(at)) {
            if (places_[at] == none) break;
            const std::size_t wanted = home(Hash{}(key_of(number(places_[at]))));
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
    static constexpr std::uint32_t tag_bits = 0xFF000000U;
    [[nodiscard]] static std::uint32_t tag(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash) & tag_bits;
    }
    [[nodiscard]] static std::uint32_t number(std::uint32_t place) { return place & ~tag_bits; }
    [[nodiscard]] std::size_t home(std::uint64_t hash) const {
        return static_cast<std::size_t>(hash >> 32U) & (places_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (places_.size() - 1); }
    void place(std::uint64_t hash, std::uint32_t number) {
        std::size_t at = home(hash);
        while (places_[at] != none) at = next(at);
        places_[at] = tag(hash) | number;
    }
    template <class KeyOf>
    void grow(std::size_t wanted, const KeyOf& key_of) {
        std::size_t size = places_.empty() ? 16 : places_.size();
        while (wanted * 4 > size * 3) size *= 2;
        std::vector<std::uint32_t> old(size, none);
        old.swap(places_);
        for (const std::uint32_t entry : old) {
            if (entry != none) place(Hash{}(key_of(number(entry))), number(entry));
        }
    }

    std::vector<std::uint32_t> places_;  // a power of two; the tag above the number
    std::size_t used_ = 0;
};

}  // namespace quantum::base
