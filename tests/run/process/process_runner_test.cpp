#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <optional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.hpp"
#include "run/process/child_runner.hpp"
#include "run/process_fixture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

// ---- ends -------------------------------------------------------------------------------------

struct EndCase {
    std::string name;
    std::string script;
    OutcomeKind kind;
    std::optional<int> exit_code;
    int signal;
    std::string reason;
};
struct ProcessRunnerEnds : ProcessRunnerTest, testing::WithParamInterface<EndCase> {};

TEST_P(ProcessRunnerEnds, AreTold) {
    const EndCase& expected = GetParam();
    const RunRecord record = run(shell(expected.script));
    EXPECT_EQ(record.started, 1);
    EXPECT_GT(record.pid, 0);
    EXPECT_TRUE(record.outcome.started);
    EXPECT_EQ(record.outcome.kind, expected.kind);
    EXPECT_EQ(record.outcome.exit_code, expected.exit_code);
    EXPECT_EQ(record.outcome.signal, expected.signal);
    EXPECT_EQ(record.outcome.reason, expected.reason);
    EXPECT_GT(record.outcome.duration, 0us);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ProcessRunnerEnds,
    testing::Values(EndCase{"Success", "exit 0", OutcomeKind::succeeded, 0, 0, ""},
                    EndCase{"One", "exit 1", OutcomeKind::failed, 1, 0, "exit code 1"},
                    EndCase{"Highest", "exit 255", OutcomeKind::failed, 255, 0, "exit code 255"},
                    EndCase{"Term", "kill -TERM $$", OutcomeKind::failed, std::nullopt, 15,
                            "signal 15 (SIGTERM)"},
                    EndCase{"Kill", "kill -KILL $$", OutcomeKind::failed, std::nullopt, 9,
                            "signal 9 (SIGKILL)"},
                    EndCase{"NotFound", "no-such-program", OutcomeKind::failed, 127, 0,
                            "exit code 127"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ProcessRunnerTest, MeasuresTheDurationByTheBootClock) {
    const RunRecord record = run(shell("sleep 0.05"));
    EXPECT_GE(record.outcome.duration, 50ms);
    EXPECT_LT(record.outcome.duration, 30s);
}

// ---- what cannot be started -------------------------------------------------------------------

TEST_F(ProcessRunnerTest, DeliversEachChannelInOrderLineByLine) {
    const RunRecord record = run(shell(
        "echo one; echo two >&2; echo three; printf 'last, no newline'; printf '\\n\\n' >&2"));
    EXPECT_EQ(record.output, (Lines{"one", "three", "last, no newline"}));
    EXPECT_EQ(record.errors, (Lines{"two", "", ""}));
}

TEST_F(ProcessRunnerTest, DeliversBytesAsTheyAre) {
    const RunRecord record = run(shell("printf 'a\\000b\\033[31m\\377\\r\\n'"));
    EXPECT_EQ(record.output, Lines{std::string("a\0b\033[31m\xff\r", 10)});
}

TEST_F(ProcessRunnerTest, CutsALongLineInPiecesOf64KiB) {
    const RunRecord record = run(shell("head -c 150000 /dev/zero | tr '\\0' x; echo; echo end"));
    ASSERT_EQ(record.output.size(), 4U);
    EXPECT_EQ(record.output[0].size(), 65536U);
    EXPECT_EQ(record.output[1].size(), 65536U);
    EXPECT_EQ(record.output[2].size(), 150000U - 2 * 65536U);
    EXPECT_EQ(record.output[3], "end");
}

TEST_F(ProcessRunnerTest, DrainsHugeOutputOfBothChannelsInFull) {
    const RunRecord record =
        run(shell("yes 0123456789 | head -n 2000000; yes err | head -n 100000 >&2"));
    EXPECT_EQ(record.output.size(), 2'000'000U);
    EXPECT_EQ(record.errors.size(), 100'000U);
    EXPECT_EQ(record.output.back(), "0123456789");
}

TEST_F(ProcessRunnerTest, FinishesAfterAllOutputAlsoWhenTheChildClosedItsOwn) {
    const RunRecord record = run(shell("echo before; exec >&- 2>&-; sleep 0.05; exit 4"));
    EXPECT_EQ(record.output, Lines{"before"});
    EXPECT_EQ(record.outcome.exit_code, 4);
}

TEST_F(ProcessRunnerTest, WaitsForAPipelineWhoseLastMemberOutlivesTheShell) {
    make_runner({.output_linger = 30s});
    const RunRecord record = run(shell("(sleep 0.1; echo late) & echo early"));
    EXPECT_EQ(record.output, (Lines{"early", "late"}));
}

TEST_F(ProcessRunnerTest, DoesNotWaitForABackgroundProcessThatHoldsThePipe) {
    make_runner({.output_linger = 20ms});
    const RunRecord record = run(shell("sleep 3 & echo started"));
    EXPECT_EQ(record.output, Lines{"started"});
    EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded);
    EXPECT_LT(record.outcome.duration, 2s);
}

TEST_F(ProcessRunnerTest, WhatABackgroundProcessWritesLaterIsDroppedAndDoesNotHarmIt) {
    make_runner({.output_linger = 1ms});
    ScratchDirectory scratch;
    const std::string fifo = scratch.path("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    const base::FileDescriptor reader(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const Execution execution =
        execution_of(shell("(sleep 0.1; head -c 300000 /dev/zero; echo late && echo survived >" +
                           fifo + ") & echo early"));
    runner->start({&execution, 1}, recorder);
    loop.start(1);
    pollfd survived{.fd = reader.get(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&survived, 1, 60'000), 1);
    std::array<char, 16> word{};
    EXPECT_GT(read(reader.get(), word.data(), word.size()), 0);
    EXPECT_STREQ(word.data(), "survived\n");
    loop.stop();
    const RunRecord record = recorder.of(execution);
    EXPECT_EQ(record.finished, 1);
    EXPECT_EQ(record.output, Lines{"early"});
    EXPECT_FALSE(record.out_of_order);
}

TEST_F(ProcessRunnerTest, ForsakenPipesAreBounded) {
    make_runner({.output_linger = 0us, .detached_limit = 4});
    const int before = open_descriptors();
    std::vector<Execution> executions;
    for (int i = 0; i < 20; ++i) executions.push_back(execution_of(shell("sleep 3 &")));
    runner->start(executions, recorder);
    ASSERT_TRUE(run_until_finished(20));
    EXPECT_LE(open_descriptors(), before + 2 * 4 + 3);
}

// ---- what the child is given ------------------------------------------------------------------

TEST_F(ProcessRunnerTest, TheEnvironmentIsExactlyWhatWasNamed) {
    setenv("LEAKED", "from the parent", 1);
    Command command;
    command.argv = {"env"};
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "hello\nworld"}};
    const Execution execution = execution_of(command, "the job");
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(1));
    unsetenv("LEAKED");
    EXPECT_EQ(
        recorder.of(execution).output,
        (Lines{"PATH=/usr/bin:/bin", "GREETING=hello", "world", "QUANTUM_JOB=the job",
               "QUANTUM_EXECUTION_ID=" + execution.id.text(), "QUANTUM_DUE=2025-11-22T00:05:00Z",
               "QUANTUM_ATTEMPT=1", "QUANTUM_NODE=here", "QUANTUM_TIMEZONE=UTC",
               "QUANTUM_SCHEDULER=" + base::to_text(base::own_process())}));
}

TEST_F(ProcessRunnerTest, OnlyDescriptors0To2ReachTheChild) {
    const int inheritable = dup(2);
    const int high = fcntl(2, F_DUPFD, 200);
    // The fourth is the shell's own, for the directory it is listing.
    const RunRecord record = run(shell("cd /proc/self/fd && echo *"));
    close(inheritable);
    close(high);
    EXPECT_EQ(record.output, Lines{"0 1 2 3"});
}

TEST_F(ProcessRunnerTest, TheChildLeadsItsOwnSessionAndGroup) {
    const RunRecord record =
        run(shell("read -r pid name state parent group session rest </proc/$$/stat;"
                  "echo $pid $group $session"));
    const std::string pid = std::to_string(record.pid);
    EXPECT_EQ(record.output, Lines{pid + " " + pid + " " + pid});
    EXPECT_NE(record.pid, getsid(0));
}

TEST_F(ProcessRunnerTest, SignalsAndTheFileModeMaskAreReset) {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    struct sigaction before {};
    sigaction(SIGUSR2, &ignore, &before);
    sigset_t blocked;
    sigset_t mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, &mask);
    const mode_t umask_before = umask(077);
    const RunRecord record = run(shell("grep -E '^Sig(Blk|Ign)|^Umask' /proc/self/status"));
    umask(umask_before);
    pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    sigaction(SIGUSR2, &before, nullptr);
    EXPECT_EQ(record.output,
              (Lines{"Umask:\t0022", "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"}));
}

TEST_F(ProcessRunnerTest, TheMaskOfTheLoopsThreadIsLeftAsItWas) {
    sigset_t before;
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    (void)run(shell("true"));
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
    }
}

