// ConcurrencyLimiter by itself: slots, limits of tags, and who is first in line.
#include "scheduler/entries/concurrency_limiter.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/builders.hpp"

namespace quantum::scheduler {
namespace {

using namespace std::chrono_literals;
using test::noon;
using testing::UnorderedElementsAre;

EntryHandle entry(std::uint64_t number) { return static_cast<EntryHandle>(number); }
bool all_wait(EntryHandle) { return true; }

/// Stands in line and is counted, as OpenEntries does both.
void wait(ConcurrencyLimiter& limiter, LimitSet limit_set, WallTime due, std::uint64_t number) {
    limiter.enqueue(limit_set, due, entry(number));
    limiter.count_waiting(limit_set, true);
}

TEST(ConcurrencyLimiter, SlotsAreOfAllTogether) {
    ConcurrencyLimiter limiter(2, {});
    EXPECT_TRUE(limiter.may_start_at_once(0));
    limiter.take(0);
    limiter.take(0);
    EXPECT_EQ(limiter.taken(), 2u);
    EXPECT_FALSE(limiter.has_room(0));
    EXPECT_FALSE(limiter.may_start_at_once(0));
    limiter.give_back(0);
    EXPECT_TRUE(limiter.may_start_at_once(0));
}

TEST(ConcurrencyLimiter, NoSlotsAreNoLimit) {
    ConcurrencyLimiter limiter(0, {});
    for (int run = 0; run < 1000; ++run) limiter.take(0);
    EXPECT_TRUE(limiter.may_start_at_once(0));
}

TEST(ConcurrencyLimiter, ALimitSetIsOfTheTagsThatHaveALimit) {
    ConcurrencyLimiter limiter(0, {{"db", 1}, {"mail", 2}, {"free", 0}});
    EXPECT_EQ(limiter.limit_set_of({}), 0);
    EXPECT_EQ(limiter.limit_set_of({"unknown", "free"}), 0);
    const LimitSet db = limiter.limit_set_of({"db"});
    const LimitSet both = limiter.limit_set_of({"mail", "db"});
    EXPECT_NE(db, 0);
    EXPECT_NE(both, db);
    EXPECT_EQ(limiter.limit_set_of({"db", "unknown"}), db);
    EXPECT_EQ(limiter.limit_set_of({"db", "mail"}), both);
}

TEST(ConcurrencyLimiter, ARunTakesASlotOfEachOfItsTags) {
    ConcurrencyLimiter limiter(0, {{"db", 1}, {"mail", 2}});
    const LimitSet db = limiter.limit_set_of({"db"});
    const LimitSet mail = limiter.limit_set_of({"mail"});
    const LimitSet both = limiter.limit_set_of({"db", "mail"});
    limiter.take(both);
    EXPECT_FALSE(limiter.has_room(db));
    EXPECT_TRUE(limiter.has_room(mail));
    EXPECT_TRUE(limiter.has_room(0));
    limiter.take(mail);
    EXPECT_FALSE(limiter.has_room(mail));
    limiter.give_back(both);
    EXPECT_TRUE(limiter.has_room(db));
    EXPECT_TRUE(limiter.has_room(both));
}

TEST(ConcurrencyLimiter, TheOldestDueTimeGoesFirstWhateverCameFirst) {
    ConcurrencyLimiter limiter(1, {});
    wait(limiter, 0, noon + 2s, 2);
    wait(limiter, 0, noon + 1s, 1);
    wait(limiter, 0, noon + 3s, 3);
    wait(limiter, 0, noon + 1s, 11);
    std::set<EntryHandle> gone;
    const auto waits = [&](EntryHandle handle) { return gone.count(handle) == 0; };
    for (const std::uint64_t expected : {1, 11, 2, 3}) {
        EXPECT_EQ(limiter.first_waiting(waits), entry(expected));
        gone.insert(entry(expected));
    }
    EXPECT_EQ(limiter.first_waiting(waits), std::nullopt);
}

TEST(ConcurrencyLimiter, WhoHasNoRoomHoldsUpNobodyElse) {
    ConcurrencyLimiter limiter(0, {{"db", 1}});
    const LimitSet db = limiter.limit_set_of({"db"});
    limiter.take(db);
    wait(limiter, db, noon, 1);
    wait(limiter, 0, noon + 1s, 2);
    EXPECT_EQ(limiter.first_waiting(all_wait), entry(2));
    EXPECT_FALSE(limiter.may_start_at_once(0)) << "entry 2 has waited longer";
    limiter.count_waiting(0, false);
    EXPECT_TRUE(limiter.may_start_at_once(0)) << "entry 1 could not start anyhow";
    limiter.give_back(db);
    EXPECT_FALSE(limiter.may_start_at_once(0));
    EXPECT_EQ(limiter.first_waiting(all_wait), entry(1));
}

TEST(ConcurrencyLimiter, QueuedAreAllInLine) {
    ConcurrencyLimiter limiter(1, {{"db", 1}});
    wait(limiter, 0, noon, 1);
    wait(limiter, limiter.limit_set_of({"db"}), noon, 2);
    EXPECT_THAT(limiter.queued(), UnorderedElementsAre(entry(1), entry(2)));
    EXPECT_EQ(limiter.waiting(), 2u);
}

}  // namespace
}  // namespace quantum::scheduler
