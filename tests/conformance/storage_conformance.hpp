#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/job.hpp"
#include "quantum/ledger.hpp"
#include "quantum/storage.hpp"

#include "support/instants.hpp"

namespace quantum::test {

/// What every storage adapter has to pass. An adapter's own test names it and instantiates:
///
///     INSTANTIATE_TEST_SUITE_P(Memory, StorageConformance, testing::Values(StorageMaker{...}));
struct StorageMaker {
    std::string name;
    /// An empty store.
    std::function<std::shared_ptr<Storage>()> make;
    /// The same store after its process ended; the same object where nothing outlives it.
    std::function<std::shared_ptr<Storage>(std::shared_ptr<Storage>)> reopen =
        [](std::shared_ptr<Storage> same) { return same; };
};

inline void PrintTo(const StorageMaker& maker, std::ostream* out) { *out << maker.name; }

class StorageConformance : public testing::TestWithParam<StorageMaker> {
protected:
    StorageConformance() : storage_(GetParam().make()) {}

    static JobRef job(const std::string& name, JobState state = JobState::active) {
        Job made;
        EXPECT_TRUE(made.set_name(name));
        EXPECT_TRUE(made.set_schedule("*/5 * * * *"));
        EXPECT_TRUE(made.set_task(HandlerCall{"handler", "{}"}));
        made.set_state(state);
        return JobRef(std::move(made));
    }

    static ExecutionId id(std::uint8_t number) {
        ExecutionId made;
        made.bytes.back() = number;
        return made;
    }

    static Entry entry(std::uint8_t number, const std::string& name, WallTime due,
                       EntryState state) {
        Entry made;
        made.id = id(number);
        made.job = name;
        made.due = due;
        made.until = due;
        made.state = state;
        made.claimed_at = due;
        if (state == EntryState::started) made.handed_at = due;
        return made;
    }

    Batch batch() {
        Batch made;
        made.id = ++last_;
        return made;
    }

    void store(const Batch& made) {
        const CommitResult result = storage_->commit(made);
        ASSERT_EQ(result.status, CommitStatus::done) << result.reason;
    }

    Snapshot load() {
        storage_ = GetParam().reopen(std::move(storage_));
        return *storage_->load();
    }

    std::vector<Entry> entries(const EntryQuery& query = {}) {
        const auto* ledger = dynamic_cast<const Ledger*>(storage_.get());
        if (ledger == nullptr) return {};
        return *ledger->entries(query);
    }

    const WallTime noon_ = at("2024-03-01 12:00:00");
    std::shared_ptr<Storage> storage_;
    std::uint64_t last_ = 0;
};

TEST_P(StorageConformance, AnEmptyStoreNeverHeldJobs) {
    const Snapshot snapshot = load();
    EXPECT_FALSE(snapshot.jobs.has_value());
    EXPECT_FALSE(snapshot.watermark.has_value());
    EXPECT_TRUE(snapshot.open.empty());
    EXPECT_EQ(snapshot.last_batch, 0u);
}

TEST_P(StorageConformance, KeepsTheNewestRevisionOfEachJob) {
    Batch first = batch();
    first.jobs.push_back({JobChangeKind::added, "a", {job("a"), 1, noon_}});
    first.jobs.push_back({JobChangeKind::added, "b", {job("b"), 1, noon_}});
    store(first);
    Batch second = batch();
    second.jobs.push_back(
        {JobChangeKind::updated, "a", {job("a", JobState::inactive), 2, noon_ + Duration(7)}});
    second.jobs.push_back({JobChangeKind::deleted, "b", {nullptr, 2, noon_}});
    store(second);

    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs.has_value());
    ASSERT_EQ(snapshot.jobs->size(), 1u);
    const StoredJob& stored = snapshot.jobs->front();
    EXPECT_EQ(stored.job->name(), "a");
    EXPECT_EQ(stored.job->state(), JobState::inactive);
    EXPECT_EQ(stored.job->schedule()->text(), "*/5 * * * *");
    EXPECT_EQ(stored.revision, 2u);
    EXPECT_EQ(stored.effective_from, noon_ + Duration(7));
}

TEST_P(StorageConformance, AnEmptiedStoreIsNotOneThatNeverHeldJobs) {
    Batch first = batch();
    first.jobs.push_back({JobChangeKind::added, "a", {job("a"), 1, noon_}});
    store(first);
    Batch second = batch();
    second.jobs.push_back({JobChangeKind::purged_all, "", {nullptr, 1, noon_}});
    store(second);
    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs.has_value());
    EXPECT_TRUE(snapshot.jobs->empty());
}

TEST_P(StorageConformance, GivesBackOpenEntriesInDueOrderAndTheWatermark) {
    Batch claims = batch();
    claims.claims.push_back(entry(2, "b", noon_ + std::chrono::minutes(5), EntryState::claimed));
    claims.claims.push_back(entry(1, "a", noon_, EntryState::started));
    claims.watermark = noon_ + std::chrono::minutes(5);
    store(claims);
    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 2u);
    EXPECT_EQ(snapshot.open[0].id, id(1));
    EXPECT_EQ(snapshot.open[0].state, EntryState::started);
    EXPECT_EQ(snapshot.open[1].id, id(2));
    EXPECT_EQ(snapshot.open[1].state, EntryState::claimed);
    EXPECT_EQ(snapshot.watermark, noon_ + std::chrono::minutes(5));
    EXPECT_EQ(snapshot.last_batch, 1u);
}

