// history, status, verify and backup on a ledger that the test wrote.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "quantum/storage/sqlite.hpp"

#include "base/file_descriptor.hpp"
#include "cli/quantum_program.hpp"
#include "storage/sqlite/builders.hpp"
#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/placed.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

boost::json::object object_of(const std::string& line) {
    return boost::json::parse(line).as_object();
}

struct LedgerCommandsTest : testing::Test {
    ScratchDirectory scratch;

    [[nodiscard]] std::string state() const { return scratch.path("state"); }

    [[nodiscard]] Ended ask(std::vector<std::string> words,
                            const Program::Environment& environment = {}) const {
        words.insert(words.end(), {"--state", state()});
        return quantum(std::move(words), {}, environment);
    }

    /// Every five minutes from noon on: `count` runs of `report`, of which the third failed.
    void write(int count) const {
        auto storage = SqliteStorage::open(state());
        ASSERT_TRUE(storage) << storage.error().message;
        Batch begin{.id = 1};
        begin.jobs.push_back(added(job_named("report"), noon));
        ASSERT_EQ((*storage)->commit(begin).status, CommitStatus::done);
        for (int i = 0; i < count; ++i) {
            const WallTime due = noon + i * 5min;
            Batch batch{.id = static_cast<std::uint64_t>(2 * i + 2)};
            batch.claims.push_back(entry_at(due, "report", static_cast<std::uint64_t>(i)));
            batch.watermark = due;
            Finish finish =
                finish_of(batch.claims[0], i == 2 ? OutcomeKind::failed : OutcomeKind::succeeded);
            if (i == 2) finish.outcome.exit_code = 3;
            ASSERT_EQ((*storage)->commit(batch).status, CommitStatus::done);
            Batch end{.id = static_cast<std::uint64_t>(2 * i + 3)};
            end.finishes.push_back(std::move(finish));
            ASSERT_EQ((*storage)->commit(end).status, CommitStatus::done);
        }
    }

    void commit(Batch batch) const {
        auto storage = SqliteStorage::open(state());
        ASSERT_TRUE(storage) << storage.error().message;
        batch.id = (*storage)->load()->last_batch + 1;
        ASSERT_EQ((*storage)->commit(batch).status, CommitStatus::done);
    }
};

TEST_F(LedgerCommandsTest, HistoryShowsATableWithTheNewestLast) {
    write(4);

    const Ended ended = ask({"history", "--tz", "Europe/Zurich"});

    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    const auto lines = lines_of(ended.out);
    ASSERT_EQ(lines.size(), 5U) << ended.out;
    EXPECT_THAT(lines[0],
                testing::MatchesRegex("DUE +AGO  JOB     OUTCOME        LATE  TOOK  EXECUTION"));
    // The date is as short as it can be on the day that the test is run.
    EXPECT_THAT(lines[3],
                testing::MatchesRegex("(.* )?13:10 .*report  failed exit 3   3ms  20ms  00000002"));
    EXPECT_THAT(lines[4], HasSubstr("13:15"));
}

TEST_F(LedgerCommandsTest, HistoryUnderstandsTimesAsPeopleWriteThem) {
    write(6);
    const auto count = [this](std::vector<std::string> words) {
        words.insert(words.begin(), {"history", "--json", "--tz", "Europe/Zurich"});
        return lines_of(ask(std::move(words)).out).size();
    };
    EXPECT_EQ(count({"--since", "2026-11-22"}), 6U);
    EXPECT_EQ(count({"--until", "2026-11-22"}), 0U);
    EXPECT_EQ(count({"--since", "2026-11-22 13:05", "--until", "2026-11-22 13:15"}), 2U);
    EXPECT_EQ(count({"--since", "2026-11-22T13:05:01"}), 4U);
    EXPECT_EQ(count({"--since", "now"}), 0U);
    EXPECT_EQ(count({"--since", "-36500d"}), 6U) << "a sign is no option";
    EXPECT_EQ(count({"--since", "36500d"}), 6U);
}

TEST_F(LedgerCommandsTest, HistoryShowsWhatDidNotSucceed) {
    write(6);
    const Ended failed = ask({"history", "--failed", "--json"});
    ASSERT_EQ(lines_of(failed.out).size(), 1U) << failed.err;
    EXPECT_EQ(object_of(lines_of(failed.out)[0]).at("exit_code"), 3);
    const std::string id = id_at(noon + 10min, 2).text();
    EXPECT_EQ(lines_of(ask({"history", "--json", "--before", id.substr(28)}).out).size(), 2U)
        << "by the end of its ID";
}

