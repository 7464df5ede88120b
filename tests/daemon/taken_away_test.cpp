// `quantum run` whose state directory is taken away, or asked for by a second instance.
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct TakenAway : DurableTest {
    const std::string aside = scratch.path("aside");

    [[nodiscard]] static Ended ask_at(const std::string& place, std::vector<std::string> words) {
        words.insert(words.begin(), binary("quantum"));
        words.insert(words.end(), {"--state", place});
        Program program(std::move(words));
        return program.wait();
    }
    /// Until `text` is seen after what is there now.
    static bool sees_again(Program& program, std::string_view text) {
        const std::size_t from = program.err().size();
        while (program.err().find(text, from) == std::string::npos) {
            if (!program.wait_for_more()) return false;
        }
        return true;
    }
    static void stop(Program& program) {
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0);
    }
};

TEST_F(TakenAway, NothingStartsWhileTheDirectoryIsElsewhereAndAllIsDecidedAfterwards) {
    crontab("# name: beat\n@every 1s echo beat\n");
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    fs::rename(state(), aside);
    ASSERT_TRUE(program.wait_for("the state directory is gone")) << program.err();
    const std::size_t gone_at = program.err().find("nothing new starts");

    const Ended here = ask({"status"});
    EXPECT_EQ(here.exit_code, 1);
    EXPECT_THAT(here.err, AllOf(HasSubstr(state()), HasSubstr("no such directory")));
    const Ended there = ask_at(aside, {"status"});
    EXPECT_EQ(there.exit_code, 1);
    EXPECT_THAT(there.out, AllOf(HasSubstr("degraded, process"), HasSubstr(state())));

    fs::rename(aside, state());
    ASSERT_TRUE(program.wait_for("batches are stored again")) << program.err();
    const std::string meanwhile =
        program.err().substr(gone_at, program.err().find("batches are stored again") - gone_at);
    EXPECT_THAT(meanwhile, Not(HasSubstr("execution started")));
    ASSERT_TRUE(sees_again(program, "line=beat")) << program.err();
    EXPECT_EQ(ask({"status"}).exit_code, 0);
    stop(program);
    const Ended verdict = ask({"verify"});
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out << program.err();
}

// The jobs themselves write down what began.
TEST_F(TakenAway, WhateverIsMovedAwayNothingBeginsTwiceAndNothingIsMissing) {
    const std::string witness = scratch.path("witness");
    std::string text;
    for (int job = 0; job < 6; ++job) {
        text += "# name: job-" + std::to_string(job) +
                "\n@every 1s echo $QUANTUM_JOB $QUANTUM_DUE $QUANTUM_EXECUTION_ID >> " + witness +
                "\n";
    }
    crontab(text);
    std::mt19937_64 random(14);
    Program program(run());
    program.allow(std::chrono::minutes(is_long() ? 20 : 0));
    ASSERT_TRUE(program.wait_for("execution ended")) << program.err();
    for (int round = 0; round < (is_long() ? 200 : 5); ++round) {
        const std::array places{state(), state() + "/ledger.db", state() + "/lock"};
        const std::string& place = places.at(random() % places.size());
        fs::rename(place, aside);
        // Long enough for some due times, and often too short for any.
        for (std::size_t looks = random() % 60; looks > 0; --looks) {
            EXPECT_NE(ask({"status"}).exit_code, 4) << "somebody holds it";
        }
        fs::rename(aside, place);
        ASSERT_TRUE(sees_again(program, "execution started")) << program.err();
    }
    stop(program);
    const Ended verdict = ask({"verify"});
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out;
    std::map<std::string, int> began;
    std::map<std::string, int> due_times;
    std::ifstream file(witness);
    for (std::string job, due, id; file >> job >> due >> id;) {
        EXPECT_EQ(++began[id], 1) << id << " began twice";
        EXPECT_EQ(++due_times[job + ' ' + due], 1) << job << " ran twice for " << due;
    }
    std::size_t succeeded = 0;
    for (const Entry& entry : entries({.limit = 1'000'000})) {
        if (entry.state != EntryState::succeeded) continue;
        EXPECT_TRUE(began.contains(entry.id.text())) << entry.job << " never began";
        ++succeeded;
    }
    EXPECT_EQ(succeeded, began.size());
}

TEST_F(TakenAway, ASecondInstanceInANewDirectoryRunsAlone) {
    const std::string witness = scratch.path("witness");
    crontab("# name: beat\n@every 1s echo $QUANTUM_DUE >> " + witness + "; echo beat\n");
    Program first(run());
    ASSERT_TRUE(first.wait_for("line=beat")) << first.err();
    fs::remove_all(state());
    Program second(run());
    ASSERT_TRUE(second.wait_for("line=beat")) << second.err();
    ASSERT_TRUE(first.wait_for("nothing new starts")) << first.err();
    ASSERT_TRUE(sees_again(second, "line=beat")) << second.err();
    ASSERT_TRUE(sees_again(second, "line=beat")) << second.err();
    const std::string after = first.err().substr(first.err().find("nothing new starts"));
    EXPECT_THAT(after, Not(HasSubstr("execution started")));
    stop(first);
    stop(second);
}

