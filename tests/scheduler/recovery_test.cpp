// Recovery on its own: what a snapshot becomes before any stage runs.
#include "scheduler/recovery.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/testing.hpp"

#include "conformance/builders.hpp"

namespace quantum::scheduler {
namespace {

using namespace std::chrono_literals;
using test::entry_at;
using test::id_at;
using test::job_named;
using test::noon;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RecoveryTest : public testing::Test {
protected:
    RecoveryTest() {
        config_.debug_logging = false;
        snapshot_.jobs.emplace();
    }

    void store(Job job, WallTime since = noon - 24h, std::uint32_t revision = 1) {
        snapshot_.jobs->push_back({JobRef(std::move(job)), revision, since});
    }

    /// Starts ten minutes after noon, which is where the watermark is.
    std::vector<Execution> recover() {
        Recovery recovery(snapshot_, {now_, BootTime{1h}}, config_, zone_data_,
                          {state_, table_, hub_});
        return recovery.run();
    }

    [[nodiscard]] const JobRecord& record_of(const std::string& name) {
        return *state_.find(table_.handle_of(*table_.find(name)));
    }
    /// "report 12:00 waiting_for_slot", in the order of the entries.
    [[nodiscard]] std::vector<Phase> phases() {
        std::vector<Phase> found;
        for (const EntryHandle handle : state_.open_entries.all()) {
            found.push_back(state_.open_entries.find(handle)->phase);
        }
        return found;
    }

    Snapshot snapshot_;
    WallTime now_ = noon + 10min;
    SchedulerConfig config_;
    std::string zone_data_ = "2026a";
    ExecutionState state_{0, 1};
    JobTable table_;
    std::vector<std::string> logged_;
    TelemetryHub hub_{"test", "here",
                      [this](LogLevel, std::string_view message, std::span<const LogField>) {
                          logged_.emplace_back(message);
                      }};
};

TEST_F(RecoveryTest, AnEmptyStorageLeavesNothingToDoButANote) {
    snapshot_.jobs.reset();
    EXPECT_THAT(recover(), IsEmpty());
    EXPECT_EQ(table_.size(), 0u);
    ASSERT_THAT(state_.notes, SizeIs(1));
    EXPECT_EQ(state_.notes.front().action, "start");
    EXPECT_EQ(state_.notes.front().detail, "");
}

TEST_F(RecoveryTest, JobsKeepTheirRevisionAndInstant) {
    store(job_named("report"), noon - 3h, 7);
    EXPECT_THAT(recover(), IsEmpty());
    const JobRow& row = table_.row(*table_.find("report"));
    EXPECT_EQ(row.revision, 7u);
    EXPECT_EQ(row.since, noon - 3h);
    EXPECT_EQ(record_of("report").revision, 7u);
    EXPECT_TRUE(record_of("report").active);
}

TEST_F(RecoveryTest, WhatIsDueAfterTheWatermarkIsUndecided) {
    store(job_named("report"));
    snapshot_.watermark = noon;
    recover();
    EXPECT_EQ(record_of("report").position(), noon);
    EXPECT_EQ(state_.watermark, noon);
    EXPECT_EQ(state_.missed_until, now_ - Duration(1));
    EXPECT_EQ(state_.next_due(record_of("report")), noon + 5min);
}

// Due at the watermark itself, a job that was accepted later owes nothing of before.
TEST_F(RecoveryTest, AJobThatIsYoungerThanTheWatermarkCountsFromItsAcceptance) {
    store(job_named("report"), noon + 6min);
    snapshot_.watermark = noon;
    recover();
    EXPECT_EQ(record_of("report").position(), noon + 6min - Duration(1));
}

TEST_F(RecoveryTest, ADecidedEntryMovesThePositionBeyondTheWatermark) {
    store(job_named("report"));
    snapshot_.watermark = noon;
    snapshot_.decided.push_back(entry_at(noon + 5min, "report", 1, EntryState::succeeded));
    recover();
    EXPECT_EQ(record_of("report").position(), noon + 5min);
    EXPECT_EQ(state_.next_due(record_of("report")), noon + 10min);
}

TEST_F(RecoveryTest, AnInactiveJobHasNoPosition) {
    Job job = job_named("report");
    job.set_state(JobState::inactive);
    store(std::move(job));
    recover();
    EXPECT_TRUE(table_.find("report"));
    EXPECT_EQ(state_.find(table_.handle_of(*table_.find("report"))), nullptr);
}

TEST_F(RecoveryTest, WhatWasStartedIsHandedToTheRunner) {
    store(job_named("report"));
    snapshot_.watermark = noon;
    snapshot_.open.push_back(entry_at(noon, "report", 1));
    const std::vector<Execution> adopted = recover();
    ASSERT_THAT(adopted, SizeIs(1));
    EXPECT_EQ(adopted.front().id, id_at(noon, 1));
    EXPECT_EQ(adopted.front().due, noon);
    EXPECT_EQ(adopted.front().fired, noon + 1ms);
    EXPECT_THAT(phases(), ElementsAre(Phase::running));
    EXPECT_EQ(state_.open_entries.running(), 1u);
    const auto handle = static_cast<EntryHandle>(adopted.front().entry_handle);
    EXPECT_EQ(state_.open_entries.find(handle)->id, id_at(noon, 1));
}

TEST_F(RecoveryTest, WhatWasClaimedWaitsAgain) {
    store(job_named("report"));
    snapshot_.watermark = noon;
    snapshot_.open.push_back(entry_at(noon, "report", 1, EntryState::claimed));
    now_ = noon + 30s;
    EXPECT_THAT(recover(), IsEmpty());
    EXPECT_THAT(phases(), ElementsAre(Phase::waiting_for_slot));
    EXPECT_THAT(state_.withdrawn, IsEmpty());
}

TEST_F(RecoveryTest, WhatHasWaitedLongerThanItsGraceIsWithdrawn) {
    Job job = job_named("report");
    ASSERT_TRUE(job.set_grace(1min));
    store(std::move(job));
    snapshot_.watermark = noon;
    snapshot_.open.push_back(entry_at(noon, "report", 1, EntryState::claimed));
    recover();
    ASSERT_THAT(state_.withdrawn, SizeIs(1));
    EXPECT_EQ(state_.withdrawn.front().reason, SkipReason::misfire);
}

TEST_F(RecoveryTest, ABackoffGoesOnByTheBootClock) {
    store(job_named("report"));
    snapshot_.watermark = noon;
    Entry entry = entry_at(noon, "report", 1, EntryState::claimed);
    entry.attempt = 2;
    entry.retry_at = now_ + 20s;
    entry.outcome = Outcome{};
    snapshot_.open.push_back(entry);
    recover();
    EXPECT_THAT(phases(), ElementsAre(Phase::delayed));
    EXPECT_EQ(state_.retries, 1u);
    EXPECT_EQ(state_.alarms.next(), BootTime{1h} + 20s);
}

// A second run of the job waits behind the first, which began and whose end nobody knows.
TEST_F(RecoveryTest, AQueueStaysBehindWhatBegan) {
    Job job = job_named("report");
    job.set_overlap(Overlap::queue);
    store(std::move(job));
    snapshot_.watermark = noon + 5min;
    snapshot_.open.push_back(entry_at(noon + 5min, "report", 2, EntryState::claimed));
    snapshot_.open.push_back(entry_at(noon, "report", 1));
    EXPECT_THAT(recover(), SizeIs(1));
    EXPECT_THAT(phases(), testing::UnorderedElementsAre(Phase::running, Phase::queued));
}

TEST_F(RecoveryTest, AnEntryWhoseJobIsGoneIsWithdrawnUnderItsName) {
    snapshot_.watermark = noon;
    snapshot_.open.push_back(entry_at(noon, "gone", 1, EntryState::claimed));
    recover();
    ASSERT_THAT(state_.withdrawn, SizeIs(1));
    EXPECT_EQ(state_.withdrawn.front().reason, SkipReason::superseded);
    const OpenEntry* entry = state_.open_entries.find(state_.withdrawn.front().entry_handle);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->job->name(), "gone");
    EXPECT_EQ(index_of(entry->handle), orphans_index);
}

TEST_F(RecoveryTest, AClockThatWasSetBackMeanwhileIsSeenAtTheFirstLook) {
    snapshot_.watermark = noon + 1h;
    recover();
    EXPECT_TRUE(state_.offset_known);
    EXPECT_EQ(state_.wall_offset, (noon + 1h).time_since_epoch() - BootTime{1h}.time_since_epoch());
}

TEST_F(RecoveryTest, AClockThatGoesOnIsNoStep) {
    snapshot_.watermark = noon;
    recover();
    EXPECT_FALSE(state_.offset_known);
}

TEST_F(RecoveryTest, KeysAndTheLastStepAreKnownAgain) {
    snapshot_.watermark = noon;
    snapshot_.keys.push_back({"report", "key", id_at(noon, 1), noon});
    StepNote step;
    step.pass = 3;
    step.repeated_until = noon + 2h;
    snapshot_.step = step;
    recover();
    EXPECT_EQ(state_.keys.at("report\nkey").id, id_at(noon, 1));
    EXPECT_EQ(state_.pass, 3u);
    EXPECT_EQ(state_.repeated_until, noon + 2h);
}

TEST_F(RecoveryTest, OtherZoneDataIsLoggedOnce) {
    for (const char* name : {"a", "b"}) {
        store(job_named(name));
        snapshot_.jobs->back().zone_data = "2025b";
    }
    snapshot_.watermark = noon;
    recover();
    EXPECT_THAT(logged_, SizeIs(1));
}

}  // namespace
}  // namespace quantum::scheduler
