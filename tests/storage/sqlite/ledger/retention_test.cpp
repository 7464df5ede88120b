// What justifies a row stays as long as the row, and a reader sees one instant.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"
#include "quantum/verify.hpp"

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct RetentionTest : testing::Test {
    TemporaryDirectory directory;
    std::unique_ptr<SqliteStorage> storage = std::move(*SqliteStorage::open(directory.path()));

    void store(Batch batch) {
        batch.id = storage->load()->last_batch + 1;
        ASSERT_EQ(storage->commit(batch).status, CommitStatus::done);
    }
    void forget(WallTime before) {
        while (*storage->prune({.output_before = {}, .ledger_before = before})) continue;
    }
    [[nodiscard]] std::vector<WallTime> due() const {
        std::vector<WallTime> found;
        const auto entries = storage->entries({});
        for (const Entry& entry : *entries) found.push_back(entry.due);
        return found;
    }
    static Entry ended(WallTime due, std::uint64_t number, WallTime at) {
        Entry entry = entry_at(due, "a", number, EntryState::succeeded);
        entry.handed_at = entry.claimed_at;
        entry.ended_at = at;
        return entry;
    }
    static Entry skipped(WallTime due, std::uint64_t number) {
        Entry entry = entry_at(due, "a", number, EntryState::skipped);
        entry.reason = SkipReason::overlap;
        return entry;
    }
};

TEST_F(RetentionTest, ARunStaysAsLongAsADueTimeThatWasSkippedForIt) {
    store({.jobs = {added(job_named("a", "*/20 * * * *"), noon - 20min)},
           .claims = {ended(noon - 20min, 1, noon - 19min), ended(noon, 2, noon + 50min),
                      skipped(noon + 20min, 3), skipped(noon + 40min, 4),
                      ended(noon + 60min, 5, noon + 61min)},
           .watermark = noon + 60min});

    forget(noon + 10min);
    EXPECT_EQ(due(), (std::vector{noon, noon + 20min, noon + 40min, noon + 60min}));
    forget(noon + 30min);
    EXPECT_EQ(due(), (std::vector{noon, noon + 40min, noon + 60min}));
    EXPECT_EQ(storage->bounds()->from, noon + 30min);

    verify::History history;
    history.add_changes(std::vector{added(job_named("a", "*/20 * * * *"), noon - 20min)});
    history.watermark = noon + 60min;
    history.retained_from = noon + 30min;
    const auto report = verify::check(history, storage->ledger());
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->clean()) << to_text(*report);
    EXPECT_EQ(report->due_times, 2U);

    forget(noon + 60min);
    EXPECT_EQ(due(), (std::vector{noon + 60min}));
}

TEST_F(RetentionTest, ADefinitionStaysAsLongAsARowThatItDecided) {
    store({.jobs = {added(job_named("a"), noon - 1h)},
           .claims = {ended(noon - 5min, 1, noon - 4min), ended(noon, 2, noon + 90min)},
           .watermark = noon + 2h});
    store({.jobs = {added(job_named("a", "0 3 * * *"), noon + 30min, 2)}});

    forget(noon + 1h);
    EXPECT_EQ(due(), std::vector{noon});
    EXPECT_EQ(storage->revisions("a")->size(), 2U);

    forget(noon + 2h);
    EXPECT_TRUE(due().empty());
    EXPECT_EQ(storage->revisions("a")->size(), 1U);
}

TEST_F(RetentionTest, TheEdgeDoesNotMoveWhereNothingIsForgotten) {
    store({.claims = {ended(noon, 1, noon + 2h)}, .watermark = noon + 2h});
    forget(noon + 1h);
    EXPECT_EQ(due(), std::vector{noon});
    EXPECT_FALSE(storage->bounds()->from);
}

TEST_F(RetentionTest, AReaderOfOneInstantSeesNothingThatIsWrittenMeanwhile) {
    store({.claims = {ended(noon, 1, noon + 1s)}, .watermark = noon});
    const Status read = storage->ledger().at_one_instant([&](const Ledger& then) -> Status {
        store({.claims = {ended(noon + 5min, 2, noon + 6min)}, .watermark = noon + 5min});
        forget(noon + 4min);
        EXPECT_EQ(then.entries({})->size(), 1U);
        EXPECT_EQ(then.bounds()->watermark, noon);
        EXPECT_TRUE(then.entry(id_at(noon, 1).text()));
        return fail(ErrorCode::unavailable, "its own error");
    });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, "its own error");
    EXPECT_EQ(due(), std::vector{noon + 5min});
}

TEST_F(RetentionTest, AllOldOutputGoesThoughTheLedgerStays) {
    Batch claims;
    Batch ends;
    for (std::uint64_t i = 0; i < 50; ++i) {
        claims.claims.push_back(entry_at(noon + i * 1min, "a", i));
        ends.finishes.push_back(finish_of(claims.claims.back()));
        ends.finishes.back().output = CapturedOutput{"text", "", 4};
    }
    claims.watermark = noon + 10h;
    store(claims);
    store(ends);
    int calls = 1;
    const Retention retention{
        .output_before = noon + 40min, .ledger_before = noon - 1h, .step = 10};
    while (*storage->prune(retention)) ++calls;
    EXPECT_EQ(calls, 5) << "in small steps";
    for (std::uint64_t i = 0; i < 50; ++i) {
        EXPECT_EQ(storage->output(claims.claims[i].id).has_value(), i >= 40) << i;
    }
    EXPECT_EQ(due().size(), 50u);
}

