// A program that keeps the output of its jobs on disk: reads it, in this life and the next, and
// lets it go after a while.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/quantum.hpp"
#include "quantum/storage/sqlite.hpp"

#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct OutputOnDisk : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");
    const std::string spool = scratch.path("spool");
    ExecutionId function;
    ExecutionId command;

    /// A life of the program, in which both run once.
    void SetUp() override {
        auto storage = SqliteStorage::open(state);
        ASSERT_TRUE(storage) << storage.error().message;
        SchedulerConfig config;
        config.storage = std::move(*storage);
        config.output = KeepOutput{.spool_directory = spool};
        config.handlers["count"] = [](ExecutionContext& context, std::string_view what) {
            context.out() << 42 << ' ' << what;
        };
        Scheduler scheduler(std::move(config));
        ASSERT_TRUE(scheduler.start());
        ASSERT_TRUE(scheduler.add_job(
            {.name = "f", .schedule = "0 0 1 1 *", .task = HandlerCall{"count", "rows"}}));
        ASSERT_TRUE(scheduler.add_job({.name = "c",
                                       .schedule = "0 0 1 1 *",
                                       .task = Command{.argv = {"/bin/echo", "hello"}}}));
        function = scheduler.run_job("f").value_or(ExecutionId{});
        command = scheduler.run_job("c").value_or(ExecutionId{});
        ASSERT_TRUE(scheduler.stop(60s));
    }
};

TEST_F(OutputOnDisk, IsReadInTheNextLife) {
    const auto ledger = SqliteLedger::open(state);
    ASSERT_TRUE(ledger) << ledger.error().message;
    EXPECT_EQ((*ledger)->output(function)->head, "42 rows");
    EXPECT_EQ((*ledger)->output(command)->head, "hello\n");
    EXPECT_TRUE(std::filesystem::is_empty(spool)) << "it is kept once";
}

TEST_F(OutputOnDisk, GoesBeforeTheEntriesDo) {
    auto storage = std::move(SqliteStorage::open(state)).value();
    // What is above the watermark stays.
    const auto snapshot = storage->load();
    Batch later{.id = snapshot->last_batch + 1};
    const Entry entry = *storage->entry(function.text());
    later.watermark = entry.due + 24h;
    ASSERT_EQ(storage->commit(later).status, CommitStatus::done);

    while (*storage->prune({.output_before = entry.due})) {
    }
    EXPECT_TRUE(storage->output(function)) << "it is not older";
    while (*storage->prune({.output_before = entry.due + 1h})) {
    }
    EXPECT_EQ(storage->output(function).error().code, ErrorCode::not_found);
    EXPECT_EQ(storage->output(command).error().code, ErrorCode::not_found);
    EXPECT_EQ(storage->entry(command.text())->state, EntryState::succeeded);
}

}  // namespace
}  // namespace quantum::test
