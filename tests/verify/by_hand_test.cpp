// Histories written by hand about runs by hand, at the instant of a change and just after it.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "verify/times.hpp"

namespace quantum::verify {
namespace {

using namespace std::chrono_literals;

/// A job changes at noon what it does beside a run of its own, which lasts from five minutes before
/// noon to five after.
struct ByHandTest : testing::Test {
    const WallTime noon = test::at("2027-03-13T12:00:00Z");
    History history;

    ByHandTest() {
        history.jobs.push_back(definition(1, noon - 1h, Overlap::skip));
        history.jobs.front().effective_to = noon;
        Entry& run = row(noon - 5min, ExecutionKind::scheduled);
        run.state = EntryState::succeeded;
        run.handed_at = run.started_at = noon - 5min;
        run.ended_at = noon + 5min;
        history.watermark = noon + 1h;
    }

    static JobRevision definition(std::uint32_t number, WallTime from, Overlap overlap) {
        JobRevision revision;
        revision.job = "report";
        revision.revision = number;
        revision.effective_from = from;
        revision.overlap = overlap;
        revision.schedules.push_back({"55 11 * * *", Dialect::cron, "UTC", {}});
        return revision;
    }
    Entry& row(WallTime due, ExecutionKind kind) {
        Entry& entry = history.entries.emplace_back();
        entry.id.bytes[15] = static_cast<std::uint8_t>(history.entries.size());
        entry.job = "report";
        entry.due = entry.until = entry.claimed_at = due;
        entry.kind = kind;
        return entry;
    }
    // Asked for by hand at `instant`, and refused by `revision` for the run that is open.
    void refused(WallTime instant, std::uint32_t revision) {
        Entry& entry = row(instant, ExecutionKind::manual);
        entry.revision = revision;
        entry.state = EntryState::skipped;
        entry.reason = SkipReason::overlap;
        entry.ended_at = instant;
    }
    [[nodiscard]] std::string told() const { return to_text(check(history)); }
};

TEST_F(ByHandTest, AtTheInstantOfAChangeTheOldDefinitionMayHaveDecided) {
    history.jobs.push_back(definition(2, noon, Overlap::allow));
    refused(noon, 1);
    EXPECT_TRUE(check(history).clean()) << told();
}

TEST_F(ByHandTest, OfSeveralChangesAtOneInstantAny) {
    history.jobs.push_back(definition(2, noon, Overlap::skip));
    history.jobs.back().effective_to = noon;
    history.jobs.push_back(definition(3, noon, Overlap::allow));
    refused(noon, 1);
    refused(noon + 1us, 3);
    EXPECT_THAT(told(), testing::HasSubstr("1 finding"));
    EXPECT_THAT(told(), testing::HasSubstr("12:00:00.000001Z: skipped for an overlap, and the job "
                                           "allows overlaps"));
}

TEST_F(ByHandTest, AMicrosecondLaterItMayNot) {
    history.jobs.push_back(definition(2, noon, Overlap::allow));
    refused(noon + 1us, 1);
    EXPECT_THAT(told(), testing::HasSubstr("skipped for an overlap, and the job allows overlaps"));
}

TEST_F(ByHandTest, NorMayOneThatTheRowDoesNotName) {
    history.jobs.push_back(definition(2, noon, Overlap::allow));
    refused(noon, 2);
    EXPECT_THAT(told(), testing::HasSubstr("skipped for an overlap, and the job allows overlaps"));
}

TEST_F(ByHandTest, AQueueThatHadRoomIsNoExcuseButOfTheDefinitionThatDecided) {
    history.jobs.push_back(definition(2, noon, Overlap::queue));
    refused(noon, 1);
    EXPECT_TRUE(check(history).clean()) << told();
    refused(noon + 1us, 1);
    EXPECT_THAT(told(), testing::HasSubstr("12:00:00.000001Z: skipped for an overlap, and the "
                                           "queue had room"));
}

}  // namespace
}  // namespace quantum::verify