TEST_F(ProcessRunnerTest, RestoresTheLimitOfDescriptors) {
    make_runner({.descriptor_limit = DescriptorLimit{64, 128}});
    EXPECT_EQ(run(shell("ulimit -Sn; ulimit -Hn")).output, (Lines{"64", "128"}));
}

TEST_F(ProcessRunnerTest, RunsInTheWorkingDirectory) {
    Command command = shell("pwd");
    command.working_directory = "/usr";
    EXPECT_EQ(run(command).output, Lines{"/usr"});
}

TEST_F(ProcessRunnerTest, FindsAProgramThroughThePathOfTheWorkingDirectory) {
    ScratchDirectory scratch;
    chmod(scratch.write("tool", "#!/bin/sh\necho found\n").c_str(), 0755);
    Command command;
    command.argv = {"tool"};
    command.environment = {{"PATH", "/nowhere:."}};
    command.working_directory = scratch.path("");
    EXPECT_EQ(run(command).output, Lines{"found"});
}

struct InputCase {
    std::string name;
    std::optional<std::string> input;
    std::string script;
    Lines output;
};
struct ProcessRunnerInput : ProcessRunnerTest, testing::WithParamInterface<InputCase> {};

TEST_P(ProcessRunnerInput, IsWhatTheCommandSays) {
    Command command = shell(GetParam().script);
    command.input = GetParam().input;
    const RunRecord record = run(command);
    EXPECT_EQ(record.output, GetParam().output);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded) << record.outcome.reason;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ProcessRunnerInput,
    testing::Values(InputCase{"None", std::nullopt, "cat; readlink /proc/self/fd/0", {"/dev/null"}},
                    InputCase{"Empty", "", "wc -c", {"0"}},
                    InputCase{"Lines", "one\ntwo", "cat", {"one", "two"}},
                    InputCase{"Large", std::string(5'000'000, 'x'), "wc -c", {"5000000"}},
                    InputCase{"Unread", std::string(5'000'000, 'x'), "exec <&-; echo ok", {"ok"}},
                    InputCase{
                        "ReadTwice", "abc\n", "cat /dev/stdin; cat /dev/stdin", {"abc", "abc"}}),
    [](const auto& test) { return test.param.name; });

