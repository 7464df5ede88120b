#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/conformance/builders.hpp"
#include "quantum/conformance/storage_batches.hpp"
#include "quantum/conformance/storage_fixture.hpp"
#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

/// The suite StorageConformance: its tests about jobs and entries, and through another header all
/// the others.
namespace quantum::conformance {

// --- jobs -----------------------------------------------------------------------------------

TEST_P(StorageConformance, KnowsNothingAtFirst) {
    const Snapshot snapshot = load();
    EXPECT_FALSE(snapshot.jobs);
    EXPECT_FALSE(snapshot.watermark);
    EXPECT_TRUE(snapshot.open.empty());
    EXPECT_TRUE(snapshot.decided.empty());
    EXPECT_TRUE(snapshot.keys.empty());
    EXPECT_FALSE(snapshot.step);
    EXPECT_EQ(snapshot.last_batch, 0u);
}

TEST_P(StorageConformance, KeepsTheNewestDefinitionOfEachJob) {
    using namespace std::chrono_literals;
    store({.jobs = {added(job_named("a"), noon), added(job_named("b"), noon),
                    added(job_named("c"), noon)}});
    Job second = job_named("a", "0 3 * * *", "Europe/Zurich");
    second.set_state(JobState::inactive);
    store({.jobs = {added(second, noon + 1h + Duration(7), 2), deleted("b", noon + 1h)}});

    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    ASSERT_EQ(snapshot.jobs->size(), 2u);
    const bool first = snapshot.jobs->at(0).job->name() == "a";
    const StoredJob& a = snapshot.jobs->at(first ? 0 : 1);
    EXPECT_EQ(a.job->name(), "a");
    EXPECT_EQ(a.job->state(), JobState::inactive);
    EXPECT_EQ(a.job->schedule(), second.schedule());
    EXPECT_EQ(a.revision, 2u);
    EXPECT_EQ(a.effective_from, noon + 1h + Duration(7));
    const StoredJob& c = snapshot.jobs->at(first ? 1 : 0);
    EXPECT_EQ(c.job->name(), "c");
    EXPECT_EQ(c.revision, 1u);
    EXPECT_EQ(c.effective_from, noon);
}

TEST_P(StorageConformance, TellsNoJobsFromJobsThatWereDeleted) {
    store({.jobs = {added(job_named("a"), noon)}});
    store({.jobs = {deleted("a", noon + std::chrono::hours(1))}});
    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    EXPECT_TRUE(snapshot.jobs->empty());
}

TEST_P(StorageConformance, TellsNoJobsFromJobsThatWerePurged) {
    store({.jobs = {added(job_named("a"), noon)}});
    JobChange purge;
    purge.kind = JobChangeKind::purged_all;
    purge.stored.effective_from = noon;
    store({.jobs = {purge}});
    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    EXPECT_TRUE(snapshot.jobs->empty());
}

TEST_P(StorageConformance, AJobThatIsDeletedAndAddedInOneBatchIsThere) {
    store({.jobs = {added(job_named("a"), noon)}});
    store({.jobs = {deleted("a", noon), added(job_named("a", "0 3 * * *"), noon, 2)}});
    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    ASSERT_EQ(snapshot.jobs->size(), 1u);
    EXPECT_EQ(snapshot.jobs->front().job->schedule()->text(), "0 3 * * *");
}

TEST_P(StorageConformance, KeepsPauseStateSchedulesAndPoliciesOfAJob) {
    using namespace std::chrono_literals;
    Job made = job_named("a");
    made.set_state(JobState::finished)
        .set_pause(Pause{noon, "disk swap"})
        .add_schedule(Schedule::once(noon + Duration(7)));
    made.set_overlap(Overlap::queue);
    ASSERT_TRUE(made.set_queue_limit(3));
    ASSERT_TRUE(made.set_grace(90s));
    ASSERT_TRUE(made.set_retries(2));
    ASSERT_TRUE(made.set_tags({"database"}));
    JobChange change = added(made, noon);
    change.stored.note = "paused: disk swap";
    change.stored.zone_data = "2031a";
    store({.jobs = {change}});

    const Snapshot snapshot = load();
    ASSERT_TRUE(snapshot.jobs);
    const StoredJob& back = snapshot.jobs->at(0);
    EXPECT_EQ(back.job->state(), JobState::finished);
    EXPECT_EQ(back.job->pause(), made.pause());
    EXPECT_EQ(back.job->schedule(), made.schedule());
    EXPECT_EQ(back.job->overlap(), Overlap::queue);
    EXPECT_EQ(back.job->queue_limit(), 3u);
    EXPECT_EQ(back.job->grace(), 90s);
    EXPECT_EQ(back.job->policies().retries, 2u);
    EXPECT_EQ(back.job->policies().tags, std::vector<std::string>{"database"});
    EXPECT_EQ(back.note, "paused: disk swap");
    EXPECT_EQ(back.zone_data, "2031a");
}

// --- entries --------------------------------------------------------------------------------

TEST_P(StorageConformance, KeepsEveryFieldOfAnEntry) {
    using namespace std::chrono_literals;
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
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
    using namespace std::chrono_literals;
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

TEST_P(StorageConformance, AnEntryGoesFromClaimedToStartedToItsEnd) {
    using namespace std::chrono_literals;
    const Entry entry = entry_at(noon, "a", 1, EntryState::claimed);
    store({.claims = {entry}, .watermark = noon});
    store({.starts = {{entry.id, noon + 5s}}});
    Snapshot snapshot = load();
    ASSERT_EQ(snapshot.open.size(), 1u);
    EXPECT_EQ(snapshot.open[0].state, EntryState::started);
    EXPECT_EQ(snapshot.open[0].handed_at, noon + 5s);
    EXPECT_FALSE(snapshot.open[0].started_at) << "its end tells";

    Finish finish = finish_of(entry, OutcomeKind::timed_out);
    finish.outcome.signal = 15;
    finish.outcome.reason = "timeout of 4s";
    store({.finishes = {finish}});
    snapshot = load();
    EXPECT_TRUE(snapshot.open.empty());
    // At the watermark it still says that its due time is decided.
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_EQ(snapshot.decided[0].state, EntryState::timed_out);
    if (!is_ledger()) return;
    const auto found = entries();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].state, EntryState::timed_out);
    EXPECT_EQ(found[0].started_at, finish.started_at);
    EXPECT_EQ(found[0].ended_at, finish.ended_at);
    EXPECT_EQ(found[0].outcome, finish.outcome);
}

