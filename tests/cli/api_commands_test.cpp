// The commands that ask a running daemon, and what they do where there is none: the real program.
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view three_jobs =
    "# name: nightly-backup\n"
    "30 2 * * * echo saved\n"
    "# name: slow\n"
    "0 3 1 1 * sleep 600\n"
    "# name: broken\n"
    "0 4 1 1 * exit 3\n";

struct ApiCommandsTest : testing::Test {
    ScratchDirectory scratch;

    ApiCommandsTest() { write("jobs.crontab", three_jobs); }

    void write(const std::string& name, std::string_view text) const {
        chmod(scratch.write(name, text).c_str(), 0644);  // root takes no other
    }
    [[nodiscard]] std::string state() const { return scratch.path("state"); }
    [[nodiscard]] Program daemon(std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"run", "--state", state(), "--watch", "none"});
        more.push_back(scratch.path("jobs.crontab"));
        return Program(quantum_argv(std::move(more)));
    }
    /// Its socket is there before it says that it has started.
    static void await_start(Program& program) {
        ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    }
    [[nodiscard]] Ended ask(std::vector<std::string> words,
                            const Program::Environment& environment = {}) const {
        const bool has_verb = words.front() == "token";  // `token add`
        words.insert(words.begin() + (has_verb ? 2 : 1), {"--state", state()});
        return quantum(std::move(words), {}, environment);
    }
    /// What a command says that succeeds.
    std::string say(std::vector<std::string> words) const {
        const Ended ended = ask(std::move(words));
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
        return ended.out;
    }
    void stop(Program& program) const {
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0);
    }
    /// Fills a ledger, and leaves it without a daemon.
    void run_once() const {
        Program program = daemon();
        await_start(program);
        stop(program);
    }
};