TEST_P(StorageConformance, ABatchSentAgainChangesNothing) {
    Batch claims = batch();
    claims.claims.push_back(entry(1, "a", noon_, EntryState::started));
    store(claims);
    store(claims);
    EXPECT_EQ(load().open.size(), 1u);
    store(claims);
    EXPECT_EQ(load().open.size(), 1u);
}

TEST_P(StorageConformance, AnEntryGoesFromClaimedToStartedToItsEnd) {
    Batch claims = batch();
    claims.claims.push_back(entry(1, "a", noon_, EntryState::claimed));
    claims.watermark = noon_;
    store(claims);
    Batch starts = batch();
    starts.starts.push_back({id(1), noon_ + Duration(5)});
    store(starts);
    EXPECT_EQ(load().open.at(0).state, EntryState::started);
    EXPECT_EQ(load().open.at(0).handed_at, noon_ + Duration(5));

    Batch ends = batch();
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.exit_code = 3;
    outcome.duration = std::chrono::seconds(4);
    outcome.reason = "exit code 3";
    ends.finishes.push_back({id(1), 1, outcome, noon_ + Duration(9)});
    store(ends);
    const Snapshot snapshot = load();
    EXPECT_TRUE(snapshot.open.empty());
    // At the watermark it still says that its due time is decided.
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_EQ(snapshot.decided[0].state, EntryState::failed);
    const auto ended = entries();
    if (!ended.empty()) {
        EXPECT_EQ(ended[0].outcome, outcome);
        EXPECT_EQ(ended[0].ended_at, noon_ + Duration(9));
    }
}

TEST_P(StorageConformance, AnEndWithARetryIsAClaimForTheNextAttempt) {
    Batch claims = batch();
    claims.claims.push_back(entry(1, "a", noon_, EntryState::started));
    claims.watermark = noon_;
    store(claims);
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.reason = "no route to host";
    Finish finish{id(1), 1, outcome, noon_ + Duration(9)};
    finish.retry_at = noon_ + std::chrono::seconds(10);
    Batch retries = batch();
    retries.finishes.push_back(finish);
    store(retries);

    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 1u);
    const Entry& waiting = snapshot.open[0];
    EXPECT_EQ(waiting.state, EntryState::claimed);
    EXPECT_EQ(waiting.attempt, 2u);
    EXPECT_EQ(waiting.retry_at, noon_ + std::chrono::seconds(10));
    EXPECT_EQ(waiting.outcome, outcome);

    Batch second = batch();
    second.starts.push_back({id(1), noon_ + std::chrono::seconds(11)});
    store(second);
    EXPECT_EQ(load().open.at(0).state, EntryState::started);
    EXPECT_EQ(load().open.at(0).attempt, 2u);
    Batch end = batch();
    end.finishes.push_back({id(1), 2, Outcome{}, noon_ + std::chrono::seconds(12)});
    store(end);
    EXPECT_TRUE(load().open.empty());
    EXPECT_EQ(load().decided.at(0).state, EntryState::succeeded);
    EXPECT_EQ(load().decided.at(0).attempt, 2u);
}

TEST_P(StorageConformance, ARetryThatIsNotMadeEndsAsTheLastAttemptDid) {
    Batch claims = batch();
    Entry waiting = entry(1, "a", noon_, EntryState::claimed);
    waiting.attempt = 2;
    waiting.not_before = noon_ + Duration(5);
    claims.claims.push_back(waiting);
    claims.watermark = noon_;
    store(claims);
    EXPECT_EQ(load().open.at(0).not_before, noon_ + Duration(5));
    Outcome outcome;
    outcome.kind = OutcomeKind::timed_out;
    Batch end = batch();
    end.finishes.push_back({id(1), 1, outcome, noon_ + Duration(7)});
    store(end);
    EXPECT_TRUE(load().open.empty());
    EXPECT_EQ(load().decided.at(0).state, EntryState::timed_out);
    EXPECT_EQ(load().decided.at(0).attempt, 1u);
}

TEST_P(StorageConformance, RemembersTheKeysOfManualRunsForADay) {
    const auto asked = [this](std::uint8_t number, const std::string& key, WallTime when) {
        Entry made = entry(number, "a", when, EntryState::started);
        made.kind = ExecutionKind::manual;
        made.key = key;
        return made;
    };
    Batch first = batch();
    first.claims.push_back(asked(1, "deploy-7", noon_));
    first.claims.push_back(asked(2, "", noon_ + Duration(1)));
    store(first);
    EXPECT_THAT(load().keys, testing::ElementsAre(TriggerKey{"a", "deploy-7", id(1), noon_}));
    Batch later = batch();
    const WallTime next_day = noon_ + std::chrono::hours(24);
    later.claims.push_back(asked(3, "deploy-8", next_day));
    later.claims.push_back(asked(4, "deploy-9", next_day + Duration(1)));
    store(later);
    EXPECT_THAT(load().keys,
                testing::ElementsAre(TriggerKey{"a", "deploy-8", id(3), next_day},
                                     TriggerKey{"a", "deploy-9", id(4), next_day + Duration(1)}));
}

