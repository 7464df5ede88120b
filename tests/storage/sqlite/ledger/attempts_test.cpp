// What the ledger keeps of each attempt, and that older ledgers are brought to it.
#include "quantum/conformance/attempts.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/builders.hpp"
#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/file/schema.hpp"
#include "storage/sqlite/placed.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct AttemptsTest : testing::Test {
    ScratchDirectory scratch;

    [[nodiscard]] std::shared_ptr<SqliteStorage> open() const {
        auto opened = SqliteStorage::open(scratch.path("state"));
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
};

TEST_F(AttemptsTest, TheirRowsGoWithTheEntry) {
    const auto storage = open();
    Batch claims{.id = 1};
    claims.claims.push_back(entry_at(noon, "a", 1, EntryState::started));
    claims.claims.push_back(entry_at(noon + 1h, "a", 2, EntryState::started));
    claims.watermark = noon + 1h;
    ASSERT_EQ(storage->commit(claims).status, CommitStatus::done);
    Batch ends{.id = 2};
    for (const Entry& entry : claims.claims) {
        Finish finish{entry.id, 1, failed(1, "exit code 1"), noon + 1s, noon};
        finish.retry_at = noon + 10s;
        ends.finishes.push_back(finish);
    }
    ASSERT_EQ(storage->commit(ends).status, CommitStatus::done);
    Batch given_up{.id = 3};
    given_up.finishes.push_back({claims.claims[0].id, 1, failed(1, "exit code 1"), noon + 5s});
    ASSERT_EQ(storage->commit(given_up).status, CommitStatus::done);

    for (int call = 0; call < 10 && *storage->prune({.ledger_before = noon + 2h}); ++call) {
    }

    sqlite::Database file(placed(scratch.path("state") + "/ledger.db"),
                          sqlite::Database::Mode::read_only, 0ms);
    EXPECT_EQ(file.integer("SELECT count(*) FROM attempt"), 1) << "that of the open entry";
    EXPECT_EQ(storage->attempts(claims.claims[1].id)->size(), 1u);
    EXPECT_FALSE(storage->attempts(claims.claims[0].id));
}

TEST_F(AttemptsTest, OutputIsAskedForByAttempt) {
    const auto storage = open();
    Batch claim{.id = 1};
    claim.claims.push_back(entry_at(noon, "a", 1, EntryState::started));
    ASSERT_EQ(storage->commit(claim).status, CommitStatus::done);
    const ExecutionId id = claim.claims[0].id;
    for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
        Batch end{.id = 2 * attempt};
        Finish finish{id, attempt, failed(1, "exit code 1"), noon + 1s, noon};
        const std::string text = "output of attempt " + std::to_string(attempt);
        if (attempt != 2) finish.output = CapturedOutput{text, {}, text.size()};
        finish.retry_at = noon + 10s;
        end.finishes.push_back(finish);
        ASSERT_EQ(storage->commit(end).status, CommitStatus::done);
        Batch start{.id = 2 * attempt + 1};
        start.starts.push_back({id, noon + 10s});
        ASSERT_EQ(storage->commit(start).status, CommitStatus::done);
    }
    EXPECT_EQ(storage->output(id, 1)->head, "output of attempt 1");
    EXPECT_EQ(storage->output(id, 2).error().code, ErrorCode::not_found);
    EXPECT_EQ(storage->output(id)->head, "output of attempt 3");
}

// -- Older ledgers ---------------------------------------------------------------------------

/// Rows as a program of that version wrote them: a run, a retry that waits, one that runs.
void fill(sqlite::Database& database, int version) {
    const auto row = [&](int due, int state, int attempt, const char* outcome) {
        const std::string number = std::to_string(due);
        std::string columns =
            "due, job, pass, target, kind, id, revision, state, reason, attempt, claimed_at, "
            "started_at, count, outcome, exit_code, duration, why";
        std::string values = number + "000000, 1, 0, 0, 0, x'0000000000000000000000000000000" +
                             number + "', 1, " + std::to_string(state) + ", 0, " +
                             std::to_string(attempt) + ", " + number + "000010, " + number +
                             "000010, 1, " + outcome;
        if (version >= 4) columns += ", peak_memory", values += ", 4096";
        if (version >= 5) columns += ", not_before", values += attempt > 1 ? ", 9000000" : ", NULL";
        database.execute(("INSERT INTO entry(" + columns + ") VALUES (" + values + ")").c_str());
    };
    database.execute("INSERT INTO name VALUES (1, 'report')");
    row(1, 2, 1, "0, NULL, 20000, NULL");        // succeeded
    row(2, 3, 1, "1, 7, 20000, 'exit code 7'");  // failed
    row(3, 0, 2, "1, 1, 20000, 'exit code 1'");  // waits for its second attempt
    row(4, 3, 2, "1, 1, 20000, 'exit code 1'");  // failed twice
    row(5, 1, 1, "NULL, NULL, NULL, NULL");      // under way
    database.execute(version >= 6 ? "INSERT INTO clock_step VALUES (1, 50, 40, 3, 50, 45, 2, 49)"
                                  : "INSERT INTO clock_step VALUES (1, 50, 40, 3, 50, 45)");
}

class OlderLedger : public AttemptsTest, public testing::WithParamInterface<int> {};

TEST_P(OlderLedger, IsBroughtForwardWithItsAttempts) {
    std::filesystem::create_directories(scratch.path("state"));
    const std::string file = scratch.path("state") + "/ledger.db";
    std::ofstream(file).close();
    {
        sqlite::Database database(placed(file), sqlite::Database::Mode::read_write, 0ms);
        sqlite::migrate(database, GetParam());
        fill(database, GetParam());
        sqlite::migrate(database);
    }
    const auto ledger = SqliteLedger::open(scratch.path("state"));
    ASSERT_TRUE(ledger) << ledger.error().message;
    const auto entries = *(*ledger)->entries({});
    ASSERT_EQ(entries.size(), 5u);
    for (const Entry& entry : entries) {
        EXPECT_EQ(entry.handed_at, entry.due + 10us);
        EXPECT_FALSE(entry.started_at) << "what was stored was no start";
    }
    const bool knows_commands = GetParam() >= 4;
    EXPECT_EQ(entries[0].outcome->exit_code, knows_commands ? std::optional(0) : std::nullopt);
    EXPECT_EQ(entries[1].outcome->exit_code, 7);
    EXPECT_EQ((*ledger)->attempts(entries[0].id)->size(), 1u);
    if (GetParam() >= 5) {
        EXPECT_EQ(entries[2].retry_at, WallTime(9s));
        EXPECT_FALSE(entries[2].not_before);
    }
    EXPECT_EQ((*ledger)->attempts(entries[2].id)->size(), 0u) << "of the first nothing is known";
    const auto last = *(*ledger)->attempts(entries[3].id);
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].number, 2u);
    EXPECT_EQ((*ledger)->attempts(entries[4].id)->size(), 1u);
    const auto steps = *(*ledger)->clock_steps();
    ASSERT_EQ(steps.size(), 1u);
    EXPECT_EQ(steps[0].rewind_pass, GetParam() >= 6 ? 2u : 3u);
    EXPECT_EQ(steps[0].rewind_until, WallTime(Duration(GetParam() >= 6 ? 49 : 50)));
}

INSTANTIATE_TEST_SUITE_P(Versions, OlderLedger, testing::Range(1, 7));

}  // namespace
}  // namespace quantum::test