TEST_F(ApiCommandsTest, JobsAreListedInFullWhereNoTerminalIs) {
    Program program = daemon();
    await_start(program);
    const std::string list = say({"ls"});
    EXPECT_THAT(list, AllOf(HasSubstr("nightly-backup"), HasSubstr("30 2 * * *"),
                            HasSubstr("jobs.crontab:2"), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(say({"ls", "night"}), AllOf(HasSubstr("nightly-backup"), Not(HasSubstr("slow"))));
    const std::string line = say({"ls", "--json", "slow"});
    const auto row = boost::json::parse(line).as_object();
    EXPECT_EQ(row.at("name").as_string(), "slow");
    EXPECT_EQ(row.at("state").as_string(), "active");
    EXPECT_THAT(say({"show", "slow"}), AllOf(HasSubstr("sleep 600"), HasSubstr("has not run")));
    EXPECT_THAT(say({"show", "slow", "--toml"}),
                StartsWith("[jobs.slow]\nschedule = \"0 3 1 1 *\"\n"));
    EXPECT_EQ(say({"ps"}), "nothing runs\n");
    EXPECT_THAT(say({"top"}), AllOf(StartsWith("running "), HasSubstr("nothing runs")));
    stop(program);
}

TEST_F(ApiCommandsTest, AnUnknownJobIsToldWithTheNearest) {
    Program program = daemon();
    await_start(program);
    const Ended ended = ask({"show", "nightly-bakup"});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr("'nightly-backup'"));
    stop(program);
}

TEST_F(ApiCommandsTest, APauseIsShownWithWhoAndWhy) {
    Program program = daemon();
    await_start(program);
    say({"pause", "slow", "--until", "2099-01-01T00:00:00Z", "--note", "disk is full"});
    EXPECT_THAT(say({"ls"}), HasSubstr("paused by "));
    EXPECT_THAT(say({"show", "slow"}), HasSubstr("disk is full"));
    EXPECT_THAT(say({"audit-log", "slow"}), AllOf(HasSubstr("pause"), HasSubstr("disk is full")));
    say({"resume", "slow"});
    EXPECT_THAT(say({"ls"}), Not(HasSubstr("paused by ")));
    EXPECT_THAT(say({"events"}), AllOf(HasSubstr("job.paused"), HasSubstr("job.resumed")));
    stop(program);
}

TEST_F(ApiCommandsTest, SeveralNeedAYes) {
    Program program = daemon();
    await_start(program);
    const Ended refused = ask({"pause", "--all"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("3 jobs; confirm it with --yes"));
    say({"pause", "--all", "--dry-run"});
    EXPECT_THAT(say({"ls"}), Not(HasSubstr("paused by ")));
    say({"pause", "--all", "--yes"});
    EXPECT_THAT(say({"ls", "--paused", "--json"}),
                AllOf(HasSubstr("nightly-backup"), HasSubstr("slow"), HasSubstr("broken")));
    stop(program);
}

TEST_F(ApiCommandsTest, ATriggeredRunGivesItsExitCode) {
    Program program = daemon();
    await_start(program);
    EXPECT_EQ(ask({"trigger", "nightly-backup", "--wait"}).exit_code, 0);
    EXPECT_EQ(ask({"trigger", "broken", "--wait"}).exit_code, 3);
    EXPECT_EQ(ask({"trigger", "nobody", "--wait"}).exit_code, 125);
    EXPECT_THAT(say({"ls", "--failed"}), AllOf(HasSubstr("exit 3"), HasSubstr("broken")));
    stop(program);
}

TEST_F(ApiCommandsTest, ARunIsShownAndEnded) {
    Program program = daemon();
    await_start(program);
    say({"trigger", "slow"});
    ASSERT_TRUE(program.wait_for("execution started")) << program.err();
    const std::string runs = say({"ps", "--json"});
    const auto run = boost::json::parse(runs).as_object();
    EXPECT_EQ(run.at("job").as_string(), "slow");
    EXPECT_EQ(run.at("state").as_string(), "started");
    const std::string id(run.at("execution").as_string());
    EXPECT_THAT(say({"kill", id.substr(id.size() - 8)}), HasSubstr("slow"));
    ASSERT_TRUE(program.wait_for("outcome=killed")) << program.err();
    EXPECT_THAT(say({"audit-log", "slow"}), HasSubstr("kill"));
    const Ended again = ask({"kill", "slow"});
    EXPECT_EQ(again.exit_code, 1);
    stop(program);
}

TEST_F(ApiCommandsTest, AJobComesAndGoesWithoutAFile) {
    Program program = daemon();
    await_start(program);
    say({"add", "extra", "--schedule", "0 5 * * *", "--shell", "echo more"});
    EXPECT_EQ(ask({"add", "extra", "--schedule", "0 6 * * *", "--shell", "x"}).exit_code, 1);
    EXPECT_THAT(say({"reload"}), HasSubstr("0 removed"));
    const Ended edited = ask({"edit", "extra", "--yes"}, {"EDITOR=sed -i s/0.5/0-7/", "VISUAL="});
    EXPECT_EQ(edited.exit_code, 1) << "what comes out is no schedule";
    const Ended good = ask({"edit", "extra", "--yes"}, {"EDITOR=sed -i s/more/less/", "VISUAL="});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_THAT(say({"show", "extra"}), AllOf(HasSubstr("echo less"), HasSubstr("revision 2")));
    const Ended owned = ask({"rm", "slow"});
    EXPECT_EQ(owned.exit_code, 1);
    EXPECT_THAT(owned.err, HasSubstr("jobs.crontab:4"));
    say({"rm", "extra"});
    EXPECT_THAT(say({"ls"}), Not(HasSubstr("extra")));
    stop(program);
}

TEST_F(ApiCommandsTest, AJobWithoutAFileOutlivesTheDaemon) {
    Program program = daemon();
    await_start(program);
    say({"add", "extra", "--schedule", "0 5 * * *", "--", "/bin/echo", "more"});
    stop(program);
    Program next = daemon();
    await_start(next);
    EXPECT_THAT(say({"show", "extra", "--toml"}), HasSubstr("command = [\"/bin/echo\", \"more\"]"));
    stop(next);
}

TEST_F(ApiCommandsTest, AReloadSaysWhatItDidOrWhyItDidNot) {
    Program program = daemon();
    await_start(program);
    write("jobs.crontab", "# name: slow\n0 3 1 1 * sleep 600\n# name: new\n0 5 * * * true\n");
    EXPECT_EQ(say({"reload"}), "reloaded: 1 added, 0 changed, 2 removed, 1 unchanged\n");
    write("jobs.crontab", "0 25 * * * true\n");
    const Ended refused = ask({"reload"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("jobs.crontab"));
    EXPECT_THAT(say({"ls"}), HasSubstr("new"));
    stop(program);
}

TEST_F(ApiCommandsTest, APlannedReloadTakesNothingElse) {
    constexpr std::string_view planned =
        "# name: slow\n0 3 1 1 * sleep 600\n# name: new\n0 5 * * * true\n";
    Program program = daemon();
    await_start(program);
    write("jobs.crontab", planned);
    const Ended plan = ask({"plan", scratch.path("jobs.crontab"), "--json"});
    EXPECT_EQ(plan.exit_code, 3) << plan.err;
    constexpr std::string_view key = "\"digest\":\"";
    const std::size_t at = plan.out.find(key);
    ASSERT_NE(at, std::string::npos) << plan.out;
    const std::string digest = plan.out.substr(at + key.size(), 8);
    write("jobs.crontab", three_jobs);
    const Ended refused = ask({"reload", "--plan", digest});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("not those that were planned"));
    write("jobs.crontab", planned);
    EXPECT_EQ(say({"reload", "--plan", digest}),
              "reloaded: 1 added, 0 changed, 2 removed, 1 unchanged\n");
    EXPECT_EQ(ask({"reload", "--plan", digest}).exit_code, 1) << "the jobs are others now";
    stop(program);
}

TEST_F(ApiCommandsTest, ADrainEndsTheDaemon) {
    Program program = daemon();
    await_start(program);
    EXPECT_EQ(ask({"drain"}).exit_code, 1);
    say({"drain", "--yes"});
    const Ended ended = program.wait();
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr("msg=stopping asked_by=api:"), HasSubstr("quantum stopped")));
}

