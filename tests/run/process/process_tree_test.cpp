// Nothing survives timeout and kill_after: item 22 of the security checklist.
#include "run/process/process_tree.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/process/process_table.hpp"
#include "run/process/reap_reservation.hpp"
#include "run/process_fixture.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

struct ProcessTreeTest : ProcessRunnerTest {
    /// Runs `script` up to its end by a short timeout; it writes the numbers of processes, a line
    /// each, and gives those that are still alive.
    std::vector<pid_t> survivors(const std::string& script, std::size_t expected) {
        Command command = shell(script);
        command.timeout = 700ms;
        command.kill_after = 300ms;
        return survivors(command, expected);
    }
    std::vector<pid_t> survivors(const Command& command, std::size_t expected) {
        const Execution execution = execution_of(command);
        runner->start({&execution, 1}, recorder);
        EXPECT_TRUE(run_until_finished(1));
        const RunRecord record = recorder.of(execution);
        EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out) << record.outcome.reason;
        EXPECT_EQ(record.output.size(), expected);
        std::vector<pid_t> alive;
        for (const auto& line : record.output) {
            if (is_alive(std::stoi(line))) alive.push_back(std::stoi(line));
        }
        for (const pid_t pid : alive) kill(pid, SIGKILL);
        return alive;
    }
};

constexpr const char* stubborn = "trap \"\" TERM; echo $$; exec >/dev/null 2>&1; exec sleep 60";

std::string quoted(const std::string& script) { return "'" + script + "'"; }

TEST_F(ProcessTreeTest, SecurityItem22AChildThatIgnoresTerm) {
    EXPECT_THAT(survivors(stubborn, 1), testing::IsEmpty());
}

TEST_F(ProcessTreeTest, SecurityItem22ADoubleForkWithASessionOfItsOwn) {
    const std::string script = "(setsid sh -c " + quoted(stubborn) + " &); echo $$; exec sleep 60";
    EXPECT_THAT(survivors(script, 2), testing::IsEmpty());
}

TEST_F(ProcessTreeTest, SecurityItem22ADoubleForkWhoseLeaderHasGoneOnTerm) {
    const std::string script = "(setsid setsid sh -c " + quoted(stubborn) +
                               " &); trap 'exit 0' TERM; echo $$; while :; do sleep 0.05; done";
    EXPECT_THAT(survivors(script, 2), testing::IsEmpty());
}

TEST_F(ProcessTreeTest, SecurityItem22AChildWithoutItsEnvironment) {
    const std::string script = "env -i setsid sh -c " + quoted(stubborn) + " & echo $$; wait";
    EXPECT_THAT(survivors(script, 2), testing::IsEmpty());
}

TEST_F(ProcessTreeTest, SecurityItem22AForkBombOfAPlainUser) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user";
    make_runner({.allow_run_as = {"nobody"}});
    // Bounded: the user's processes, and its life.
    Command command = shell("b() { sleep 60 & b & b; }; b >/dev/null 2>&1 & exec sleep 60");
    command.user = "nobody";
    command.limits.processes = 60;
    command.timeout = 1s;
    command.kill_after = 200ms;
    EXPECT_THAT(survivors(command, 0), testing::IsEmpty());

    const uid_t nobody = getpwnam("nobody")->pw_uid;
    const auto processes = read_processes();
    ASSERT_TRUE(processes);
    for (const base::Process& process : *processes) {
        struct stat status {};
        if (process.lives() && stat(base::proc_path(process.pid, "").c_str(), &status) == 0) {
            EXPECT_NE(status.st_uid, nobody) << process.pid;
        }
    }
}

TEST_F(ProcessTreeTest, SecurityItem22AForkBombOfSessions) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user";
    make_runner({.allow_run_as = {"daemon"}});
    Command command = shell("setsid sh -c \"$B\" & exec sleep 60");
    command.environment.emplace_back(
        "B", "setsid sleep 60 & setsid sh -c \"$B\" & setsid sh -c \"$B\" & wait");
    command.user = "daemon";  // not the one of the test before
    command.limits.processes = 60;
    command.timeout = 1s;
    command.kill_after = 200ms;
    const Execution execution = execution_of(command);
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(1));
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::timed_out);
    ProcessTree tree{.leader = recorder.of(execution).pid,
                     .execution = execution.id.text(),
                     .scheduler = base::to_text(base::own_process()),
                     .user = getpwnam("daemon")->pw_uid};
    Sweep last{.tree = tree, .signal = SIGKILL, .most = 1000};
    sweep({&last, 1});
    ASSERT_TRUE(last.found);
    EXPECT_THAT(*last.found, testing::IsEmpty());
}

