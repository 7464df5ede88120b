// What is forgotten of a state directory, and when, on a clock that the test moves.
#include "daemon/maintenance.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"
#include "quantum/testing/simulated_clock.hpp"

#include "base/event_loop.hpp"
#include "base/file_descriptor.hpp"
#include "conformance/builders.hpp"
#include "daemon/logger.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration day = 24h;

struct UpkeepTest : testing::Test {
    ScratchDirectory scratch;
    SimulatedClock clock{noon};
    base::EventLoop loop;
    std::unique_ptr<SqliteStorage> storage = std::move(*SqliteStorage::open(scratch.path("state")));
    base::FileDescriptor nowhere{open("/dev/null", O_WRONLY | O_CLOEXEC)};
    daemon::Logger logger{nowhere.get(), daemon::LogFormat::logfmt, clock};
    std::optional<daemon::Maintenance> upkeep;
    std::uint64_t number = 0;

    UpkeepTest() {
        clock.advance(1min);  // nothing is younger than the machine
        loop.start(1);
    }
    ~UpkeepTest() override {
        upkeep.reset();
        loop.stop();
    }

    void start(const daemon::UpkeepOptions& options = {}) {
        upkeep.emplace(*storage, loop, clock, logger, options);
        upkeep->start();
        settle();
    }

    /// Until the storage thread has done what it was asked for.
    void settle() {
        std::promise<void> done;
        loop.post([&] { done.set_value(); });
        done.get_future().wait();
    }

    /// Lets time pass in strides so small that each step of a pass has its turn.
    void pass(Duration time) {
        for (Duration gone{}; gone < time; gone += 50ms) {
            clock.advance(50ms);
            settle();
        }
    }

    /// A run with output that was due and over so long ago; its execution.
    ExecutionId add(Duration age, std::size_t count = 1) {
        Batch claims{.id = storage->load()->last_batch + 1};
        Batch ends{.id = claims.id + 1};
        for (std::size_t i = 0; i < count; ++i) {
            const WallTime due = clock.wall_now() - age + Duration(static_cast<int>(i));
            claims.claims.push_back(entry_at(due, "a", ++number));
            ends.finishes.push_back(finish_of(claims.claims.back()));
            ends.finishes.back().output = CapturedOutput{"text", "", 4};
        }
        claims.watermark = clock.wall_now();
        EXPECT_EQ(storage->commit(claims).status, CommitStatus::done);
        EXPECT_EQ(storage->commit(ends).status, CommitStatus::done);
        return claims.claims.front().id;
    }

    [[nodiscard]] std::size_t entries() const {
        return storage->entries({.limit = 100'000})->size();
    }
};

TEST_F(UpkeepTest, OutputGoesAfterAWeekAndTheRestAfterNinetyDays) {
    const ExecutionId fresh = add(7 * day - 1h);
    const ExecutionId old = add(7 * day + 1h);
    const ExecutionId older = add(90 * day - 1h);
    const ExecutionId oldest = add(90 * day + 1h);
    start();
    EXPECT_TRUE(storage->output(fresh));
    EXPECT_TRUE(storage->entry(old.text()));
    EXPECT_FALSE(storage->output(old));
    EXPECT_TRUE(storage->entry(older.text()));
    EXPECT_FALSE(storage->entry(oldest.text()));
}

TEST_F(UpkeepTest, EachHasALimitOfItsOwn) {
    const ExecutionId middle = add(5 * day);
    start({.keep_output = 4 * day, .keep_ledger = 6 * day});
    EXPECT_TRUE(storage->entry(middle.text()));
    EXPECT_FALSE(storage->output(middle));
}

TEST_F(UpkeepTest, APassGoesOnUntilNothingOldIsLeft) {
    add(100 * day, 1300);
    add(1h);
    start();
    EXPECT_GT(entries(), 1u) << "one step is not all";
    pass(1s);
    EXPECT_EQ(entries(), 1u);
    EXPECT_EQ(clock.pending_timers(), 0u);
}

TEST_F(UpkeepTest, ThereIsAPassEachHourInWhichSomethingRuns) {
    start();
    for (int hour = 0; hour < 3; ++hour) {
        add(100 * day);
        clock.advance(1h - 1s);
        upkeep->note_activity();
        pass(500ms);
        EXPECT_EQ(entries(), 1u) << hour;
        clock.advance(1s);
        EXPECT_EQ(entries(), 1u) << "with nothing to do it does nothing";
        upkeep->note_activity();
        pass(500ms);
        EXPECT_EQ(entries(), 0u) << hour;
    }
}

TEST_F(UpkeepTest, TooMuchOutputGoesWithoutWaitingForAQuietMoment) {
    start({.keep_output_size = 20'000});
    pass(2s);
    add(1h, 100);
    EXPECT_GT(storage->kept_output(), 20'000U);
    for (int i = 0; i < 10; ++i) {
        upkeep->note_activity();
        pass(50ms);
    }
    EXPECT_LE(storage->kept_output(), 20'000U);
    EXPECT_EQ(entries(), 100U);
}

TEST_F(UpkeepTest, ABusySchedulePutsItOffButNotForEver) {
    add(100 * day);
    upkeep.emplace(*storage, loop, clock, logger);
    upkeep->note_activity();
    upkeep->start();
    settle();
    EXPECT_EQ(entries(), 1u);
    for (int i = 0; i < 200 && entries() > 0; ++i) {
        upkeep->note_activity();
        pass(50ms);
    }
    EXPECT_EQ(entries(), 0u);
}

}  // namespace
}  // namespace quantum::test
