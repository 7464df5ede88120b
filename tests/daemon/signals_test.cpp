// What signals do to a real daemon and to the jobs it runs.
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int highest_signal = 64;

/// Those that a stop or a suspension is: all others leave the daemon as it is.
bool stops_or_suspends(int signal) {
    const std::set<int> such{SIGTERM, SIGINT, SIGQUIT, SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    return such.contains(signal);
}

bool is_a_sanitizers([[maybe_unused]] int signal) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    const std::set<int> such{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    return such.contains(signal);
#else
    return false;
#endif
}

struct SignalsTest : DurableTest {
    /// Until `text` is said once more than up to `from`.
    static bool says_after(Program& program, std::size_t from, std::string_view text) {
        while (program.err().find(text, from) == std::string::npos) {
            if (!program.wait_for_more()) return false;
        }
        return true;
    }
    /// Works until the file of that name is gone.
    [[nodiscard]] std::string job_that_waits_for(const std::string& name) const {
        const std::string file = scratch.write(name, "");
        return "# name: waits\n@reboot echo ready; while test -e " + file +
               "; do sleep 0.05; done; echo over\n";
    }
    void let_go(const std::string& name) const { std::filesystem::remove(scratch.path(name)); }
};

TEST_F(SignalsTest, NoneButThoseOfAStopEndsIt) {
    crontab("# name: tick\n@every 1s echo tick\n");
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=tick")) << program.err();
    for (int signal = 1; signal <= highest_signal; ++signal) {
        if (!stops_or_suspends(signal) && !is_a_sanitizers(signal)) program.signal(signal);
    }
    const std::size_t sent_at = program.err().size();
    ASSERT_TRUE(says_after(program, sent_at, "line=tick")) << program.err();
    ASSERT_TRUE(says_after(program, program.err().size(), "line=tick")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("msg=reloaded"));
    EXPECT_THAT(program.err(), HasSubstr("msg=state"));
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0) << program.err();
}

TEST_F(SignalsTest, EachOfThemAloneLeavesItRunning) {
    crontab("# name: yearly\n0 0 1 1 * true\n");
    Program program(run());
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    for (int signal = 1; signal <= highest_signal; ++signal) {
        if (stops_or_suspends(signal) || is_a_sanitizers(signal)) continue;
        const std::size_t before = program.err().size();
        program.signal(signal);
        program.signal(SIGUSR1);  // answered by one that is there
        ASSERT_TRUE(says_after(program, before, "msg=state")) << signal << '\n' << program.err();
    }
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0) << program.err();
}

TEST_F(SignalsTest, QuitStopsItAsTermDoes) {
    crontab(job_that_waits_for("work"));
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=ready")) << program.err();
    program.signal(SIGQUIT);
    ASSERT_TRUE(program.wait_for("signal=QUIT")) << program.err();
    let_go("work");
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_THAT(program.err(), HasSubstr("outcome=succeeded"));
    EXPECT_THAT(program.err(), HasSubstr("ended_by_force=0"));
}

TEST_F(SignalsTest, AJobFindsEverySignalAtItsDefaultAndNoneBlocked) {
    crontab("# name: look\n@reboot grep -hE '^Sig(Ign|Blk)' /proc/self/status\n");
    const std::string log = run_until("execution ended").err;
    for (const std::string_view set : {"SigBlk", "SigIgn"}) {
        EXPECT_THAT(log, HasSubstr(std::string(set) + ":\\t0000000000000000")) << log;
    }
}

TEST_F(SignalsTest, Usr1HasItSayHowThingsStand) {
    crontab(job_that_waits_for("work") + "# name: tick\n@every 1s true\n# name: yearly\n" +
            "0 0 1 1 * true\n");
    Program program(run());
    ASSERT_TRUE(program.wait_for("job=tick")) << program.err();
    ASSERT_TRUE(program.wait_for("line=ready")) << program.err();
    program.signal(SIGUSR1);
    ASSERT_TRUE(program.wait_for("a run is in progress")) << program.err();
    const std::string& log = program.err();
    const std::size_t at = log.find("msg=state");
    ASSERT_NE(at, std::string::npos) << log;
    const std::string line = log.substr(at, log.find('\n', at) - at);
    EXPECT_THAT(line, HasSubstr(" jobs=3 next_due="));
    EXPECT_THAT(line, HasSubstr(" next_job=tick "));
    EXPECT_THAT(line, HasSubstr(" running="));
    EXPECT_THAT(line, HasSubstr(" decided_until="));
    EXPECT_THAT(log.substr(log.find("a run is in progress")), HasSubstr("job=waits"));
    let_go("work");
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
}

TEST_F(SignalsTest, InTheDrainTheSignalsOfAReloadDoNothingToWhatRuns) {
    crontab(job_that_waits_for("work"));
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=ready")) << program.err();
    program.signal(SIGTERM);
    ASSERT_TRUE(program.wait_for("msg=stopping")) << program.err();
    crontab("# name: other\n@every 1s true\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("files are not reloaded")) << program.err();
    program.signal(SIGUSR2);
    program.signal(SIGUSR1);
    ASSERT_TRUE(program.wait_for("msg=state")) << program.err();
    let_go("work");
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_THAT(program.err(), HasSubstr("line=over"));
    EXPECT_THAT(program.err(), HasSubstr("ended_by_force=0"));
    EXPECT_THAT(program.err(), Not(HasSubstr("stopping at once")));
    EXPECT_THAT(program.err(), Not(HasSubstr("job=other")));
    EXPECT_EQ(entries({.state = EntryState::succeeded}).size(), 1U);
}

/// Takes away what the scheduler is about to store the end of, which no storage can mend.
struct FailureTest : SignalsTest {
    void forget_entries() const {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((state() + "/ledger.db").c_str(), &database), SQLITE_OK);
        sqlite3_busy_timeout(database, 10'000);
        EXPECT_EQ(sqlite3_exec(database, "DELETE FROM entry", nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }
};

TEST_F(FailureTest, ASchedulerThatFailedIsAnExitCodeOfItsOwn) {
    crontab(job_that_waits_for("work"));
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=ready")) << program.err();
    forget_entries();
    let_go("work");
    EXPECT_EQ(program.wait().exit_code, 1) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("the scheduler has failed"));
}

TEST_F(FailureTest, ItIsSoWhileItStopsToo) {
    crontab(job_that_waits_for("work"));
    Program program(run());
    ASSERT_TRUE(program.wait_for("line=ready")) << program.err();
    program.signal(SIGTERM);
    ASSERT_TRUE(program.wait_for("msg=stopping")) << program.err();
    forget_entries();
    let_go("work");
    EXPECT_EQ(program.wait().exit_code, 1) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("the scheduler has failed"));
    EXPECT_THAT(program.err(), Not(HasSubstr("quantum stopped")));
}

}  // namespace
}  // namespace quantum::test