TEST_F(ApiCommandsTest, ADrainWithATimeoutEndsWhatRuns) {
    Program program = daemon();
    await_start(program);
    say({"trigger", "slow"});
    ASSERT_TRUE(program.wait_for("execution started")) << program.err();
    say({"drain", "--yes", "--timeout", "1ms"});
    const Ended ended = program.wait();
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.err, HasSubstr("outcome=killed"));
}

TEST_F(ApiCommandsTest, WithoutADaemonTheLedgerIsRead) {
    run_once();
    const Ended list = ask({"ls"});
    EXPECT_EQ(list.exit_code, 0) << list.err;
    EXPECT_THAT(list.out, HasSubstr("nightly-backup"));
    EXPECT_THAT(list.out + list.err, HasSubstr("no daemon"));
    EXPECT_THAT(say({"show", "slow"}), HasSubstr("sleep 600"));
    EXPECT_THAT(say({"audit-log"}), HasSubstr("nightly-backup"));
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"ps"},
                                               {"top"},
                                               {"events"},
                                               {"trigger", "slow"},
                                               {"kill", "slow"},
                                               {"add", "x", "--schedule", "@daily", "--shell", "x"},
                                               {"rm", "slow"},
                                               {"edit", "slow"},
                                               {"reload"},
                                               {"drain", "--yes"},
                                               {"token", "ls"}}) {
        const Ended ended = ask(words);
        EXPECT_EQ(ended.exit_code, 4) << words[0] << ended.err;
        EXPECT_THAT(ended.err, HasSubstr("no daemon")) << words[0];
    }
}

TEST_F(ApiCommandsTest, WithoutADaemonAPauseIsForTheNextStart) {
    run_once();
    say({"pause", "slow", "--note", "before the move"});
    EXPECT_THAT(say({"ls", "slow"}), HasSubstr("paused by "));
    Program program = daemon();
    await_start(program);
    EXPECT_THAT(say({"show", "slow"}), HasSubstr("before the move"));
    stop(program);
    say({"resume", "slow"});
    EXPECT_THAT(say({"ls", "slow"}), Not(HasSubstr("paused by ")));
    EXPECT_EQ(ask({"pause", "nobody"}).exit_code, 1);
}

TEST_F(ApiCommandsTest, NamesAreCompleted) {
    Program program = daemon();
    await_start(program);
    EXPECT_EQ(quantum({"__complete", "pa"}).out, "pause\n");
    EXPECT_EQ(quantum({"__complete", "pause", "night"}, {},
                      {"QUANTUM_SOCKET=" + state() + "/control.sock"})
                  .out,
              "nightly-backup\n");
    stop(program);
    for (const char* const shell : {"bash", "zsh", "fish"}) {
        EXPECT_THAT(quantum({"completion", shell}).out, HasSubstr("__complete"));
    }
}

TEST_F(ApiCommandsTest, ATokenIsShownOnce) {
    Program program = daemon();
    await_start(program);
    const std::string made = say({"token", "add", "ci", "--role", "read"});
    EXPECT_THAT(made, StartsWith("qt_"));
    EXPECT_THAT(say({"token", "ls"}), AllOf(HasSubstr("ci"), Not(HasSubstr("qt_"))));
    say({"token", "rm", "ci"});
    EXPECT_THAT(say({"token", "ls"}), Not(HasSubstr("ci")));
    stop(program);
}

TEST_F(ApiCommandsTest, RightsThatAreNoneAreRefusedAtTheStart) {
    for (const auto& [option, value] :
         std::vector<std::pair<std::string, std::string>>{{"--access", "ada"},
                                                          {"--access", "owner=root"},
                                                          {"--access", "read=no-such-user"},
                                                          {"--socket-mode", "rw"},
                                                          {"--socket-group", "no-such-group"},
                                                          {"--listen", "0.0.0.0:7917"}}) {
        const Ended ended =
            quantum({"run", "--state", state(), option, value, scratch.path("jobs.crontab")});
        EXPECT_EQ(ended.exit_code, 2) << option << ' ' << value;
        EXPECT_THAT(ended.err, HasSubstr(value.substr(value.find('=') + 1)));
    }
}

}  // namespace
}  // namespace quantum::test