// ---- timeout and stop -------------------------------------------------------------------------

TEST_F(ProcessRunnerTest, ATimeoutEndsTheRunWithTerm) {
    Command command = shell("echo begun; sleep 60");
    command.timeout = 30ms;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    EXPECT_EQ(record.outcome.signal, SIGTERM);
    EXPECT_EQ(record.outcome.reason, "timeout of 0.03s: signal 15 (SIGTERM)");
    EXPECT_GE(record.outcome.duration, 30ms);
}

TEST_F(ProcessRunnerTest, AChildThatCatchesTermMayCleanUp) {
    Command command = shell("trap 'echo cleaning; exit 7' TERM; sleep 60 & wait");
    command.timeout = 200ms;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    EXPECT_EQ(record.outcome.exit_code, 7);
    EXPECT_EQ(record.output, Lines{"cleaning"});
}

TEST_F(ProcessRunnerTest, AChildThatIgnoresTermIsKilled) {
    Command command = shell("trap '' TERM; sleep 60");
    command.timeout = 100ms;
    command.kill_after = 30ms;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    EXPECT_EQ(record.outcome.signal, SIGKILL);
    EXPECT_GE(record.outcome.duration, 130ms);
}

TEST_F(ProcessRunnerTest, AStoppedChildIsEndedToo) {
    Command command = shell("kill -STOP $$");
    command.timeout = 100ms;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    EXPECT_EQ(record.outcome.signal, SIGTERM);
}