TEST_F(LedgerCommandsTest, ALedgerIsJudgedFromATimeOn) {
    write(2);
    Batch batch;  // the due time at ten past is left out
    batch.claims.push_back(entry_at(noon + 15min, "report", 7, EntryState::skipped));
    batch.claims[0].reason = SkipReason::overlap;
    batch.watermark = noon + 15min;
    commit(std::move(batch));
    EXPECT_EQ(ask({"verify", "--since", "2026-11-22 12:10", "--tz", "UTC"}).exit_code, 1);
    const Ended later = ask({"verify", "--since", "2026-11-22 12:11", "--tz", "UTC", "--json"});
    EXPECT_THAT(later.out, testing::Not(HasSubstr("\"lost\"")));
}

TEST_F(LedgerCommandsTest, HistoryIsFilteredByJobTimeAndOutcome) {
    write(6);

    EXPECT_EQ(lines_of(ask({"history", "--json", "--limit", "2"}).out).size(), 2U);
    const Ended failed = ask({"history", "report", "--json", "--outcome", "failed"});
    ASSERT_EQ(lines_of(failed.out).size(), 1U) << failed.err;
    const auto entry = object_of(lines_of(failed.out)[0]);
    EXPECT_EQ(entry.at("state"), "failed");
    EXPECT_EQ(entry.at("exit_code"), 3);
    EXPECT_EQ(entry.at("due"), "2026-11-22T12:10:00Z");
    EXPECT_EQ(entry.at("lateness_us"), 3000);
    EXPECT_EQ(entry.at("queued_us"), 2000) << "claimed one millisecond late";
    EXPECT_EQ(entry.at("started_at"), "2026-11-22T12:10:00.003Z");
    EXPECT_EQ(entry.at("duration_us"), 20000);
    EXPECT_EQ(
        lines_of(ask({"history", "--json", "--outcome", "failed", "--outcome", "succeeded"}).out)
            .size(),
        6U);
    const Ended part = ask({"history", "--json", "--since", "2026-11-22T12:05:00Z", "--until",
                            "2026-11-22T12:15:00Z"});
    EXPECT_EQ(lines_of(part.out).size(), 2U) << part.err;
}

TEST_F(LedgerCommandsTest, HistoryGoesOnWithWhatIsOlder) {
    write(5);
    std::vector<std::string> seen;
    std::vector<std::string> words{"history", "--json", "--limit", "2"};

    for (int page = 0; page < 3; ++page) {
        const auto lines = lines_of(ask(words).out);
        ASSERT_FALSE(lines.empty());
        seen.insert(seen.begin(), lines.begin(), lines.end());
        words = {"history",  "--json",
                 "--limit",  "2",
                 "--before", std::string(object_of(lines[0]).at("execution").as_string())};
    }

    EXPECT_EQ(lines_of(ask(words).out).size(), 0U);
    EXPECT_EQ(seen, lines_of(ask({"history", "--json"}).out));
}

TEST_F(LedgerCommandsTest, AJobThatNeverWasIsAnErrorAndOneThatDidNotRunIsNone) {
    write(1);
    Batch batch;
    batch.jobs.push_back(added(job_named("idle"), noon));
    commit(std::move(batch));

    const Ended unknown = ask({"history", "raport"});
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_THAT(unknown.err, HasSubstr("no job 'raport'"));
    const Ended idle = ask({"history", "idle"});
    EXPECT_EQ(idle.exit_code, 0);
    EXPECT_EQ(idle.out, "no entry\n");
}

TEST_F(LedgerCommandsTest, WhereThereIsNoLedgerEachCommandSaysWhere) {
    for (const std::string command : {"history", "verify", "status"}) {
        const Ended ended = ask({command});
        EXPECT_EQ(ended.exit_code, 1) << command;
        EXPECT_THAT(ended.err, HasSubstr(state())) << command;
    }
    EXPECT_EQ(ask({"backup", scratch.path("copy")}).exit_code, 1);
}

TEST_F(LedgerCommandsTest, TheStateDirectoryIsFoundByTheEnvironment) {
    std::filesystem::create_directories(scratch.path("xdg/quantum"));
    for (const auto& [variable, directory] :
         {std::pair{"XDG_STATE_HOME=" + scratch.path("xdg"), "xdg/quantum"},
          std::pair{"STATE_DIRECTORY=" + scratch.path("one") + ":/elsewhere", "one"},
          std::pair{"QUANTUM_STATE=" + scratch.path("two"), "two"}}) {
        const Ended ended = quantum({"status"}, {}, {variable});
        EXPECT_EQ(ended.exit_code, 1);
        EXPECT_THAT(ended.err, HasSubstr(scratch.path(directory))) << variable;
    }
}

TEST_F(LedgerCommandsTest, StatusTellsAnInstanceThatRunsFromOneThatDoesNot) {
    write(2);
    const Ended stopped = ask({"status", "--json"});
    EXPECT_EQ(stopped.exit_code, 4);
    const auto object = object_of(stopped.out);
    EXPECT_EQ(object.at("status"), "stopped");
    EXPECT_EQ(object.at("jobs"), 1);
    EXPECT_EQ(object.at("decided_until"), "2026-11-22T12:05:00Z");

    const auto holder = SqliteStorage::open(state());
    const Ended running = ask({"status"});
    EXPECT_EQ(running.exit_code, 0);
    EXPECT_THAT(running.out, HasSubstr("running, process " + std::to_string(::getpid())));
}

