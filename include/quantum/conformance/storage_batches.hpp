#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/conformance/attempts.hpp"
#include "quantum/conformance/builders.hpp"
#include "quantum/conformance/storage_fixture.hpp"
#include "quantum/storage/storage.hpp"

/// The part of the suite about attempts, runs by hand and what a batch may contain.
namespace quantum::conformance {

// --- attempts -------------------------------------------------------------------------------

TEST_P(StorageConformance, AnEndWithARetryIsAClaimForTheNextAttempt) {
    using namespace std::chrono_literals;
    const Entry entry = entry_at(noon, "a", 1);
    store({.claims = {entry}, .watermark = noon});
    Finish finish = finish_of(entry, OutcomeKind::failed);
    finish.outcome.reason = "no route to host";
    finish.retry_at = noon + 10s;
    store({.finishes = {finish}});

    Snapshot snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 1u);
    EXPECT_EQ(snapshot.open[0].state, EntryState::claimed);
    EXPECT_EQ(snapshot.open[0].attempt, 2u);
    EXPECT_EQ(snapshot.open[0].retry_at, noon + 10s);
    EXPECT_EQ(snapshot.open[0].outcome, finish.outcome);

    store({.starts = {{entry.id, noon + 11s}}});
    snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 1u);
    EXPECT_EQ(snapshot.open[0].state, EntryState::started);
    EXPECT_EQ(snapshot.open[0].attempt, 2u);
    Finish second = finish_of(entry);
    second.attempt = 2;
    store({.finishes = {second}});
    snapshot = load();
    EXPECT_TRUE(snapshot.open.empty());
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_EQ(snapshot.decided[0].state, EntryState::succeeded);
    EXPECT_EQ(snapshot.decided[0].attempt, 2u);
}

TEST_P(StorageConformance, ARetryThatIsNotMadeEndsAsTheLastAttemptDid) {
    using namespace std::chrono_literals;
    Entry waiting = entry_at(noon, "a", 1, EntryState::claimed);
    waiting.attempt = 2;
    waiting.retry_at = noon + 5s;
    store({.claims = {waiting}, .watermark = noon});
    EXPECT_EQ(load().open.at(0).retry_at, noon + 5s);
    Finish finish = finish_of(waiting, OutcomeKind::timed_out);
    finish.attempt = 1;
    store({.finishes = {finish}});
    const Snapshot snapshot = load();
    EXPECT_TRUE(snapshot.open.empty());
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_EQ(snapshot.decided[0].state, EntryState::timed_out);
    EXPECT_EQ(snapshot.decided[0].attempt, 1u);
}

TEST_P(StorageConformance, TheOnlyAttemptIsTheEntry) {
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
    expect_the_only_attempt_is_the_entry(story());
}
TEST_P(StorageConformance, EachAttemptIsKept) {
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
    expect_each_attempt_is_kept(story());
}
TEST_P(StorageConformance, ARetryThatIsGivenUpAddsNoAttempt) {
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
    expect_a_retry_that_is_given_up_adds_none(story());
}
TEST_P(StorageConformance, WhatNeverBeganHasNoStart) {
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
    expect_what_never_began_has_no_start(story());
}

TEST_P(StorageConformance, TheStartOfALaterAttemptIsNotThatOfTheExecution) {
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
    expect_a_later_start_is_not_the_first(story());
}

// --- runs by hand ---------------------------------------------------------------------------

TEST_P(StorageConformance, RemembersTheKeysOfManualRunsForADay) {
    const auto asked = [](std::uint64_t number, const std::string& key, WallTime when) {
        Entry made = entry_at(when, "a", number);
        made.kind = ExecutionKind::manual;
        made.key = key;
        made.claimed_at = when;
        return made;
    };
    const Entry first = asked(1, "deploy-7", noon);
    store({.claims = {first, asked(2, "", noon + Duration(1))}});
    EXPECT_THAT(load().keys, testing::ElementsAre(TriggerKey{"a", "deploy-7", first.id, noon}));
    // The end of the run does not end its key.
    store({.finishes = {finish_of(first)}});
    EXPECT_THAT(load().keys, testing::SizeIs(1));

    const WallTime next_day = noon + std::chrono::hours(24);
    const Entry second = asked(3, "deploy-8", next_day);
    store({.claims = {second}});
    EXPECT_THAT(load().keys, testing::SizeIs(2)) << "a day old, and not older";
    const Entry third = asked(4, "deploy-9", next_day + Duration(1));
    store({.claims = {third}});
    EXPECT_THAT(load().keys,
                testing::ElementsAre(TriggerKey{"a", "deploy-8", second.id, next_day},
                                     TriggerKey{"a", "deploy-9", third.id, third.claimed_at}));
}