TEST_F(TakenAway, EndsAreStoredWhereTheLedgerIsNow) {
    crontab("# name: one\n@reboot echo began; while [ ! -e " + scratch.path("go") +
            " ]; do sleep 0.05; done\n# name: beat\n@every 1s echo beat\n");
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=began")) << program.err();
    fs::rename(state(), aside);
    ASSERT_TRUE(program.wait_for("the state directory is gone")) << program.err();
    scratch.write("go", "");
    stop(program);
    EXPECT_THAT(program.err(), HasSubstr("ended_by_force=0 lost=0"));
    fs::rename(aside, state());
    EXPECT_EQ(entries({.job = "one"}).at(0).state, EntryState::succeeded);
}

TEST_F(TakenAway, AMissingLockLetsNobodyInAndEndsNothing) {
    crontab("# name: long\n@reboot echo began; sleep 60\n# name: beat\n@every 1s echo beat\n");
    Program first(run());
    ASSERT_TRUE(first.wait_for("line=began")) << first.err();
    fs::remove(state() + "/lock");

    const auto begin = std::chrono::steady_clock::now();
    Program second(run());
    const Ended refused = second.wait();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_EQ(refused.exit_code, 75);
    EXPECT_THAT(refused.err, HasSubstr("another instance holds this state directory: process " +
                                       std::to_string(first.pid())));
    EXPECT_FALSE(fs::exists(state() + "/lock"));
    ASSERT_TRUE(first.wait_for("lock is gone")) << first.err();
    EXPECT_THAT(first.err(), Not(testing::ContainsRegex("execution ended. job=long")));
    EXPECT_EQ(entries({.job = "long"}).at(0).state, EntryState::started);
    EXPECT_EQ(ask({"status"}).exit_code, 1);
    first.signal(SIGTERM);
    ASSERT_TRUE(first.wait_for("msg=stopping")) << first.err();
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait().exit_code, 0);
}

// Backup or plain copy, started elsewhere with another job file: the runs that are open there are
// the original's, and go on.
TEST_F(TakenAway, ARestoreDrillEndsNothingOfTheOriginal) {
    crontab("# name: long\n@reboot echo began; sleep 60\n# name: beat\n@every 1s echo beat\n");
    Program original(run());
    ASSERT_TRUE(original.wait_for("line=began")) << original.err();
    const std::string restored = scratch.path("restored");
    fs::create_directories(restored);
    ASSERT_EQ(ask({"backup", restored + "/ledger.db"}).exit_code, 0);
    const std::string copied = scratch.path("copied");
    // With the socket in it, which only a tool for copies can copy.
    ASSERT_EQ(Program({"/bin/cp", "-r", state(), copied}).wait().exit_code, 0);
    scratch.write("empty.crontab", "# nothing\n");
    for (const std::string& place : {restored, copied}) {
        Program drill({binary("quantum"), "run", "--state", place, scratch.path("empty.crontab")});
        ASSERT_TRUE(drill.wait_for("outcome=lost")) << drill.err();
        ASSERT_TRUE(drill.wait_for("quantum started")) << drill.err();
        stop(drill);
    }
    EXPECT_THAT(original.err(), Not(testing::ContainsRegex("execution ended. job=long")));
    EXPECT_EQ(entries({.job = "long"}).at(0).state, EntryState::started);
    original.signal(SIGTERM);
    ASSERT_TRUE(original.wait_for("msg=stopping")) << original.err();
    original.signal(SIGTERM);
    EXPECT_EQ(original.wait().exit_code, 0);
    EXPECT_EQ(entries({.job = "long"}).at(0).state, EntryState::killed);
}

TEST_F(TakenAway, ALostLedgerIsSaidAndAStartDoesNotForgetIt) {
    crontab("# name: beat\n@every 1s echo beat\n");
    {
        Program program(run());
        ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
        fs::remove(state() + "/ledger.db");
        ASSERT_TRUE(program.wait_for("ledger.db is gone")) << program.err();
        const Ended status = ask({"status", "--json"});
        EXPECT_EQ(status.exit_code, 1);
        EXPECT_THAT(status.out,
                    AllOf(HasSubstr("\"status\":\"degraded\""), HasSubstr("ledger_error")));
        stop(program);
    }
    Program again(run());
    EXPECT_EQ(again.wait().exit_code, 1);
    EXPECT_THAT(again.err(), HasSubstr("--new-ledger"));
    run_until("line=beat", {"--new-ledger"});
    EXPECT_EQ(ask({"verify"}).exit_code, 0);
}

TEST_F(TakenAway, StatusSaysThatTheHolderIsSuspended) {
    crontab("# name: beat\n@every 1s echo beat\n");
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    program.signal(SIGSTOP);
    siginfo_t stopped{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(program.pid()), &stopped, WSTOPPED), 0);
    const Ended status = ask({"status"});
    EXPECT_EQ(status.exit_code, 1);
    EXPECT_THAT(status.out, HasSubstr("suspended, process " + std::to_string(program.pid())));
    EXPECT_THAT(ask({"status", "--json"}).out, HasSubstr("\"status\":\"suspended\""));
    program.signal(SIGCONT);
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(program.pid()), &stopped, WCONTINUED), 0);
    EXPECT_EQ(ask({"status"}).exit_code, 0);
    stop(program);
    EXPECT_EQ(ask({"status"}).exit_code, 4);
}

}  // namespace
}  // namespace quantum::test