TEST_F(ProcessRunnerTest, AMemberOfTheGroupThatIgnoresTermIsKilledAfterItsLeaderEnded) {
    // The member holds no pipe, so only its group tells of it.
    Command command =
        shell("(trap '' TERM; exec >/dev/null 2>&1; sleep 60) & echo $!; trap - TERM; wait");
    command.timeout = 200ms;
    command.kill_after = 200ms;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    EXPECT_EQ(record.outcome.signal, SIGTERM);
    EXPECT_GE(record.outcome.duration, 400ms);
    ASSERT_EQ(record.output.size(), 1U);
    EXPECT_FALSE(is_alive(std::stoi(record.output[0])));
}

TEST_F(ProcessRunnerTest, AMemberThatEndsOnTermIsWaitedForAndNotKilled) {
    ScratchDirectory scratch;
    const std::string marker = scratch.path("marker");
    Command command =
        shell("(trap 'sleep 0.2; echo clean >" + marker + "; exit' TERM; sleep 60 & wait) & wait");
    command.timeout = 200ms;
    command.kill_after = 30s;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    std::string word;
    std::ifstream(marker) >> word;
    EXPECT_EQ(word, "clean");
    EXPECT_LT(record.outcome.duration, 20s);
}

TEST_F(ProcessRunnerTest, ARunThatEndsInTimeIsNotTouched) {
    Command command = shell("echo done");
    command.timeout = 60s;
    EXPECT_EQ(run(command).outcome.kind, OutcomeKind::succeeded);
}

struct StopCase {
    std::string name;
    StopSignal signal;
    int ended_by;
};
struct ProcessRunnerStop : ProcessRunnerTest, testing::WithParamInterface<StopCase> {};

TEST_P(ProcessRunnerStop, EndsTheWholeGroup) {
    const Execution execution = execution_of(shell("sleep 60 & echo $!; wait"));
    recorder.on_output([&](const Execution& writer, std::string_view) {
        runner->stop(writer.id, GetParam().signal);
    });
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(1));
    const RunRecord record = recorder.of(execution);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::killed);
    EXPECT_EQ(record.outcome.signal, GetParam().ended_by);
    EXPECT_FALSE(is_alive(std::stoi(record.output.at(0))));
    runner->stop(execution.id, GetParam().signal);  // finished: nothing
    EXPECT_FALSE(has_children());
}

INSTANTIATE_TEST_SUITE_P(Signals, ProcessRunnerStop,
                         testing::Values(StopCase{"Terminate", StopSignal::terminate, SIGTERM},
                                         StopCase{"Kill", StopSignal::kill, SIGKILL}),
                         [](const auto& test) { return test.param.name; });

