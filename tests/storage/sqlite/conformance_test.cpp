// What every adapter with a ledger promises, asked of memory and SQLite alike. The SQLite one is
// closed and opened again before each look, so that nothing is answered from memory.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/ledger.hpp"
#include "quantum/memory_storage.hpp"
#include "quantum/sqlite.hpp"

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

class Subject {
public:
    virtual ~Subject() = default;
    virtual Storage& storage() = 0;
    virtual const Ledger& ledger() = 0;
    /// Whatever was only remembered is forgotten.
    virtual void restart() = 0;
};

class MemorySubject final : public Subject {
public:
    Storage& storage() override { return storage_; }
    const Ledger& ledger() override { return storage_; }
    void restart() override {}

private:
    MemoryStorage storage_;
};

class SqliteSubject final : public Subject {
public:
    SqliteSubject() { open(); }
    Storage& storage() override { return *storage_; }
    const Ledger& ledger() override { return *storage_; }
    void restart() override {
        storage_.reset();
        open();
    }

private:
    void open() {
        auto opened = SqliteStorage::open(directory_.path() / "state");
        ASSERT_TRUE(opened) << opened.error().message;
        storage_ = std::move(*opened);
    }

    TemporaryDirectory directory_;
    std::unique_ptr<SqliteStorage> storage_;
};

struct Adapter {
    const char* name;
    std::function<std::unique_ptr<Subject>()> make;
};

struct StorageConformance : testing::TestWithParam<Adapter> {
    std::unique_ptr<Subject> subject = GetParam().make();
    std::uint64_t next_batch = 1;

    CommitResult commit(Batch batch) {
        batch.id = next_batch++;
        return subject->storage().commit(batch);
    }
    void store(Batch batch) {
        const auto result = commit(std::move(batch));
        ASSERT_EQ(result.status, CommitStatus::done) << result.reason;
    }
    Snapshot load() {
        subject->restart();
        auto snapshot = subject->storage().load();
        EXPECT_TRUE(snapshot) << snapshot.error().message;
        return snapshot ? std::move(*snapshot) : Snapshot{};
    }
    std::vector<Entry> entries(const EntryQuery& query = {}) {
        subject->restart();
        auto found = subject->ledger().entries(query);
        EXPECT_TRUE(found) << found.error().message;
        return found ? std::move(*found) : std::vector<Entry>{};
    }
};

TEST_P(StorageConformance, KnowsNothingAtFirst) {
    const Snapshot snapshot = load();
    EXPECT_FALSE(snapshot.jobs);
    EXPECT_FALSE(snapshot.watermark);
    EXPECT_TRUE(snapshot.open.empty());
    EXPECT_TRUE(snapshot.decided.empty());
    EXPECT_FALSE(snapshot.step);
    EXPECT_EQ(snapshot.last_batch, 0u);
}

TEST_P(StorageConformance, GivesBackTheNewestDefinitionOfEachJob) {
    store({.jobs = {added(job_named("a"), noon), added(job_named("b"), noon)}});
    store({.jobs = {added(job_named("a", "0 3 * * *"), noon + 1h, 2)}});

    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    ASSERT_EQ(snapshot.jobs->size(), 2u);
    const StoredJob& a = snapshot.jobs->at(snapshot.jobs->at(0).job->name() == "a" ? 0 : 1);
    EXPECT_EQ(a.job->schedule()->text(), "0 3 * * *");
    EXPECT_EQ(a.revision, 2u);
    EXPECT_EQ(a.effective_from, noon + 1h);
}

TEST_P(StorageConformance, TellsNoJobsFromJobsThatWereDeleted) {
    store({.jobs = {added(job_named("a"), noon)}});
    store({.jobs = {deleted("a", noon + 1h)}});

    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    EXPECT_TRUE(snapshot.jobs->empty());
}

