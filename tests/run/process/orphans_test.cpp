// What an earlier process left running, found by its environment: real processes in sessions of
// their own.
#include "run/process/orphans.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/process/orphan_scan.hpp"
#include "run/process/process_table.hpp"
#include "run/process/reap_reservation.hpp"
#include "run/run_fixture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

// What the test before has killed may still be seen for a moment.
std::uint32_t test_number = 0;

ExecutionId id_of(std::uint8_t last) {
    ExecutionId id;
    const pid_t process = getpid();  // apart from tests that run beside this one
    std::memcpy(id.bytes.data(), &process, sizeof process);
    std::memcpy(id.bytes.data() + sizeof process, &test_number, sizeof test_number);
    id.bytes[15] = last;
    return id;
}

Execution execution_with(const ExecutionId& id) {
    Execution execution;
    execution.id = id;
    execution.job = Job();
    return execution;
}

/// A process that is gone for sure: it was one, and its number may be anybody's by now.
base::ProcessKey gone_process() {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    const base::ProcessKey key{pid, base::read_process(pid).started};
    waitpid(pid, nullptr, 0);
    return key;
}

/// A shell that carries the execution's id, as a child of a scheduler that is no more.
class Child {
public:
    struct Making {
        std::string before = ":";
        std::optional<std::string> scheduler = base::to_text(gone_process());
        std::optional<uid_t> user = std::nullopt;
    };