TEST_P(StorageConformance, EachWayToEndIsAState) {
    if (!is_ledger()) GTEST_SKIP() << no_ledger;
    const std::vector<std::pair<OutcomeKind, EntryState>> ways{
        {OutcomeKind::succeeded, EntryState::succeeded},
        {OutcomeKind::failed, EntryState::failed},
        {OutcomeKind::timed_out, EntryState::timed_out},
        {OutcomeKind::killed, EntryState::killed},
        {OutcomeKind::lost, EntryState::lost}};
    std::uint64_t number = 0;
    for (const auto& [outcome, state] : ways) {
        const Entry entry = entry_at(noon + std::chrono::minutes(number), "a", ++number);
        store({.claims = {entry}});
        store({.finishes = {finish_of(entry, outcome)}});
        EXPECT_EQ(entries().back().state, state);
    }
}

TEST_P(StorageConformance, AStartMayNameAClaimOfTheSameBatch) {
    using namespace std::chrono_literals;
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
    using namespace std::chrono_literals;
    const Entry entry = entry_at(noon, "a", 1, EntryState::claimed);
    store({.claims = {entry}, .watermark = noon});
    store({.skips = {{entry.id, SkipReason::superseded, noon + 7s}}});
    const Snapshot snapshot = load();
    EXPECT_TRUE(snapshot.open.empty());
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_EQ(snapshot.decided[0].reason, SkipReason::superseded);
    if (!is_ledger()) return;
    const auto found = entries();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].state, EntryState::skipped);
    EXPECT_EQ(found[0].reason, SkipReason::superseded);
    EXPECT_EQ(found[0].ended_at, noon + 7s);
}