TEST_P(StorageConformance, KeepsEveryFieldOfAnEntry) {
    Entry entry = entry_at(noon, "a", 7, EntryState::failed);
    entry.revision = 3;
    entry.pass = 2;
    entry.kind = ExecutionKind::manual;
    entry.target = "node-1";
    entry.attempt = 4;
    entry.handed_at = noon + 2ms;
    entry.started_at = noon + 3ms;
    entry.not_before = noon + 1ms;
    entry.retry_at = noon + 2s;
    entry.ended_at = noon + 3s;
    entry.outcome = Outcome{OutcomeKind::failed, 3, 9, {}, 17ms, "why", "result", 123'456'789, 5ms};
    Entry stretch = entry_at(noon + 1h, "a", 8, EntryState::coalesced);
    stretch.until = noon + 3h;
    stretch.count = 25;
    stretch.covered_by = entry.id;
    Entry skipped = entry_at(noon + 4h, "a", 9, EntryState::skipped);
    skipped.reason = SkipReason::dst_gap;
    store({.claims = {entry, stretch, skipped}, .watermark = noon + 4h});

    const auto found = entries();
    ASSERT_EQ(found.size(), 3u);
    EXPECT_TRUE(same(found[0], entry));
    EXPECT_TRUE(same(found[1], stretch));
    EXPECT_TRUE(same(found[2], skipped));
}

TEST_P(StorageConformance, OpenEntriesAreLoadedInTheOrderOfTheirDueTimes) {
    const Entry late = entry_at(noon + 10min, "a", 2, EntryState::claimed);
    const Entry early = entry_at(noon, "b", 3);
    const Entry done = entry_at(noon + 5min, "a", 1);
    store({.claims = {late, done, early}, .watermark = noon + 10min});
    store({.finishes = {finish_of(done)}});

    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 2u);
    EXPECT_TRUE(same(snapshot.open[0], early));
    EXPECT_TRUE(same(snapshot.open[1], late));
    EXPECT_EQ(snapshot.watermark, noon + 10min);
    EXPECT_EQ(snapshot.last_batch, 2u);
}

TEST_P(StorageConformance, AnEndClosesItsEntry) {
    const Entry entry = entry_at(noon, "a", 1);
    store({.claims = {entry}, .watermark = noon});
    Finish finish = finish_of(entry, OutcomeKind::timed_out);
    finish.outcome.signal = 15;
    finish.attempt = 2;
    store({.finishes = {finish}});

    const auto found = entries();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].state, EntryState::timed_out);
    EXPECT_EQ(found[0].attempt, 2u);
    EXPECT_EQ(found[0].ended_at, finish.ended_at);
    EXPECT_EQ(found[0].outcome, finish.outcome);
}

TEST_P(StorageConformance, AStartMayNameAClaimOfTheSameBatch) {
    const Entry waits = entry_at(noon, "a", 1, EntryState::claimed);
    const Entry goes = entry_at(noon, "b", 2, EntryState::claimed);
    store({.claims = {waits, goes}, .starts = {{goes.id, noon + 5s}}, .watermark = noon});

    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 2u);
    EXPECT_EQ(snapshot.open[0].state, EntryState::claimed);
    EXPECT_EQ(snapshot.open[1].state, EntryState::started);
    EXPECT_EQ(snapshot.open[1].handed_at, noon + 5s);
}

TEST_P(StorageConformance, WhatWaitedInVainIsSkippedWithItsReason) {
    const Entry entry = entry_at(noon, "a", 1, EntryState::claimed);
    store({.claims = {entry}, .watermark = noon});
    store({.skips = {{entry.id, SkipReason::superseded, noon + 7s}}});

    EXPECT_TRUE(load().open.empty());
    const auto found = entries();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].state, EntryState::skipped);
    EXPECT_EQ(found[0].reason, SkipReason::superseded);
    EXPECT_EQ(found[0].ended_at, noon + 7s);
}

TEST_P(StorageConformance, ABatchSentAgainChangesNothing) {
    Batch batch{.id = 1, .claims = {entry_at(noon, "a", 1)}, .watermark = noon};
    ASSERT_EQ(subject->storage().commit(batch).status, CommitStatus::done);
    subject->restart();
    EXPECT_EQ(subject->storage().commit(batch).status, CommitStatus::done);
    EXPECT_EQ(entries().size(), 1u);
}

struct Contradictory {
    const char* what;
    Batch batch;
};