TEST_F(RetentionTest, OutputStaysAsLongAsItsExecutionMayBeTriedAgain) {
    const Entry entry = entry_at(noon, "a", 1);
    Finish first = finish_of(entry, OutcomeKind::failed);
    first.output = CapturedOutput{"first attempt", "", 13};
    first.retry_at = noon + 100h;
    store({.claims = {entry}, .watermark = noon + 90h});
    store({.finishes = {first}});
    const Retention all{.output_before = noon + 80h, .ledger_before = noon + 80h};
    ASSERT_TRUE(storage->prune(all));
    ASSERT_TRUE(storage->output(entry.id, 1));
    EXPECT_EQ(storage->output(entry.id, 1)->head, "first attempt");

    Finish second = finish_of(entry);
    second.attempt = 2;
    store({.finishes = {second}});
    while (*storage->prune(all)) continue;
    EXPECT_FALSE(storage->output(entry.id, 1));
}

struct OutputSize : RetentionTest {
    static constexpr std::size_t of_each = 10'000;
    std::uint64_t number = 0;

    /// Runs of a job with output, one a minute; their executions.
    std::vector<ExecutionId> add(const std::string& job, std::size_t count, WallTime first) {
        Batch claims;
        Batch ends;
        std::vector<ExecutionId> ids;
        for (std::size_t i = 0; i < count; ++i) {
            claims.claims.push_back(entry_at(first + static_cast<int>(i) * 1min, job, ++number));
            ends.finishes.push_back(finish_of(claims.claims.back()));
            ends.finishes.back().output = CapturedOutput{std::string(of_each, 'x'), "", of_each};
            ids.push_back(claims.claims.back().id);
        }
        claims.watermark = noon + 100h;
        store(claims);
        store(ends);
        return ids;
    }
    void cut_to(std::uint64_t size) {
        while (*storage->prune({.output_size = size, .step = 7})) continue;
    }
    [[nodiscard]] std::size_t kept(const std::vector<ExecutionId>& ids) const {
        return static_cast<std::size_t>(
            std::count_if(ids.begin(), ids.end(),
                          [&](const ExecutionId& id) { return storage->output(id).has_value(); }));
    }
};

TEST_F(OutputSize, TheOldestGoesUntilTheRestFits) {
    std::vector<ExecutionId> ids;
    for (const char* job : {"a", "b", "c", "d", "e"}) {
        const auto some = add(job, 10, noon + static_cast<int>(ids.size()) * 1min);
        ids.insert(ids.end(), some.begin(), some.end());
    }
    EXPECT_GE(storage->kept_output(), 50 * of_each);
    EXPECT_LT(storage->kept_output(), 51 * of_each + 50 * 256);
    cut_to(42 * of_each);
    EXPECT_LE(storage->kept_output(), 42 * of_each);
    EXPECT_EQ(kept(ids), 40U);
    EXPECT_FALSE(storage->output(ids[9])) << "the oldest";
    EXPECT_TRUE(storage->output(ids[10]));
    EXPECT_TRUE(storage->output(ids.back()));
    EXPECT_EQ(due().size(), 50U) << "the entries stay";
    EXPECT_EQ(storage->ledger().counts()->outputs_cut, 10U);
    EXPECT_EQ(storage->ledger().counts()->kept_output, storage->kept_output());

    storage.reset();
    storage = std::move(*SqliteStorage::open(directory.path()));
    EXPECT_EQ(storage->ledger().counts()->kept_output, storage->kept_output());
    EXPECT_GT(storage->kept_output(), 38 * of_each);
}

TEST_F(OutputSize, AJobThatWritesMuchDrivesOutItsOwnOnly) {
    const auto quiet = add("quiet", 3, noon);
    const auto noisy = add("noisy", 60, noon + 1h);
    cut_to(40 * of_each);
    EXPECT_EQ(kept(quiet), 3U);
    EXPECT_EQ(kept(noisy), 9U) << "a quarter";
    EXPECT_TRUE(storage->output(noisy.back()));
}

TEST_F(OutputSize, ThatOfAnOpenExecutionStays) {
    const Entry entry = entry_at(noon, "a", 1000);
    Finish first = finish_of(entry, OutcomeKind::failed);
    first.output = CapturedOutput{std::string(of_each, 'x'), "", of_each};
    first.retry_at = noon + 100h;
    store({.claims = {entry}, .watermark = noon + 90h});
    store({.finishes = {first}});
    const auto later = add("b", 3, noon + 1h);
    cut_to(1);
    EXPECT_TRUE(storage->output(entry.id, 1));
    EXPECT_EQ(kept(later), 0U);
}

TEST_F(OutputSize, WhatAgeRemovesCountsNoMore) {
    add("a", 5, noon);
    while (*storage->prune({.output_before = noon + 50h})) continue;
    EXPECT_EQ(storage->kept_output(), 0U);
    EXPECT_EQ(storage->ledger().counts()->outputs_cut, 0U);
}

}  // namespace
}  // namespace quantum::test