TEST_P(StorageConformance, KeepsPauseStateAndSchedulesOfAJob) {
    Job made = *job("a");
    made.set_state(JobState::finished)
        .set_pause(Pause{noon_, "disk swap"})
        .add_schedule(Schedule::once(noon_ + Duration(7)));
    Batch first = batch();
    StoredJob stored{made, 1, noon_};
    stored.note = "paused: disk swap";
    first.jobs.push_back({JobChangeKind::added, "a", stored});
    store(first);
    const Snapshot snapshot = load();
    const StoredJob& back = snapshot.jobs->at(0);
    EXPECT_EQ(back.job->state(), JobState::finished);
    EXPECT_EQ(back.job->pause(), made.pause());
    EXPECT_EQ(back.job->schedule(), made.schedule());
    EXPECT_EQ(back.note, "paused: disk swap");
}

TEST_P(StorageConformance, AStartMayNameAnEntryOfItsOwnBatch) {
    Batch both = batch();
    both.claims.push_back(entry(1, "a", noon_, EntryState::claimed));
    both.starts.push_back({id(1), noon_});
    store(both);
    EXPECT_EQ(load().open.at(0).state, EntryState::started);
}

TEST_P(StorageConformance, AClaimedEntryCanBeSkipped) {
    Batch claims = batch();
    claims.claims.push_back(entry(1, "a", noon_, EntryState::claimed));
    store(claims);
    Batch skips = batch();
    skips.skips.push_back({id(1), SkipReason::concurrency, noon_ + Duration(3)});
    store(skips);
    const Snapshot snapshot = load();
    EXPECT_TRUE(snapshot.open.empty());
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_EQ(snapshot.decided[0].state, EntryState::skipped);
    EXPECT_EQ(snapshot.decided[0].reason, SkipReason::concurrency);
}

TEST_P(StorageConformance, StoresABatchWholeOrNotAtAll) {
    Batch first = batch();
    first.claims.push_back(entry(1, "a", noon_, EntryState::started));
    first.watermark = noon_;
    store(first);
    Batch broken = batch();
    broken.claims.push_back(entry(2, "b", noon_, EntryState::started));
    broken.claims.push_back(entry(3, "a", noon_, EntryState::started));  // the same due time
    broken.watermark = noon_ + std::chrono::minutes(1);
    EXPECT_NE(storage_->commit(broken).status, CommitStatus::done);
    const Snapshot snapshot = load();
    EXPECT_EQ(snapshot.open.size(), 1u);
    EXPECT_EQ(snapshot.watermark, noon_);
}

TEST_P(StorageConformance, TheSameDueTimeUnderAnotherPassTargetOrKindIsAnotherEntry) {
    Batch claims = batch();
    Entry plain = entry(1, "a", noon_, EntryState::started);
    Entry pass = entry(2, "a", noon_, EntryState::started);
    pass.pass = 1;
    Entry target = entry(3, "a", noon_, EntryState::started);
    target.target = "node-2";
    Entry manual = entry(4, "a", noon_, EntryState::started);
    manual.kind = ExecutionKind::manual;
    claims.claims = {plain, pass, target, manual};
    store(claims);
    EXPECT_EQ(load().open.size(), 4u);
}

TEST_P(StorageConformance, TheWatermarkMayBeSetBackWithANote) {
    Batch forward = batch();
    forward.watermark = noon_;
    store(forward);
    Batch back = batch();
    const StepNote note{noon_, noon_ - std::chrono::hours(1), 1, noon_, noon_};
    back.steps.push_back(note);
    back.watermark = noon_ - std::chrono::hours(1);
    store(back);
    const Snapshot snapshot = load();
    EXPECT_EQ(snapshot.watermark, noon_ - std::chrono::hours(1));
    EXPECT_EQ(snapshot.step, note);
}

TEST_P(StorageConformance, GivesBackWhatWasDecidedAtOrAboveTheWatermark) {
    Batch claims = batch();
    Entry below = entry(1, "a", noon_ - std::chrono::minutes(5), EntryState::skipped);
    Entry stretch = entry(2, "b", noon_ - std::chrono::minutes(5), EntryState::coalesced);
    stretch.until = noon_ + std::chrono::minutes(5);
    stretch.count = 3;
    Entry above = entry(3, "c", noon_ + std::chrono::minutes(1), EntryState::skipped);
    claims.claims = {below, stretch, above};
    claims.watermark = noon_;
    store(claims);
    std::vector<ExecutionId> decided;
    for (const Entry& one : load().decided) decided.push_back(one.id);
    EXPECT_THAT(decided, testing::UnorderedElementsAre(id(2), id(3)));
}

}  // namespace quantum::test