TEST_P(StorageConformance, AContradictionIsFatalAndLeavesNothingBehind) {
    const Entry known = entry_at(noon, "a", 1);
    const Entry ended = entry_at(noon, "b", 2);
    store({.claims = {known, ended}, .watermark = noon});
    store({.finishes = {finish_of(ended)}});
    Entry twin = known;
    twin.id = id_at(noon, 99);
    const Entry other = entry_at(noon + 1h, "a", 3);
    const Entry unknown = entry_at(noon + 2h, "a", 4);

    const std::vector<Contradictory> cases{
        {"the same due time under another id", {.claims = {other, twin}, .watermark = noon + 1h}},
        {"the end of an unknown entry",
         {.finishes = {finish_of(unknown)}, .claims = {other}, .watermark = noon + 1h}},
        {"the end of an ended entry",
         {.finishes = {finish_of(ended)}, .claims = {other}, .watermark = noon + 1h}},
        {"the start of an ended entry",
         {.claims = {other}, .starts = {{ended.id, noon}}, .watermark = noon + 1h}},
        {"the skip of an unknown entry",
         {.claims = {other},
          .skips = {{unknown.id, SkipReason::paused, noon}},
          .watermark = noon + 1h}},
    };
    for (const auto& [what, batch] : cases) {
        SCOPED_TRACE(what);
        const auto result = commit(batch);
        EXPECT_EQ(result.status, CommitStatus::fatal);
        EXPECT_FALSE(result.reason.empty());
        EXPECT_EQ(entries().size(), 2u);
        EXPECT_EQ(load().watermark, noon);
    }
}

TEST_P(StorageConformance, ABatchOfThePastIsFatal) {
    next_batch = 5;
    store({.claims = {entry_at(noon, "a", 1)}, .watermark = noon});
    Batch past{.id = 4, .claims = {entry_at(noon + 1h, "a", 2)}};
    EXPECT_EQ(subject->storage().commit(past).status, CommitStatus::fatal);
    EXPECT_EQ(entries().size(), 1u);
}

TEST_P(StorageConformance, EntriesAtOrAboveTheWatermarkAreLoadedAsDecided) {
    Entry stretch = entry_at(noon - 2h, "a", 1, EntryState::skipped);
    stretch.until = noon + 1h;
    stretch.count = 4;
    const Entry below = entry_at(noon - 1h, "b", 2, EntryState::skipped);
    const Entry upon = entry_at(noon, "b", 3, EntryState::skipped);
    const Entry above = entry_at(noon + 1min, "b", 4, EntryState::skipped);
    store({.claims = {stretch, below, upon, above}, .watermark = noon});

    auto decided = load().decided;
    std::sort(decided.begin(), decided.end(),
              [](const Entry& a, const Entry& b) { return a.due < b.due; });
    ASSERT_EQ(decided.size(), 3u);
    EXPECT_TRUE(same(decided[0], stretch));
    EXPECT_TRUE(same(decided[1], upon));
    EXPECT_TRUE(same(decided[2], above));
}

TEST_P(StorageConformance, TheWatermarkMayMoveBackAndTheLastStepIsLoaded) {
    const StepNote first{noon, noon - 1h, 1, noon, noon};
    const StepNote second{noon, noon - 2h, 2, noon - 1min, noon - 2min};
    store({.watermark = noon});
    store({.steps = {first, second}, .watermark = noon - 2h});
    store({.claims = {entry_at(noon - 2h, "a", 1)}});

    const Snapshot snapshot = load();
    EXPECT_EQ(snapshot.watermark, noon - 2h);
    EXPECT_EQ(snapshot.step, second);
}

TEST_P(StorageConformance, TheSameDueTimeMayComeAgainUnderAnotherPassKindOrTarget) {
    Entry pass = entry_at(noon, "a", 2);
    pass.pass = 1;
    Entry manual = entry_at(noon, "a", 3);
    manual.kind = ExecutionKind::manual;
    Entry elsewhere = entry_at(noon, "a", 4);
    elsewhere.target = "node-2";
    store({.claims = {entry_at(noon, "a", 1), pass, manual, elsewhere}, .watermark = noon});
    EXPECT_EQ(load().open.size(), 4u);
}

struct LedgerConformance : StorageConformance {
    void SetUp() override {
        Batch batch;
        for (std::uint64_t i = 0; i < 300; ++i) {
            // Several to the hour, hours without any, and two jobs in one instant.
            const WallTime due = noon + (i / 10) * 90min + (i % 10) * 1min;
            batch.claims.push_back(entry_at(
                due, "a", 2 * i, i % 7 == 0 ? EntryState::skipped : EntryState::succeeded));
            if (i % 3 == 0) {
                batch.claims.push_back(entry_at(due, "b", 2 * i + 1, EntryState::lost));
            }
        }
        batch.watermark = batch.claims.back().due;
        store(batch);
        all = batch.claims;
    }

