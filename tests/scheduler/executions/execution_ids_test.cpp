// ExecutionIds: in order, whatever the clock does.
#include "scheduler/executions/execution_ids.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/minutes.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;

TEST(ExecutionIds, RiseStrictlyAlsoWhenTheClockGoesBack) {
    ExecutionIds ids(1);
    ExecutionId last;
    for (int i = 0; i < 20'000; ++i) {
        const ExecutionId id =
            ids.next(WallTime{std::chrono::seconds(1'700'000'000)} - std::chrono::milliseconds(i));
        ASSERT_LT(last, id);
        ASSERT_EQ(id.bytes[6] >> 4U, 7);
        ASSERT_EQ(id.bytes[8] >> 6U, 2);
        last = id;
    }
    EXPECT_EQ(ExecutionIds(5).next(minute(1)), ExecutionIds(5).next(minute(1)));
    EXPECT_NE(ExecutionIds(5).next(minute(1)), ExecutionIds(6).next(minute(1)));
}

/// The bits of an id that are drawn.
std::uint64_t drawn(const ExecutionId& id) {
    std::uint64_t bits = 0;
    for (std::size_t at = 8; at < 16; ++at) bits = (bits << 8U) | id.bytes[at];
    return bits & 0x3FFF'FFFF'FFFF'FFFFU;
}

/// What a generator gives next that has given this, run backwards and on: the two bits that the id
/// does not show are tried. That is how ids were once foreseen.
std::vector<std::uint64_t> foreseen(const ExecutionId& id) {
    const auto unshifted = [](std::uint64_t value, unsigned by) {
        std::uint64_t whole = value;
        for (unsigned bits = by; bits < 64; bits += by) whole = value ^ (whole >> by);
        return whole;
    };
    std::vector<std::uint64_t> next;
    for (std::uint64_t top = 0; top < 4; ++top) {
        std::uint64_t state = unshifted(drawn(id) | (top << 62U), 31);
        state = unshifted(state * 0x319642B2D24D8EC3U, 27);
        state = unshifted(state * 0x96DE1B173F119089U, 30);
        std::uint64_t z = state + 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        next.push_back((z ^ (z >> 31U)) & 0x3FFF'FFFF'FFFF'FFFFU);
    }
    return next;
}

TEST(ExecutionIds, TheNextCannotBeForeseenWithoutASeed) {
    ExecutionIds seeded(7);
    const ExecutionId first = seeded.next(minute(1));
    const auto next = foreseen(first);
    // It would be, of the generator that simulations have.
    ASSERT_NE(std::find(next.begin(), next.end(), drawn(seeded.next(minute(1)))), next.end());

    ExecutionIds ids(std::nullopt);
    std::set<std::uint64_t> seen;
    for (ExecutionId id = ids.next(minute(1)); seen.size() < 5'000;) {
        ASSERT_TRUE(seen.insert(drawn(id)).second);
        const auto guesses = foreseen(id);
        id = ids.next(minute(1));
        ASSERT_EQ(std::find(guesses.begin(), guesses.end(), drawn(id)), guesses.end());
    }
    EXPECT_NE(drawn(ExecutionIds(std::nullopt).next(minute(1))),
              drawn(ExecutionIds(std::nullopt).next(minute(1))));
}

}  // namespace
}  // namespace quantum::test