    Child(const ExecutionId& id, std::string script) : Child(id, std::move(script), Making{}) {}
    Child(const ExecutionId& id, std::string script, const Making& making) {
        std::string execution = "QUANTUM_EXECUTION_ID=" + id.text();
        std::string scheduler = "QUANTUM_SCHEDULER=" + making.scheduler.value_or("");
        std::string path = "PATH=/usr/bin:/bin";
        int ready[2];
        EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
        script = making.before + "; echo; exec >/dev/null; " + script;
        pid_ = fork();
        if (pid_ == 0) {
            setsid();
            dup2(ready[1], STDOUT_FILENO);
            if (making.user && setuid(*making.user) != 0) _exit(126);
            char* const argv[] = {const_cast<char*>("/bin/sh"), const_cast<char*>("-c"),
                                  script.data(), nullptr};
            char* const environment[] = {execution.data(), path.data(),
                                         making.scheduler ? scheduler.data() : nullptr, nullptr};
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
    [[nodiscard]] bool is_alive() const { return base::read_process(pid_).lives(); }

private:
    pid_t pid_ = 0;
};

struct OrphanScan : testing::Test {
    OrphanScan() { ++test_number; }
};

/// Whether it comes true within a minute: what other processes do cannot be waited for otherwise.
template <typename Condition>
bool until(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

/// A run of this process's own user.
LeftRuns left(std::uint8_t last) { return {{id_of(last), getuid()}}; }

/// Until a process has been executed as one of the execution.
void wait_for_one_of(const ExecutionId& id) {
    ASSERT_TRUE(until([&id] {
        const auto processes = read_processes();
        return processes &&
               std::any_of(processes->begin(), processes->end(), [&id](const auto& one) {
                   return belonging_now(one.pid).value_or(Belonging()).execution == id.text();
               });
    }));
}

/// Ends every process of the run: one that is just being executed says nothing of itself, and is
/// found the next time.
void end_orphans_of(std::uint8_t last) {
    ASSERT_TRUE(until([last] {
        signal_orphans(left(last), SIGKILL);
        return orphans_of(left(last)).empty();
    }));
}

TEST_F(OrphanScan, FindsTheProcessesOfAnExecutionAndOnlyThese) {
    const Child one(id_of(1), "sleep 60 & wait");
    const Child other(id_of(2), "exec sleep 60");

    const LivingProcesses found = orphans_of({{id_of(1), getuid()}, {id_of(3), getuid()}});

    ASSERT_EQ(found.size(), 1U);
    // The shell, and what it started if that got so far.
    EXPECT_GE(found.at(id_of(1)).size(), 1U);
    for (const LivingProcess& process : found.at(id_of(1))) {
        EXPECT_EQ(getpgid(process.pid), one.pid());
    }
}

// A restored copy of a ledger has the runs of the original open too.
TEST_F(OrphanScan, LeavesTheChildrenOfALivingSchedulerAlone) {
    const pid_t scheduler = fork();
    if (scheduler == 0) {
        pause();
        _exit(0);
    }
    const base::ProcessKey key{scheduler, base::read_process(scheduler).started};
    const Child child(id_of(1), "exec sleep 60", {.scheduler = base::to_text(key)});
    EXPECT_TRUE(orphans_of(left(1)).empty());
    EXPECT_TRUE(signal_orphans(left(1), SIGKILL).empty());
    EXPECT_TRUE(child.is_alive());

    kill(scheduler, SIGKILL);
    siginfo_t ended{};
    waitid(P_PID, static_cast<id_t>(scheduler), &ended, WEXITED | WNOWAIT);
    EXPECT_EQ(orphans_of(left(1)).size(), 1U) << "whom nobody has waited for yet lives no more";
    waitpid(scheduler, nullptr, 0);
    EXPECT_EQ(orphans_of(left(1)).size(), 1U);
}

TEST_F(OrphanScan, AnotherProcessThatHasItsNumberByNowIsNotTheScheduler) {
    const base::ProcessKey later{getppid(), base::read_process(getppid()).started + 1};
    const Child child(id_of(1), "exec sleep 60", {.scheduler = base::to_text(later)});
    EXPECT_EQ(orphans_of(left(1)).size(), 1U);
}

// A second scheduler in this process, on a copy of the first one's ledger.
TEST_F(OrphanScan, LeavesAloneWhatARunnerOfThisProcessWaitsFor) {
    const Child child(id_of(1), "sleep 60; :", {.scheduler = base::to_text(base::own_process())});
    ReapReservation own;
    *own.number() = child.pid();
    EXPECT_TRUE(orphans_of(left(1)).empty());
    own = ReapReservation();
    EXPECT_GE(orphans_of(left(1)).size(), 1U) << "an earlier life of this process has left it";
}

// Seen from outside a container the scheduler has another number than its children were told.
TEST_F(OrphanScan, ASchedulerInAContainerIsKnownAmongTheAncestors) {
    if (getuid() != 0) GTEST_SKIP() << "only root can begin a namespace";
    const std::string run =
        "QUANTUM_EXECUTION_ID=" + id_of(1).text() + " QUANTUM_SCHEDULER=$$:${22} sleep 60; :";
    const Child container(id_of(9),
                          "exec unshare --pid --fork /bin/sh -c "
                          "'read -r stat </proc/self/stat; set -- $stat; " +
                              run + "'");
    wait_for_one_of(id_of(1));
    EXPECT_TRUE(orphans_of(left(1)).empty());
}

// In a container the first process has often begun in the same tick as the scheduler; it takes in
// what that leaves behind.
TEST_F(OrphanScan, AnAncestorThatBeganInTheSameTickIsNotTheScheduler) {
    const Child ancestor(id_of(9), "read -r stat </proc/$$/stat; set -- $stat; " +
                                       ("QUANTUM_EXECUTION_ID=" + id_of(1).text()) +
                                       " QUANTUM_SCHEDULER=1:${22} sleep 60; :");
    wait_for_one_of(id_of(1));
    EXPECT_EQ(orphans_of(left(1)).size(), 1U);
}

// A run that itself runs a scheduler: what that one started is its own to end.
TEST_F(OrphanScan, TheRunsOfASchedulerThatARunStartedAreNotOfThatRun) {
    {
        const Child nested(id_of(1),
                           "QUANTUM_SCHEDULER=$$:$(cut -d' ' -f22 /proc/$$/stat) "
                           "QUANTUM_EXECUTION_ID=" +
                               id_of(2).text() + " setsid sleep 60 & exec sleep 60");
        wait_for_one_of(id_of(2));
        EXPECT_TRUE(orphans_of(left(2)).empty());
        // While it is being executed a process says nothing of itself, and is its parent's.
        LivingProcesses found = orphans_of(left(1));
        ASSERT_TRUE(until([&found] {
            found = orphans_of(left(1));
            return found.at(id_of(1)).size() == 1;
        }));
        EXPECT_EQ(found.at(id_of(1)).front().pid, nested.pid());
    }
    EXPECT_EQ(orphans_of(left(2)).size(), 1U) << "that scheduler is gone as well";
    end_orphans_of(2);
}

TEST_F(OrphanScan, AChildOfAnEarlierVersionIsOneUnlessASchedulerIsAmongItsAncestors) {
    const Child child(id_of(1), "exec sleep 60", {.scheduler = std::nullopt});
    EXPECT_EQ(orphans_of(left(1)).size(), 1U);

    // A scheduler by its program: this one's, or `quantum`.
    const ScratchDirectory scratch;
    const std::string program = scratch.path("quantum");
    ASSERT_EQ(std::system(("cp /bin/sh " + program).c_str()), 0);
    const Child scheduler(id_of(9), "exec " + program +
                                        " -c 'unset QUANTUM_SCHEDULER; QUANTUM_EXECUTION_ID=" +
                                        id_of(2).text() + " sleep 60; :'");
    wait_for_one_of(id_of(2));
    EXPECT_TRUE(orphans_of(left(2)).empty());
}

TEST_F(OrphanScan, FindsWhatHasClearedItsEnvironmentAmongTheDescendants) {
    const Child child(id_of(1), "env -i setsid sleep 60 & exec sleep 60");
    std::size_t count = 0;
    EXPECT_TRUE(until([&count] {
        count = orphans_of(left(1)).at(id_of(1)).size();
        return count == 2;
    })) << count;
    end_orphans_of(1);
}

TEST_F(OrphanScan, WhatAnotherUserPlantedIsNotLookedAt) {
    if (getuid() != 0) GTEST_SKIP() << "only root can be somebody else";
    const Child planted(id_of(1), "exec sleep 60", {.user = 1});
    EXPECT_TRUE(orphans_of(left(1)).empty());
    EXPECT_EQ(orphans_of({{id_of(1), 1}}).size(), 1U);
}

// D5: whoever names an open execution put his whole group in its way.
TEST_F(OrphanScan, ASignalGoesToNobodyElseInTheGroup) {
    const Child leader(id_of(9), "(QUANTUM_EXECUTION_ID=" + id_of(1).text() +
                                     " exec sleep 60) & while :; do sleep 0.05; done");
    ASSERT_TRUE(until([] { return !orphans_of(left(1)).empty(); }));
    end_orphans_of(1);
    EXPECT_TRUE(leader.is_alive());
}

struct OrphansTest : testing::Test {
    base::EventLoop loop;
    std::unique_ptr<base::SystemClock> clock = std::move(*base::SystemClock::create(loop));
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

    void SetUp() override {
        ++test_number;
        loop.start(1);
    }
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
        const Execution execution = execution_with(id);
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
    Child child(id_of(1), "while :; do sleep 1; done", {.before = "trap '' TERM"});
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
    EXPECT_EQ(orphans_of(left(1)).size(), 1U);

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
    std::vector<Execution> executions{execution_with(id_of(1)), execution_with(id_of(2))};
    Command command = program({"sleep", "60"});
    command.on_crash = OnCrash::wait;
    Job job;
    ASSERT_TRUE(job.set_task(std::move(command)));
    executions[0].job = std::move(job);

    orphans.adopt(executions, observer);

    reaper.join();
    EXPECT_EQ(told(), 1U);
    EXPECT_EQ(ended[0].first, id_of(2));
    EXPECT_EQ(orphans_of(left(1)).size(), 1U);
    orphans.stop(id_of(1), StopSignal::kill);
    waited.wait();
    EXPECT_TRUE(wait_for(2));
    loop.stop();
}

}  // namespace
}  // namespace quantum::run