    std::vector<Entry> expected(const EntryQuery& query) {
        std::vector<Entry> matching;
        for (const Entry& entry : all) {
            if (query.job && entry.job != *query.job) continue;
            if (query.from && entry.due < *query.from) continue;
            if (query.until && entry.due >= *query.until) continue;
            if (query.state && entry.state != *query.state) continue;
            matching.push_back(entry);
        }
        if (matching.size() > query.limit) {
            matching.erase(matching.begin(),
                           matching.end() - static_cast<std::ptrdiff_t>(query.limit));
        }
        return matching;
    }

    void expect_same(const std::vector<Entry>& found, const std::vector<Entry>& wanted) {
        ASSERT_EQ(found.size(), wanted.size());
        for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(same(found[i], wanted[i])) << i;
    }

    std::vector<Entry> all;
};

TEST_P(LedgerConformance, AnswersEveryCombinationOfFilters) {
    const std::vector<std::optional<std::string>> jobs{std::nullopt, "a", "b", "nobody"};
    const std::vector<std::optional<WallTime>> froms{std::nullopt, noon + 90min, noon + 100h};
    const std::vector<std::optional<WallTime>> untils{std::nullopt, noon + 12h + 3min, noon};
    const std::vector<std::optional<EntryState>> states{std::nullopt, EntryState::succeeded,
                                                        EntryState::skipped, EntryState::lost,
                                                        EntryState::started};
    for (const auto& job : jobs) {
        for (const auto& from : froms) {
            for (const auto& until : untils) {
                for (const auto& state : states) {
                    for (const std::size_t limit : {0U, 1U, 17U, 1000U}) {
                        const EntryQuery query{job, from, until, state, limit, std::nullopt};
                        auto found = subject->ledger().entries(query);
                        ASSERT_TRUE(found) << found.error().message;
                        expect_same(*found, expected(query));
                    }
                }
            }
        }
    }
}

TEST_P(LedgerConformance, PagesMeetWithoutGapOrRepeat) {
    for (const auto& job : std::vector<std::optional<std::string>>{std::nullopt, "a", "b"}) {
        EntryQuery query;
        query.job = job;
        query.limit = 13;
        std::vector<Entry> together;
        while (true) {
            auto page = subject->ledger().entries(query);
            ASSERT_TRUE(page) << page.error().message;
            if (page->empty()) break;
            together.insert(together.begin(), page->begin(), page->end());
            query.before = page->front().id;
        }
        expect_same(together, expected({.job = job}));
    }
}

TEST_P(LedgerConformance, ACursorThatIsNotThereIsNotFound) {
    EntryQuery query;
    query.before = id_at(noon, 123'456);
    const auto found = subject->ledger().entries(query);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::not_found);
}

TEST_P(LedgerConformance, FindsAnEntryByThePrefixOfItsId) {
    // Two entries of one instant: their ids differ in the last digits only.
    const std::string text = all[0].id.text();
    const auto found = subject->ledger().entry(text);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(same(*found, all[0]));
    std::string upper = text;
    std::erase(upper, '-');
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_TRUE(subject->ledger().entry(upper));

    const auto code = [&](std::string_view prefix) {
        const auto none = subject->ledger().entry(prefix);
        EXPECT_FALSE(none);
        return none ? ErrorCode{} : none.error().code;
    };
    EXPECT_EQ(code(text.substr(0, 7)), ErrorCode::invalid_argument);
    EXPECT_EQ(code(text.substr(0, 8)), ErrorCode::invalid_argument);  // several
    EXPECT_EQ(code("0193a1bz"), ErrorCode::invalid_argument);
    EXPECT_EQ(code(text + "0"), ErrorCode::invalid_argument);
    EXPECT_EQ(code("00000000"), ErrorCode::not_found);
}

TEST_P(LedgerConformance, VisitsOldestFirstAndStopsWhenTold) {
    std::vector<Entry> seen;
    EntryQuery query;
    query.job = "b";
    ASSERT_TRUE(subject->ledger().each(query, [&](const Entry& entry) {
        seen.push_back(entry);
        return seen.size() < 5;
    }));
    auto wanted = expected({.job = "b"});
    wanted.resize(5);
    expect_same(seen, wanted);
}

const auto adapters =
    testing::Values(Adapter{"memory", [] { return std::make_unique<MemorySubject>(); }},
                    Adapter{"sqlite", [] { return std::make_unique<SqliteSubject>(); }});
const auto name_of = [](const testing::TestParamInfo<Adapter>& info) {
    return std::string(info.param.name);
};
INSTANTIATE_TEST_SUITE_P(Adapters, StorageConformance, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Adapters, LedgerConformance, adapters, name_of);

}  // namespace
}  // namespace quantum::test