TEST_F(LedgerCommandsTest, StatusOfADaemonThatDoesNotAnswerIsHung) {
    write(2);
    const auto holder = SqliteStorage::open(state());
    const base::FileDescriptor silent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (state() + "/control.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(silent.get(), 4), 0);
    const auto begin = std::chrono::steady_clock::now();
    const Ended hung = ask({"status"});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
    EXPECT_EQ(hung.exit_code, 1);
    EXPECT_THAT(hung.out, HasSubstr("hung, process " + std::to_string(::getpid())));
    EXPECT_EQ(object_of(ask({"status", "--json"}).out).at("status"), "hung");
}

TEST_F(LedgerCommandsTest, VerifyIsContentWithASoundLedger) {
    write(4);

    const Ended ended = ask({"verify"});

    EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
    const auto summary = object_of(ask({"verify", "--json"}).out);
    EXPECT_EQ(summary.at("clean"), true);
    EXPECT_EQ(summary.at("due_times"), 4);
    EXPECT_EQ(quantum({"verify", state()}).exit_code, 0);
}

TEST_F(LedgerCommandsTest, VerifyFindsADueTimeThatDisappeared) {
    write(2);
    Batch batch;  // the due time at ten past is left out
    batch.claims.push_back(entry_at(noon + 15min, "report", 7, EntryState::skipped));
    batch.claims[0].reason = SkipReason::overlap;
    batch.watermark = noon + 15min;
    commit(std::move(batch));

    const Ended ended = ask({"verify", "--json"});

    EXPECT_EQ(ended.exit_code, 1);
    const auto finding = object_of(lines_of(ended.out).at(0));
    EXPECT_EQ(finding.at("finding"), "lost");
    EXPECT_EQ(finding.at("job"), "report");
    EXPECT_EQ(finding.at("due"), "2026-11-22T12:10:00Z");
    EXPECT_THAT(ask({"verify"}).out, HasSubstr("lost: job 'report', due 2026-11-22 12:10:00Z"));
}

TEST_F(LedgerCommandsTest, VerifyFindsADamagedFile) {
    write(40);
    {
        std::fstream file(state() + "/ledger.db", std::ios::in | std::ios::out | std::ios::binary);
        // The header of each page but the first few.
        const auto size = std::filesystem::file_size(state() + "/ledger.db");
        for (std::uintmax_t page = 4; page < size / 4096; ++page) {
            file.seekp(static_cast<std::streamoff>(page * 4096));
            file << std::string(8, 'x');
        }
    }
    const Ended ended = ask({"verify"});
    EXPECT_EQ(ended.exit_code, 1) << ended.out;
    EXPECT_THAT(ended.err, HasSubstr("ledger.db"));
}

// All that is asked can still be read: only the look at the pages tells.
TEST_F(LedgerCommandsTest, VerifyFindsAFileThatIsReadableAndNotSound) {
    write(4);
    {
        sqlite::Database database(placed(state() + "/ledger.db"),
                                  sqlite::Database::Mode::read_write, 5s);
        database.execute("PRAGMA writable_schema = ON");
        database.execute("DELETE FROM sqlite_schema WHERE name = 'entry_unhappy'");
    }
    const Ended ended = ask({"verify"});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("ledger.db: "));
    EXPECT_THAT(ended.err, HasSubstr("never used"));
    const Ended json = ask({"verify", "--json"});
    EXPECT_EQ(json.exit_code, 1);
    EXPECT_EQ(object_of(json.out).at("clean"), false);
    EXPECT_THAT(std::string(object_of(json.out).at("error").as_string()), HasSubstr("never used"));
}

TEST_F(LedgerCommandsTest, ABackupIsALedgerAndReplacesNothing) {
    write(3);
    std::filesystem::create_directory(scratch.path("restored"));
    const std::string copy = scratch.path("restored/ledger.db");

    const Ended made = ask({"backup", copy, "--json"});
    EXPECT_EQ(made.exit_code, 0);
    EXPECT_EQ(object_of(made.out).at("file").as_string(), copy);
    EXPECT_EQ(object_of(made.out).at("bytes"),
              static_cast<std::int64_t>(std::filesystem::file_size(copy)));

    const Ended refused = ask({"backup", copy});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("already exists"));
    EXPECT_EQ(quantum({"verify", scratch.path("restored")}).exit_code, 0);
    EXPECT_EQ(quantum({"history", "--json", "--state", scratch.path("restored")}).out,
              ask({"history", "--json"}).out);
}

}  // namespace
}  // namespace quantum::test
