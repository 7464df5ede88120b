#include "daemon/execution_log.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/job.hpp"

#include "daemon/logger_fixture.hpp"

namespace quantum::daemon {
namespace {

struct ExecutionLogTest : LoggerTest {
    Execution execution;
    Outcome outcome;

    ExecutionLogTest() {
        Command command;
        command.argv = {"true"};
        Job job;
        EXPECT_TRUE(job.set_name("quick:hello"));
        EXPECT_TRUE(job.set_task(command));
        execution.job = JobRef(job);
        execution.due = WallTime(1'763'769'900s);
        execution.claimed_at = execution.due + 234us;
        execution.fired = execution.due + 834us;
    }
    std::string log(TelemetryKind kind, std::string_view text = {}, int pid = 0) {
        TelemetryEvent event{};
        event.kind = kind;
        event.time = execution.due + 1234us;
        if (has_begun && kind != TelemetryKind::job_skip) event.started_at = event.time;
        event.execution = &execution;
        event.job = execution.job.get();
        event.outcome = &outcome;
        event.due = execution.due;
        event.text = text;
        event.pid = pid;
        ExecutionLog told{*logger};
        begin(told);
        told(event);
        logger->flush();
        return written();
    }
    void begin(ExecutionLog& told) {
        LogLine start = logger->line(LogLevel::info, "begin");
        told.begin(start);
        static_cast<void>(written());
    }
    bool has_begun = true;
    const std::string head = "time=2025-11-22T00:05:00.001234Z level=";
    const std::string who = "job=quick:hello execution=00000000-0000-0000-0000-000000000000 ";
    const std::string when = "attempt=1 due=2025-11-22T00:05:00Z lateness=1.234ms ";
};

TEST_F(ExecutionLogTest, AStart) {
    EXPECT_EQ(log(TelemetryKind::job_start, {}, 42),
              head + "info msg=\"execution started\" " + who + when + "queued=1ms pid=42\n");
}

TEST_F(ExecutionLogTest, ASuccess) {
    outcome.duration = 2500us;
    outcome.exit_code = 0;
    EXPECT_EQ(log(TelemetryKind::job_stop), head + "info msg=\"execution ended\" " + who + when +
                                                "duration=2.5ms outcome=succeeded exit_code=0\n");
}

TEST_F(ExecutionLogTest, AFailureAndASignal) {
    outcome.kind = OutcomeKind::failed;
    outcome.exit_code = 3;
    outcome.reason = "exit code 3";
    EXPECT_EQ(log(TelemetryKind::job_exception),
              head + "warning msg=\"execution ended\" " + who + when +
                  "duration=0s outcome=failed exit_code=3 reason=\"exit code 3\"\n");
    outcome.kind = OutcomeKind::timed_out;
    outcome.exit_code.reset();
    outcome.signal = 9;
    outcome.reason = "";
    EXPECT_EQ(log(TelemetryKind::job_exception), head + "warning msg=\"execution ended\" " + who +
                                                     when +
                                                     "duration=0s outcome=timed_out signal=9\n");
}

TEST_F(ExecutionLogTest, ALineOfOutputThatPretendsToBeAnother) {
    EXPECT_EQ(log(TelemetryKind::job_output, "level=error \033[2J"),
              head + "info " + who + "channel=stdout line=\"level=error \\x1b[2J\"\n");
}

TEST_F(ExecutionLogTest, WhatCouldNotBeginHasNeitherLatenessNorDurationNorExitCode) {
    outcome.kind = OutcomeKind::failed;
    outcome.reason = "cannot enter the working directory";
    has_begun = false;
    EXPECT_EQ(log(TelemetryKind::job_exception),
              head + "warning msg=\"execution ended\" " + who +
                  "attempt=1 due=2025-11-22T00:05:00Z outcome=failed "
                  "reason=\"cannot enter the working directory\"\n");
}

TEST_F(ExecutionLogTest, ASkippedDueTime) {
    EXPECT_EQ(log(TelemetryKind::job_skip, "overlap"),
              head + "warning msg=\"execution skipped\" " + who + when + "reason=overlap\n");
}

// What people read: a sentence each, which fits a line of 80 columns.

TEST_F(ExecutionLogTest, AsTextIsASentenceEach) {
    make(LogFormat::text);
    EXPECT_EQ(log(TelemetryKind::job_start, {}, 42),
              "00:05:00.001 > quick:hello 00000000 started, 1ms late, pid 42\n");
    outcome.duration = 2500us;
    EXPECT_EQ(log(TelemetryKind::job_stop),
              "00:05:00.001   quick:hello 00000000 succeeded after 2ms\n");
    outcome.kind = OutcomeKind::failed;
    outcome.exit_code = 3;
    outcome.duration = 12s;
    EXPECT_EQ(log(TelemetryKind::job_exception),
              "00:05:00.001 ! quick:hello 00000000 failed after 12.0s: exit code 3\n");
    outcome.signal = 9;
    EXPECT_EQ(log(TelemetryKind::job_exception),
              "00:05:00.001 ! quick:hello 00000000 failed after 12.0s: signal 9\n");
    outcome.reason = "no such directory";
    has_begun = false;
    EXPECT_EQ(log(TelemetryKind::job_exception),
              "00:05:00.001 ! quick:hello 00000000 failed: no such directory\n");
    EXPECT_EQ(log(TelemetryKind::job_skip, "overlap"),
              "00:05:00.001 . quick:hello due 00:05:00 skipped: overlap\n");
    EXPECT_EQ(log(TelemetryKind::job_output, "one \033[2Jline"),
              "00:05:00.001   quick:hello | one \\x1b[2Jline\n");
    execution.attempt = 2;
    execution.kind = ExecutionKind::manual;
    has_begun = true;
    EXPECT_EQ(log(TelemetryKind::job_start),
              "00:05:00.001 > quick:hello 00000000 attempt 2 started by hand, 1ms late\n");
}

TEST_F(ExecutionLogTest, WhatRunsBeforeTheStartWasLoggedComesAfterIt) {
    TelemetryEvent event{};
    event.kind = TelemetryKind::job_start;
    event.execution = &execution;
    ExecutionLog told{*logger};
    for (const Duration late : {1ms, 2ms}) {
        event.time = clock.wall_now() + late;
        event.started_at = event.time;
        told(event);
    }
    EXPECT_EQ(written(), "");
    clock.advance(5s);
    LogLine start = logger->line(LogLevel::info, "quantum started");
    told.begin(start);
    event.time = clock.wall_now();
    told(event);
    const std::string text = written();
    EXPECT_TRUE(
        text.starts_with("time=2025-11-22T00:05:00.001000Z level=info msg=\"quantum "
                         "started\"\ntime=2025-11-22T00:05:00.001000Z level=info "
                         "msg=\"execution started\""))
        << text;
    EXPECT_NE(text.find("\ntime=2025-11-22T00:05:00.002000Z"), std::string::npos);
    EXPECT_NE(text.find("\ntime=2025-11-22T00:05:05.000000Z"), std::string::npos);
}

TEST_F(ExecutionLogTest, WhatIsKeptIsLoggedAtTheEndWhereNoStartWas) {
    TelemetryEvent event{};
    event.kind = TelemetryKind::job_skip;
    event.execution = &execution;
    event.time = execution.due;
    { ExecutionLog{*logger}(event); }
    EXPECT_NE(written().find("execution skipped"), std::string::npos);
}

}  // namespace
}  // namespace quantum::daemon
