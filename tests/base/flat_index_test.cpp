// FlatIndex: what is erased leaves a gap that must hide nobody.
#include "base/flat_index.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace quantum::base {
namespace {

/// A key says by itself where it wants to lie (the low bits of its home) and what tag it has.
struct Key {
    std::uint32_t home = 0;
    std::uint32_t tag = 0;
    std::uint32_t name = 0;
    friend bool operator==(const Key&, const Key&) = default;
    friend auto operator<=>(const Key&, const Key&) = default;
};
struct KeyHash {
    std::uint64_t operator()(const Key& key) const {
        return (std::uint64_t{key.home} << 32U) | (std::uint64_t{key.tag} << 24U);
    }
};

class FlatIndexTest : public testing::Test {
protected:
    [[nodiscard]] std::uint32_t find(const Key& key) const { return index_.find(key, key_of_); }
    std::uint32_t insert(const Key& key) {
        const auto number = static_cast<std::uint32_t>(keys_.size());
        keys_.push_back(key);
        index_.insert(key, number, key_of_);
        return number;
    }
    void erase(const Key& key) { index_.erase(key, key_of_); }

    static constexpr std::uint32_t none = FlatIndex<Key, KeyHash>::none;
    std::vector<Key> keys_;
    std::function<Key(std::uint32_t)> key_of_ = [this](std::uint32_t number) {
        return keys_[number];
    };
    FlatIndex<Key, KeyHash> index_;
};

TEST_F(FlatIndexTest, AnEmptyOneFindsNothing) { EXPECT_EQ(find({1, 1, 1}), none); }

// 16 places at first: three want 5, so they lie in 5, 6 and 7.
TEST_F(FlatIndexTest, ErasingOneOfThreeWithTheSameHomeHidesNoOther) {
    for (std::uint32_t erased = 0; erased < 3; ++erased) {
        SCOPED_TRACE(erased);
        index_ = {};
        keys_.clear();
        for (std::uint32_t name = 0; name < 3; ++name) insert({5, 9, name});
        erase({5, 9, erased});
        for (std::uint32_t name = 0; name < 3; ++name) {
            EXPECT_EQ(find({5, 9, name}), name == erased ? none : name);
        }
        EXPECT_EQ(index_.size(), 2u);
    }
}

// 5 is in its place, 6 in its own: closing the gap at 5 must not move 6 before its home.
TEST_F(FlatIndexTest, OneThatIsAtHomeStays) {
    insert({5, 0, 0});
    const std::uint32_t six = insert({6, 0, 0});
    erase({5, 0, 0});
    EXPECT_EQ(find({6, 0, 0}), six);
    EXPECT_EQ(find({5, 0, 0}), none);
}

// The row goes on at the front: 15, then 0 and 1.
TEST_F(FlatIndexTest, AGapIsClosedAcrossTheEnd) {
    for (std::uint32_t erased = 0; erased < 4; ++erased) {
        SCOPED_TRACE(erased);
        index_ = {};
        keys_.clear();
        const std::vector<Key> keys{{15, 1, 0}, {15, 2, 1}, {0, 3, 2}, {15, 4, 3}};
        for (const Key& key : keys) insert(key);
        erase(keys[erased]);
        for (std::uint32_t at = 0; at < keys.size(); ++at) {
            EXPECT_EQ(find(keys[at]), at == erased ? none : at);
        }
    }
}

TEST_F(FlatIndexTest, TheSameTagIsNoProofOfTheSameKey) {
    insert({3, 7, 0});
    EXPECT_EQ(find({3, 7, 1}), none);
}

TEST_F(FlatIndexTest, RandomInsertsAndErasesAgreeWithAMap) {
    std::mt19937 random(20240301);
    const auto draw = [&](std::uint32_t below) {
        return static_cast<std::uint32_t>(random()) % below;
    };
    std::map<Key, std::uint32_t> expected;
    for (int step = 0; step < 20'000; ++step) {
        // Few homes, so that long rows arise; they reach over the end of the table now and then.
        const Key key{draw(12) + (draw(2) == 0 ? 0U : 0xFFFFFFF8U), draw(3), draw(6)};
        const auto known = expected.find(key);
        if (known == expected.end()) {
            expected.emplace(key, insert(key));
        } else {
            ASSERT_EQ(find(key), known->second) << "step " << step;
            erase(key);
            expected.erase(known);
            ASSERT_EQ(find(key), none) << "step " << step;
        }
        if (step % 64 != 0) continue;
        for (const auto& [each, number] : expected) ASSERT_EQ(find(each), number);
        ASSERT_EQ(index_.size(), expected.size());
    }
}

}  // namespace
}  // namespace quantum::base
