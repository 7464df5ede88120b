// How many processes there are, and what becomes of a run where the kernel gives no more. Tests
// that are named after a number belong to that item of the security checklist.
#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "quantum/scheduler.hpp"
#include "quantum/storage/noop_storage.hpp"

#include "run/process_fixture.hpp"
#include "run/task_runner.hpp"
#include "stage/asio_runtime.hpp"
#include "support/denied_processes.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

struct ConcurrencyTest : ProcessRunnerTest {
    ScratchDirectory scratch;
};

struct Refusal {
    int error;
    const char* reason;
};

TEST_F(ConcurrencyTest, SecurityItem23AProcessThatTheKernelRefusesIsARecordedOutcome) {
    for (const auto& [error, reason] :
         {Refusal{ENOMEM,
                  "cannot start a process: the machine is out of memory (Cannot allocate "
                  "memory)"},
          Refusal{EAGAIN,
                  "cannot start a process: the process limit of the user or the machine has been "
                  "reached (Resource temporarily unavailable)"}}) {
        RunRecord record;
        std::thread([&, code = error] {
            test::deny_processes(code);
            make_runner({});  // its threads come from this one
            record = run(program({"/bin/true"}));
            runner.reset();
        }).join();
        EXPECT_EQ(record.started, 0);
        EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
        EXPECT_EQ(record.outcome.reason, reason);
    }
    make_runner({});
    const Execution execution = execution_of(program({"/bin/true"}));
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(3));
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::succeeded);
}

TEST_F(ConcurrencyTest, SecurityItem23NoMoreRunAtATimeThanTheSchedulerAllows) {
    constexpr std::size_t jobs = 8;
    constexpr int most = 2;
    const std::string log = scratch.path("log");
    NoopStorage storage;
    stage::AsioRuntime runtime(loop, 1);
    TaskRunner tasks(loop, *clock);
    SchedulerConfig config;
    config.concurrency = most;
    config.timeout = std::chrono::minutes(1);
    Scheduler scheduler({*clock, runtime, storage, tasks}, config);
    std::mutex mutex;
    std::condition_variable done;
    std::size_t succeeded = 0;
    static_cast<void>(scheduler.attach(
        [&](const TelemetryEvent& event) {
            const std::lock_guard lock(mutex);
            if (event.outcome->kind == OutcomeKind::succeeded) ++succeeded;
            done.notify_one();
        },
        kind_bit(TelemetryKind::job_stop) | kind_bit(TelemetryKind::job_exception)));
    loop.start(1);
    ASSERT_TRUE(scheduler.start());
    // Also on a busy machine all are accepted before.
    const WallTime due = clock->wall_now() + std::chrono::seconds(1);
    for (std::size_t i = 0; i < jobs; ++i) {
        Job job;
        ASSERT_TRUE(job.set_name("job-" + std::to_string(i)));
        ASSERT_TRUE(job.set_task(shell("echo + >> " + log + "; sleep 0.05; echo - >> " + log)));
        job.set_schedule(Schedule::once(due));
        ASSERT_TRUE(scheduler.add_job(std::move(job)));
    }
    {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(
            done.wait_for(lock, std::chrono::minutes(1), [&] { return succeeded == jobs; }));
    }
    static_cast<void>(scheduler.stop(std::chrono::seconds(1)));
    loop.stop();

    int running = 0;
    int at_most = 0;
    std::ifstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        running += line == "+" ? 1 : -1;
        at_most = std::max(at_most, running);
    }
    EXPECT_EQ(running, 0);
    EXPECT_EQ(at_most, most);
}

}  // namespace
}  // namespace quantum::run
