// `quantum run` killed at random points under load, and started again. What the jobs themselves
// wrote down agrees with the ledger: nothing began twice, and nothing that ended well is missing.
// Short by default; QUANTUM_LONG=1 kills 500 times (start the program itself: ctest would end it
// too early).
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CrashTest : DurableTest {
    /// Attempts that were seen to begin, by execution id.
    [[nodiscard]] std::map<std::string, int> witnesses() const {
        std::map<std::string, int> seen;
        std::ifstream file(scratch.path("witness"));
        for (std::string id; std::getline(file, id);) ++seen[id];
        return seen;
    }

    void many_jobs() const {
        std::string text;
        for (int i = 0; i < 12; ++i) {
            text += "# name: job-" + std::to_string(i) +
                    "\n@every 1s echo $QUANTUM_EXECUTION_ID >> " + scratch.path("witness") + "\n";
        }
        // Ends by a signal of the next life.
        text += "# name: long\n@every 2s echo $QUANTUM_EXECUTION_ID >> " + scratch.path("witness") +
                "; sleep 30\n";
        crontab(text);
    }

    void compare() const {
        const auto seen = witnesses();
        for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id << " began twice";
        std::map<std::string, Entry> known;
        ASSERT_TRUE(ledger()->each({}, [&](const Entry& entry) {
            known.emplace(entry.id.text(), entry);
            return true;
        }));
        for (const auto& [id, times] : seen) {
            ASSERT_TRUE(known.contains(id)) << id << " began and is in no ledger";
            EXPECT_TRUE(known[id].handed_at) << id;
        }
        for (const auto& [id, entry] : known) {
            if (entry.state != EntryState::succeeded) continue;
            EXPECT_TRUE(seen.contains(id)) << entry.job << ' ' << id << " never began";
        }
    }
};

TEST_F(CrashTest, KilledAtWhateverPointItStartsNothingTwiceAndLosesNothing) {
    const int kills = is_long() ? 500 : 15;
    many_jobs();
    std::mt19937_64 random(6);
    std::size_t lost = 0;
    for (int kill = 0; kill < kills; ++kill) {
        Program program(run());
        ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
        const std::size_t lines = random() % 60;
        const auto said = [&] {
            return static_cast<std::size_t>(
                std::count(program.err().begin(), program.err().end(), '\n'));
        };
        const std::size_t before = said();
        while (said() < before + lines) ASSERT_TRUE(program.wait_for_more()) << program.err();
        // Anywhere in what follows: a busy wait, because a timer is too coarse.
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3000);
        while (std::chrono::steady_clock::now() < until) {
        }
        program.signal(SIGKILL);
        ASSERT_EQ(program.wait().exit_code, 128 + SIGKILL);
        for (std::size_t at = 0; (at = program.err().find("outcome=lost", at)) != std::string::npos;
             ++at) {
            ++lost;
        }
        if (kill % 5 == 4) {
            const Ended verdict = ask({"verify"});
            ASSERT_EQ(verdict.exit_code, 0) << "kill " << kill << ":\n" << verdict.out;
        }
    }
    const Ended ended = run_until("execution ended", {});
    EXPECT_EQ(ended.exit_code, 0);
    const Ended verdict = ask({"verify"});
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out;
    EXPECT_THAT(verdict.out, HasSubstr("every page and index of the file is intact"));
    compare();
    EXPECT_GT(lost, 0U) << "the kills never found anything running";
}

TEST_F(CrashTest, WithALongHistoryItsFirstDueJobRunsSoonAfterACrash) {
    crontab("# name: beat\n@every 1s echo beat\n");
    run_until("line=beat");
    const int rows = is_long() ? 1'000'000 : 20'000;
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((state() + "/ledger.db").c_str(), &database), SQLITE_OK);
    const std::string history =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(rows) +
        "), newest AS (SELECT * FROM entry ORDER BY due LIMIT 1) INSERT INTO entry(due, job, pass, "
        "target, kind, id, revision, state, reason, attempt, claimed_at, handed_at, ended_at, "
        "until, count, outcome, exit_code, signal, duration) "
        "SELECT due - i * 5000000, job, pass, target, kind, randomblob(16), revision, 2, reason, "
        "attempt, claimed_at - i * 5000000, handed_at - i * 5000000, "
        "claimed_at - i * 5000000 + 20000, until, count, 0, 0, 0, 20000 "
        "FROM n, newest; UPDATE state SET stopped_cleanly = 0";
    EXPECT_EQ(sqlite3_exec(database, history.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);

    const auto begin = std::chrono::steady_clock::now();
    Program program(run());
    ASSERT_TRUE(program.wait_for("execution started")) << program.err();
    const auto took = std::chrono::steady_clock::now() - begin;
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);

    std::printf(
        "%d rows of history, first start after %ld ms\n", rows,
        static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    EXPECT_LT(took, is_long() ? std::chrono::seconds(2) : std::chrono::seconds(20));
    EXPECT_THAT(program.err(), HasSubstr("checking the ledger"));
}

TEST_F(CrashTest, ChildrenThatOutliveItAreEndedBeforeTheirJobStartsAgain) {
    // It says when it ends, which its next start has to come after. What a shell says of a child
    // that a signal ended would go into a pipe that nobody reads any more.
    crontab("# name: one\n@every 1s exec 2>/dev/null; trap 'echo end >> " + scratch.path("log") +
            "; exit' TERM; echo begin >> " + scratch.path("log") +
            "; echo began; while :; do sleep 0.05; done\n");
    {
        Program program(run());
        ASSERT_TRUE(program.wait_for("line=began")) << program.err();
        program.signal(SIGKILL);
        program.wait();
    }
    Program program(run({"--on-crash", "end"}));
    ASSERT_TRUE(program.wait_for("outcome=lost")) << program.err();
    ASSERT_TRUE(program.wait_for("line=began")) << program.err();
    program.signal(SIGTERM);
    ASSERT_TRUE(program.wait_for("msg=stopping")) << program.err();
    program.signal(SIGTERM);
    program.wait();

    std::ifstream file(scratch.path("log"));
    std::stringstream log;
    log << file.rdbuf();
    EXPECT_THAT(log.str(), testing::StartsWith("begin\nend\nbegin\n"));
}

TEST_F(CrashTest, ChildrenThatAreWaitedForKeepTheirRunOpen) {
    crontab("# name: one\n@reboot echo began; while [ ! -e " + scratch.path("go") +
            " ]; do sleep 0.05; done\n# name: beat\n@every 1s echo beat\n");
    {
        Program program(run());
        ASSERT_TRUE(program.wait_for("line=began")) << program.err();
        program.signal(SIGKILL);
        program.wait();
    }
    Program program(run({"--on-crash", "wait"}));
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    EXPECT_THAT(program.err(), Not(HasSubstr("outcome=lost")));
    EXPECT_EQ(entries({.job = "one"}).at(0).state, EntryState::started);

    scratch.write("go", "");

    ASSERT_TRUE(program.wait_for("outcome=lost")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_EQ(entries({.job = "one"}).at(0).state, EntryState::lost);
}

}  // namespace
}  // namespace quantum::test