TEST_F(ProcessRunnerTest, WhatIsStoppedBeforeItsTurnNeverStarts) {
    std::vector<Execution> executions;
    for (int i = 0; i < 20; ++i) executions.push_back(execution_of(shell("echo ran")));
    runner->start(executions, recorder);
    runner->stop(executions.back().id, StopSignal::terminate);
    ASSERT_TRUE(run_until_finished(20));
    const RunRecord last = recorder.of(executions.back());
    EXPECT_EQ(last.started, 0);
    EXPECT_EQ(last.outcome.kind, OutcomeKind::killed);
    EXPECT_EQ(recorder.of(executions.front()).output, Lines{"ran"});
}

TEST_F(ProcessRunnerTest, ItsEndKillsAndReportsWhatStillRuns) {
    const Execution execution = execution_of(shell("trap '' TERM; echo ready; sleep 60"));
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until([&](const auto& done) {
        recorder.on_output([done](const Execution&, std::string_view) { done(); });
    }));
    runner.reset();
    const RunRecord record = recorder.of(execution);
    EXPECT_EQ(record.finished, 1);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::killed);
    EXPECT_EQ(record.outcome.signal, SIGKILL);
    EXPECT_FALSE(has_children());
}

TEST_F(ProcessRunnerTest, AnExitStatusTakenBySomebodyElseIsLostAndNeverASuccess) {
    // Like a program that has SIGCHLD ignored: the kernel reaps by itself.
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    struct sigaction before {};
    sigaction(SIGCHLD, &ignore, &before);
    const Execution lost = execution_of(shell("exit 0"));
    runner->start({&lost, 1}, recorder);
    EXPECT_TRUE(run_until_finished(1));
    sigaction(SIGCHLD, &before, nullptr);
    EXPECT_EQ(recorder.of(lost).outcome.kind, OutcomeKind::lost);
}

// ---- many -------------------------------------------------------------------------------------

TEST_F(ProcessRunnerTest, TwoHundredAtOnceAllRunAndNothingIsLeftBehind) {
    (void)run(shell("true"));
    const int before = open_descriptors();
    std::vector<Execution> executions;
    for (int i = 0; i < 200; ++i) {
        executions.push_back(
            execution_of(shell("echo " + std::to_string(i) + "; exit " + std::to_string(i % 7))));
    }
    runner->start(executions, recorder);
    EXPECT_EQ(recorder.finished_count(), 1U);  // start only hands over
    ASSERT_TRUE(run_until_finished(201));
    for (int i = 0; i < 200; ++i) {
        const RunRecord record = recorder.of(executions[static_cast<std::size_t>(i)]);
        EXPECT_EQ(record.output, Lines{std::to_string(i)});
        EXPECT_EQ(record.outcome.kind, i % 7 == 0 ? OutcomeKind::succeeded : OutcomeKind::failed);
        EXPECT_EQ(record.outcome.exit_code, i % 7);
        EXPECT_EQ(record.finished, 1);
        EXPECT_FALSE(record.out_of_order);
    }
    EXPECT_FALSE(has_children());
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ProcessRunnerTest, RunsOnALoopOfSeveralThreads) {
    std::vector<Execution> executions;
    for (int i = 0; i < 100; ++i)
        executions.push_back(execution_of(shell("echo out; echo err >&2")));
    std::promise<void> all;
    recorder.on_finished([&](std::size_t count) {
        if (count == executions.size()) all.set_value();
    });
    loop.start(3);
    for (const auto& execution : executions) runner->start({&execution, 1}, recorder);
    EXPECT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
    loop.stop();
    for (const auto& execution : executions) {
        EXPECT_EQ(recorder.of(execution).output, Lines{"out"});
        EXPECT_EQ(recorder.of(execution).errors, Lines{"err"});
    }
}

}  // namespace
}  // namespace quantum::run
