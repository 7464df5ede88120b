#pragma once

#include <cstdint>

#include "quantum/clock.hpp"

namespace quantum::simulation {

/// Random numbers from a seed, the same on every platform (SplitMix64).
class Draw {
public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}

    std::uint64_t word() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    /// A number between both, inclusive.
    std::int64_t number(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(word() % static_cast<std::uint64_t>(high - low + 1));
    }
    Duration between(Duration low, Duration high) {
        return Duration(number(low.count(), high.count()));
    }
    bool chance(double probability) {
        constexpr double unit = 1.0 / static_cast<double>(std::uint64_t{1} << 53U);
        return static_cast<double>(word() >> 11U) * unit < probability;
    }

private:
    std::uint64_t state_;
};

}  // namespace quantum::simulation