TEST_P(StorageConformance, WhatWaitedMayBeCoveredByALaterRun) {
    using namespace std::chrono_literals;
    Entry earlier = entry_at(noon, "a", 1, EntryState::claimed);
    earlier.reason = SkipReason::unbound;
    const Entry later = entry_at(noon + 5min, "a", 2, EntryState::claimed);
    store({.claims = {earlier, later}, .watermark = noon});
    store({.skips = {{earlier.id, SkipReason::none, noon + 7min, later.id}}});
    const auto found = entries();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].state, EntryState::coalesced);
    EXPECT_EQ(found[0].reason, SkipReason::none);
    EXPECT_EQ(found[0].covered_by, later.id);
    EXPECT_EQ(found[0].ended_at, noon + 7min);
    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.decided.size(), 1u);
    EXPECT_TRUE(same(snapshot.decided[0], found[0]));
}

TEST_P(StorageConformance, ThatAClaimWaitsForItsFunctionIsKeptUntilItsEnd) {
    using namespace std::chrono_literals;
    Entry runs = entry_at(noon, "a", 1, EntryState::claimed);
    Entry waits = entry_at(noon, "b", 2, EntryState::claimed);
    runs.reason = waits.reason = SkipReason::unbound;
    store({.claims = {runs, waits}, .watermark = noon});
    EXPECT_EQ(load().open.at(0).reason, SkipReason::unbound);
    store(
        {.starts = {{runs.id, noon + 5s}}, .skips = {{waits.id, SkipReason::unbound, noon + 6s}}});
    EXPECT_EQ(load().open.at(0).reason, SkipReason::unbound);
    store({.finishes = {finish_of(runs)}});
    const auto found = entries();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].state, EntryState::succeeded);
    EXPECT_EQ(found[0].reason, SkipReason::unbound);
    EXPECT_EQ(found[1].state, EntryState::skipped);
    EXPECT_EQ(found[1].reason, SkipReason::unbound);
    EXPECT_EQ(to_string(found[1].reason), "unbound");
}

TEST_P(StorageConformance, AClaimMayBeSkippedInItsOwnBatch) {
    const Entry entry = entry_at(noon, "a", 1, EntryState::claimed);
    store({.claims = {entry}, .skips = {{entry.id, SkipReason::overlap, noon}}});
    EXPECT_TRUE(load().open.empty());
    if (!is_ledger()) return;
    ASSERT_EQ(entries().size(), 1u);
    EXPECT_EQ(entries()[0].reason, SkipReason::overlap);
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

TEST_P(StorageConformance, EntriesAtOrAboveTheWatermarkAreLoadedAsDecided) {
    using namespace std::chrono_literals;
    Entry stretch = entry_at(noon - 2h, "a", 1, EntryState::skipped);
    stretch.until = noon + 1h;
    stretch.count = 4;
    Entry touching = entry_at(noon - 3h, "c", 5, EntryState::coalesced);
    touching.until = noon;
    touching.count = 2;
    const Entry below = entry_at(noon - Duration(1), "b", 2, EntryState::skipped);
    const Entry upon = entry_at(noon, "b", 3, EntryState::skipped);
    const Entry above = entry_at(noon + 1min, "b", 4, EntryState::skipped);
    store({.claims = {stretch, touching, below, upon, above}, .watermark = noon});

    auto decided = load().decided;
    std::sort(decided.begin(), decided.end(),
              [](const Entry& a, const Entry& b) { return a.due < b.due; });
    ASSERT_EQ(decided.size(), 4u);
    EXPECT_TRUE(same(decided[0], touching));
    EXPECT_TRUE(same(decided[1], stretch));
    EXPECT_TRUE(same(decided[2], upon));
    EXPECT_TRUE(same(decided[3], above));
}

TEST_P(StorageConformance, TheWatermarkMayMoveBackAndTheLastStepIsLoaded) {
    using namespace std::chrono_literals;
    const StepNote first{noon, noon - 1h, 1, noon, noon, 1, noon};
    const StepNote second{noon, noon - 2h, 2, noon - 1min, noon - 2min, 1, noon - 3min};
    store({.watermark = noon});
    store({.steps = {first, second}, .watermark = noon - 2h});
    store({.claims = {entry_at(noon - 2h, "a", 1)}});
    const Snapshot snapshot = load();
    EXPECT_EQ(snapshot.watermark, noon - 2h);
    EXPECT_EQ(snapshot.step, second);
}

}  // namespace quantum::conformance
