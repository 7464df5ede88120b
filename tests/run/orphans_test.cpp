// What an earlier process left running, found by its environment: real processes in sessions of
// their own.
#include "run/orphans.hpp"

#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/orphan_scan.hpp"
#include "run/run_fixture.hpp"

namespace quantum {
namespace {

ExecutionId id_of(std::uint8_t last) {
    ExecutionId id;
    const pid_t process = getpid();  // apart from tests that run beside this one
    std::memcpy(id.bytes.data(), &process, sizeof process);
    id.bytes[15] = last;
    return id;
}

Execution execution_of(const ExecutionId& id) {
    Execution execution;
    execution.id = id;
    execution.job = Job();
    return execution;
}

/// A shell that carries the execution's id, as a child of a scheduler that is no more.
class Child {
public:
    Child(const ExecutionId& id, std::string script, const std::string& before = ":") {
        std::string variable = "QUANTUM_EXECUTION_ID=" + id.text();
        std::string path = "PATH=/usr/bin:/bin";
        int ready[2];
        EXPECT_EQ(pipe(ready), 0);
        script = before + "; echo; exec >/dev/null; " + script;
        pid_ = fork();
        if (pid_ == 0) {
            setsid();
            dup2(ready[1], STDOUT_FILENO);
            char* const argv[] = {const_cast<char*>("/bin/sh"), const_cast<char*>("-c"),
                                  script.data(), nullptr};
            char* const environment[] = {variable.data(), path.data(), nullptr};
            execve("/bin/sh", argv, environment);
            _exit(127);
        }
        ::close(ready[1]);
        char byte = 0;
        EXPECT_EQ(read(ready[0], &byte, 1), 1);  // its program runs, with that environment
        ::close(ready[0]);
    }
    ~Child() {
        if (pid_ <= 0) return;
        kill(-pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// How it ended, once it did.
    int wait() {
        int status = 0;
        const pid_t pid = std::exchange(pid_, 0);
        EXPECT_EQ(waitpid(pid, &status, 0), pid);
        return status;
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_ = 0;
};

TEST(OrphanScan, FindsTheProcessesOfAnExecutionAndOnlyThese) {
    const Child one(id_of(1), "sleep 60 & wait");
    const Child other(id_of(2), "exec sleep 60");

    const LivingProcesses found = processes_of({id_of(1), id_of(3)});

    ASSERT_EQ(found.size(), 1U);
    // The shell, and what it started if that got so far.
    EXPECT_GE(found.at(id_of(1)).size(), 1U);
    for (const LivingProcess& process : found.at(id_of(1))) {
        EXPECT_EQ(getpgid(process.pid), one.pid());
    }
}

struct OrphansTest : testing::Test {
    EventLoop loop;
    std::unique_ptr<SystemClock> clock = std::move(*SystemClock::create(loop));
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::pair<ExecutionId, Outcome>> ended;

    struct Observer final : RunObserver {
        explicit Observer(OrphansTest& its_test) : test(its_test) {}
        void started(const Execution&, BootTime, int) override {}
        void output(const Execution&, OutputChannel, std::string_view) override {}
        void finished(const Execution& execution, Outcome outcome) override {
            const std::lock_guard lock(test.mutex);
            test.ended.emplace_back(execution.id, std::move(outcome));
            test.changed.notify_all();
        }
        OrphansTest& test;
    } observer{*this};

    void SetUp() override { loop.start(1); }
    void TearDown() override { loop.stop(); }

    std::size_t told() {
        const std::lock_guard lock(mutex);
        return ended.size();
    }
    bool wait_for(std::size_t count) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::minutes(1),
                                [&] { return ended.size() >= count; });
    }
    void adopt(Orphans& orphans, const ExecutionId& id) {
        const Execution execution = execution_of(id);
        orphans.adopt({&execution, 1}, observer);
    }
};

TEST_F(OrphansTest, WhatNothingRunsOfIsLostAtOnce) {
    Orphans orphans(loop, *clock);
    adopt(orphans, id_of(9));
    ASSERT_EQ(told(), 1U);
    EXPECT_EQ(ended[0].second.kind, OutcomeKind::lost);
    loop.stop();
}

TEST_F(OrphansTest, WhatObeysIsGoneWhenAdoptReturns) {
    Child child(id_of(1), "exec sleep 60");
    std::thread reaper([&] { child.wait(); });
    Orphans orphans(loop, *clock, {.patience = std::chrono::minutes(1)});
    adopt(orphans, id_of(1));
    EXPECT_EQ(told(), 1U);
    reaper.join();
    loop.stop();
}

TEST_F(OrphansTest, WhatIgnoresTheTermIsKilledAndReportedThen) {
    Child child(id_of(1), "while :; do sleep 1; done", "trap '' TERM");
    Orphans orphans(loop, *clock,
                    {.kill_after = std::chrono::milliseconds(300), .patience = Duration::zero()});
    adopt(orphans, id_of(1));
    EXPECT_EQ(told(), 0U);
    const int status = child.wait();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    EXPECT_TRUE(wait_for(1));
    loop.stop();
}

TEST_F(OrphansTest, WhatIsWaitedForIsLeftAloneUntilItIsStopped) {
    Child child(id_of(1), "exec sleep 60");
    Orphans orphans(loop, *clock, {.on_crash = OnCrash::wait});
    adopt(orphans, id_of(1));
    EXPECT_EQ(told(), 0U);
    EXPECT_EQ(processes_of({id_of(1)}).size(), 1U);

    orphans.stop(id_of(1), StopSignal::terminate);

    const int status = child.wait();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
    EXPECT_TRUE(wait_for(1));
    loop.stop();
}

TEST_F(OrphansTest, ACommandSaysItselfWhatBecomesOfIt) {
    Child waited(id_of(1), "exec sleep 60");
    Child ending(id_of(2), "exec sleep 60");
    std::thread reaper([&] { ending.wait(); });
    Orphans orphans(loop, *clock, {.patience = std::chrono::minutes(1)});
    std::vector<Execution> executions{execution_of(id_of(1)), execution_of(id_of(2))};
    Command command = program({"sleep", "60"});
    command.on_crash = OnCrash::wait;
    Job job;
    ASSERT_TRUE(job.set_task(std::move(command)));
    executions[0].job = std::move(job);

    orphans.adopt(executions, observer);

    reaper.join();
    EXPECT_EQ(told(), 1U);
    EXPECT_EQ(ended[0].first, id_of(2));
    EXPECT_EQ(processes_of({id_of(1)}).size(), 1U);
    orphans.stop(id_of(1), StopSignal::kill);
    waited.wait();
    EXPECT_TRUE(wait_for(2));
    loop.stop();
}

}  // namespace
}  // namespace quantum