// The run of a copy of the ledger, begun once more there, has the id that it has here.
TEST_F(ProcessTreeTest, ARunOfAnotherSchedulerWithTheSameIdIsLeftAlone) {
    const Execution execution = execution_of(shell("echo; exec sleep 60"));
    const pid_t other = fork();
    ASSERT_GE(other, 0);
    if (other == 0) {
        setsid();
        const std::string id = "QUANTUM_EXECUTION_ID=" + execution.id.text();
        execle("/bin/sleep", "sleep", "60", nullptr,
               std::array<const char*, 3>{id.c_str(), "QUANTUM_SCHEDULER=1:1", nullptr}.data());
        _exit(127);
    }
    while (belonging_now(other).value_or(Belonging()).execution.empty())
        ASSERT_TRUE(is_alive(other));
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until([&](const auto& done) {
        recorder.on_output([done](const Execution&, std::string_view) { done(); });
    }));
    runner->stop(execution.id, StopSignal::kill);
    ASSERT_TRUE(run_until_finished(1));
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::killed);
    EXPECT_TRUE(is_alive(other));
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
}

TEST_F(ProcessTreeTest, SecurityItem22TheEndOfTheRunnerLeavesNobody) {
    const Execution execution =
        execution_of(shell("(setsid sh -c " + quoted(stubborn) + " &); exec sleep 60"));
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until([&](const auto& done) {
        recorder.on_output([done](const Execution&, std::string_view) { done(); });
    }));
    runner.reset();
    EXPECT_FALSE(is_alive(std::stoi(recorder.of(execution).output.at(0))));
}

TEST_F(ProcessTreeTest, WhatARunLeavesBehindThatEndedByItselfIsLeftAlone) {
    const Execution execution = execution_of(shell("setsid sleep 60 >/dev/null 2>&1 & echo $!"));
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(1));
    const pid_t left = std::stoi(recorder.of(execution).output.at(0));
    EXPECT_TRUE(is_alive(left));
    kill(left, SIGKILL);
}

/// A control group of this test's own; none where the machine has no second hierarchy to write to.
class OwnControlGroup {
public:
    OwnControlGroup() {
        for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
            const std::string pattern =
                std::string(mount) + "/quantum-test-" + std::to_string(getpid());
            if (access((std::string(mount) + "/cgroup.procs").c_str(), W_OK) == 0 &&
                access((std::string(mount) + "/cgroup.controllers").c_str(), R_OK) == 0 &&
                mkdir(pattern.c_str(), 0755) == 0) {
                path_ = pattern;
                return;
            }
        }
    }
    ~OwnControlGroup() {
        if (!path_.empty()) rmdir(path_.c_str());
    }
    OwnControlGroup(const OwnControlGroup&) = delete;
    OwnControlGroup& operator=(const OwnControlGroup&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::size_t groups() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            count += entry.is_directory() ? 1 : 0;
        }
        return count;
    }

private:
    std::string path_;
};

TEST_F(ProcessTreeTest, SecurityItem22NothingEscapesAControlGroup) {
    const OwnControlGroup group;
    if (group.path().empty()) GTEST_SKIP() << "no control group (v2) can be made here";
    make_runner({.control_group = group.path()});
    // Out of the session, without parents, without its environment, and with TERM ignored.
    const std::string script = "(env -i setsid sh -c " + quoted(stubborn) +
                               " &); trap 'exit 0' TERM; echo $$; while :; do sleep 0.05; done";
    EXPECT_THAT(survivors(script, 2), testing::IsEmpty());
    EXPECT_EQ(group.groups(), 0U);
}

TEST_F(ProcessTreeTest, AControlGroupGoesWithItsRun) {
    const OwnControlGroup group;
    if (group.path().empty()) GTEST_SKIP() << "no control group (v2) can be made here";
    make_runner({.control_group = group.path()});
    const RunRecord record = run(shell("cat /proc/self/cgroup"));
    EXPECT_THAT(testing::PrintToString(record.output),
                testing::HasSubstr("/quantum-test-" + std::to_string(getpid()) + "/"));
    EXPECT_EQ(group.groups(), 0U);
}

/// As a child of its own, which takes in orphans: the test itself must not.
TEST(ReapOrphans, ReapsWhatOthersLeftAndNothingOfOurs) {
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        // One of ours that has ended, and one whose parent has.
        ReapReservation own;
        const pid_t ours = fork();
        if (ours == 0) _exit(7);
        *own.number() = ours;
        const pid_t parent = fork();
        if (parent == 0) {
            if (fork() == 0) _exit(0);
            _exit(0);
        }
        waitpid(parent, nullptr, 0);
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(ours), &ended, WEXITED | WNOWAIT);
        std::size_t reaped = 0;
        for (int tries = 0; tries < 10'000 && reaped == 0; ++tries) reaped = reap_orphans();
        int status = 0;
        const bool kept = waitpid(ours, &status, 0) == ours && WEXITSTATUS(status) == 7;
        _exit(reaped == 1 && kept ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace quantum::run
