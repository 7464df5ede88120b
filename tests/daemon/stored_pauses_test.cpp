// Pauses that are stored while no daemon runs: what the next start finds.
#include "daemon/stored_pauses.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"

#include "conformance/builders.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct StoredPausesTest : testing::Test {
    ScratchDirectory scratch;
    const std::string directory = scratch.path("state");

    // What a daemon leaves that has decided everything up to noon.
    StoredPausesTest() {
        const auto storage = open("boot-1");
        Batch batch;
        batch.id = 1;
        batch.jobs = {added(job_named("load"), noon - 1h), added(job_named("other"), noon - 1h)};
        batch.watermark = noon;
        EXPECT_EQ(storage->commit(std::move(batch)).status, CommitStatus::done);
    }

    [[nodiscard]] std::unique_ptr<SqliteStorage> open(const std::string& boot) const {
        auto opened = SqliteStorage::open(directory, {.boot = boot});
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    Result<std::size_t> set(std::vector<std::string> names, std::optional<Pause> pause,
                            WallTime now) const {
        return daemon::set_stored_pauses(
            directory, {std::move(names), std::move(pause), "a note", "cli:tester"}, now);
    }
    [[nodiscard]] StoredJob stored(const std::string& name) const {
        const auto snapshot = open("boot-1")->load();
        for (const StoredJob& job : *snapshot->jobs) {
            if (job.job->name() == name) return job;
        }
        return {};
    }
    [[nodiscard]] std::vector<Entry> entries() const {
        return *(*SqliteLedger::open(directory))->entries({});
    }
};

TEST_F(StoredPausesTest, APauseHoldsFromTheFirstInstantThatNobodyHasDecided) {
    EXPECT_EQ(set({"load"}, Pause{}, noon + 1h).value(), 1u);
    const StoredJob job = stored("load");
    EXPECT_TRUE(job.job->pause());
    EXPECT_EQ(job.revision, 2u);
    EXPECT_EQ(job.effective_from, noon + Duration(1));
    EXPECT_EQ(job.note, "paused: a note");
    EXPECT_FALSE(stored("other").job->pause());
    const auto notes = (*SqliteLedger::open(directory))->audit(10);
    ASSERT_TRUE(notes);
    ASSERT_FALSE(notes->empty());
    EXPECT_EQ(notes->back().actor, "cli:tester");
    EXPECT_EQ(notes->back().action, "pause");
}

TEST_F(StoredPausesTest, WhatAPauseHeldBackGetsARowAtItsEnd) {
    ASSERT_TRUE(set({"load"}, Pause{}, noon + 1h));
    EXPECT_EQ(set({"load"}, std::nullopt, noon + 2h + 1min).value(), 1u);
    EXPECT_FALSE(stored("load").job->pause());
    EXPECT_EQ(stored("load").effective_from, noon + 2h + 1min);
    const auto rows = entries();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].state, EntryState::skipped);
    EXPECT_EQ(rows[0].reason, SkipReason::paused);
    EXPECT_EQ(rows[0].due, noon + 5min);
    EXPECT_EQ(rows[0].until, noon + 2h);
    EXPECT_EQ(rows[0].count, 24u);
}

TEST_F(StoredPausesTest, AllOrNone) {
    const auto changed = set({"load", "nobody"}, Pause{}, noon + 1h);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, ErrorCode::not_found);
    EXPECT_FALSE(stored("load").job->pause());
    EXPECT_EQ(set({"load", "other"}, Pause{}, noon + 1h).value(), 2u);
    EXPECT_TRUE(stored("load").job->pause() && stored("other").job->pause());
}

TEST_F(StoredPausesTest, WhatIsNotPausedIsNotResumed) {
    EXPECT_EQ(set({"load"}, std::nullopt, noon + 1h).value(), 0u);
    EXPECT_EQ(stored("load").revision, 1u);
}

TEST_F(StoredPausesTest, ItIsNoStartSinceTheBoot) {
    ASSERT_TRUE(set({"load"}, Pause{}, noon + 1h));
    EXPECT_EQ(open("boot-2")->earlier_boot(), "boot-1");
}

TEST_F(StoredPausesTest, WhereADaemonHoldsTheDirectoryItIsAskedInstead) {
    const auto holder = open("boot-1");
    const auto changed = set({"load"}, Pause{}, noon + 1h);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace quantum::test