// --- batches --------------------------------------------------------------------------------

TEST_P(StorageConformance, ABatchSentAgainChangesNothing) {
    const Entry entry = entry_at(noon, "a", 1);
    Batch claims{.id = ++last_, .claims = {entry}, .watermark = noon};
    ASSERT_EQ(storage_->commit(claims).status, CommitStatus::done);
    EXPECT_EQ(storage_->commit(claims).status, CommitStatus::done);
    die();
    EXPECT_EQ(storage_->commit(claims).status, CommitStatus::done);
    expect_entries(1);

    Finish finish = finish_of(entry, OutcomeKind::failed);
    finish.retry_at = noon + std::chrono::seconds(10);
    Batch ends{.id = ++last_, .finishes = {finish}};
    ASSERT_EQ(storage_->commit(ends).status, CommitStatus::done);
    die();
    EXPECT_EQ(storage_->commit(ends).status, CommitStatus::done);
    EXPECT_EQ(load().open.at(0).attempt, 2u);
    EXPECT_EQ(load().last_batch, last_);
}

TEST_P(StorageConformance, ABatchOfThePastIsFatal) {
    last_ = 4;
    store({.claims = {entry_at(noon, "a", 1)}, .watermark = noon});
    Batch past{.id = 4, .claims = {entry_at(noon + std::chrono::hours(1), "a", 2)}};
    EXPECT_EQ(storage_->commit(past).status, CommitStatus::fatal);
    expect_entries(1);
}

TEST_P(StorageConformance, AContradictionIsFatalAndLeavesNothingBehind) {
    using namespace std::chrono_literals;
    const Entry known = entry_at(noon, "a", 1);
    const Entry ended = entry_at(noon, "b", 2);
    store({.claims = {known, ended}, .watermark = noon});
    store({.finishes = {finish_of(ended)}});
    Entry twin = known;
    twin.id = id_at(noon, 99);
    const Entry other = entry_at(noon + 1h, "a", 3);
    Entry others_twin = other;
    others_twin.id = id_at(noon, 98);
    const Entry unknown = entry_at(noon + 2h, "a", 4);

    const std::vector<std::pair<const char*, Batch>> cases{
        {"a due time that has its entry", {.claims = {other, twin}, .watermark = noon + 1h}},
        {"a due time twice", {.claims = {other, others_twin}, .watermark = noon + 1h}},
        {"the end of an unknown entry",
         {.finishes = {finish_of(unknown)}, .claims = {other}, .watermark = noon + 1h}},
        {"the end of what it claims itself",
         {.finishes = {finish_of(other)}, .claims = {other}, .watermark = noon + 1h}},
        {"the end of an ended entry",
         {.finishes = {finish_of(ended)}, .claims = {other}, .watermark = noon + 1h}},
        {"two ends of an entry",
         {.finishes = {finish_of(known), finish_of(known)}, .watermark = noon + 1h}},
        {"the start of an ended entry",
         {.claims = {other}, .starts = {{ended.id, noon}}, .watermark = noon + 1h}},
        {"the skip of an unknown entry",
         {.claims = {other},
          .skips = {{unknown.id, SkipReason::paused, noon}},
          .watermark = noon + 1h}},
        {"the skip of an ended entry",
         {.claims = {other},
          .skips = {{ended.id, SkipReason::paused, noon}},
          .watermark = noon + 1h}},
    };
    for (const auto& [what, batch] : cases) {
        SCOPED_TRACE(what);
        const CommitResult result = commit(batch);
        EXPECT_EQ(result.status, CommitStatus::fatal);
        EXPECT_FALSE(result.reason.empty());
        expect_entries(2);
        EXPECT_EQ(load().watermark, noon);
        EXPECT_EQ(load().open.size(), 1u);
        --last_;  // it was not stored
    }
}

TEST_P(StorageConformance, ARefusedBatchLeavesNoNameBehind) {
    using namespace std::chrono_literals;
    const Entry known = entry_at(noon, "a", 1);
    store({.claims = {known}, .watermark = noon});
    Entry twin = known;
    twin.id = id_at(noon, 99);
    EXPECT_EQ(commit({.claims = {entry_at(noon, "new", 2), twin}}).status, CommitStatus::fatal);
    --last_;  // it was not stored
    store({.claims = {entry_at(noon + 1h, "new", 3), entry_at(noon + 1h, "newer", 4)},
           .watermark = noon + 1h});
    if (!is_ledger()) return;
    for (const char* name : {"new", "newer"}) {
        const std::vector<Entry> found = entries({.job = name});
        ASSERT_EQ(found.size(), 1u) << name;
        EXPECT_EQ(found[0].job, name);
    }
}

}  // namespace quantum::conformance
