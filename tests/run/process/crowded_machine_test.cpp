// What other users run, and what they write into their environments, neither delays nor changes
// the end of a run.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"
#include "run/process/living_processes.hpp"
#include "run/process_fixture.hpp"
#include "support/opaque_processes.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct CrowdedMachine : ProcessRunnerTest {
    static constexpr auto timeout = 500ms;

    CrowdedMachine() { make_runner({.allow_run_as = {"nobody"}}); }

    struct Times {
        std::optional<Duration> told;  ///< when it was told to end, from its start
        Duration ended{};
    };

    /// Runs a command that says when it is told to end, up to its timeout.
    Times run_into_timeout(const std::string& user) {
        Command command = shell(
            "trap 'echo told; kill $!; exit' TERM; echo begun; sleep 60 >/dev/null 2>&1 & wait");
        command.user = user;
        command.timeout = timeout;
        Times times;
        steady_clock::time_point begun;
        const auto since = [&begun] {
            return std::chrono::duration_cast<Duration>(steady_clock::now() - begun);
        };
        recorder.on_output([&](const Execution&, std::string_view line) {
            if (line == "begun") begun = steady_clock::now();
            if (line == "told") times.told = since();
        });
        const Execution execution = execution_of(command);
        runner->start({&execution, 1}, recorder);
        EXPECT_TRUE(run_until_finished(1));
        times.ended = since();
        recorder.on_output(nullptr);
        EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::timed_out);
        return times;
    }
};

#define QUANTUM_NEEDS_ROOT() \
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user"

TEST_F(CrowdedMachine, ATimeoutIsActedOnAtOnceBesideProcessesOfOthersThatPretend) {
    QUANTUM_NEEDS_ROOT();
    const OpaqueProcesses theirs(getpwnam("daemon")->pw_uid, 200);
    ASSERT_TRUE(theirs.all_hide());
    const Times times = run_into_timeout("nobody");
    ASSERT_TRUE(times.told);
    EXPECT_LT(*times.told, timeout + 200ms);
    EXPECT_LT(times.ended, timeout + 1s);
}

TEST_F(CrowdedMachine, ATimeoutIsActedOnAtOnceBesideProcessesOfItsUserThatPretend) {
    QUANTUM_NEEDS_ROOT();
    const OpaqueProcesses theirs(getpwnam("nobody")->pw_uid, 200);
    ASSERT_TRUE(theirs.all_hide());
    const Times times = run_into_timeout("nobody");
    ASSERT_TRUE(times.told);
    EXPECT_LT(*times.told, timeout + 200ms);
    EXPECT_LT(times.ended, timeout + 1s);
}

TEST_F(CrowdedMachine, TheSignalDoesNotWaitForTheSearch) {
    QUANTUM_NEEDS_ROOT();
    // A search that has to wait for its user's own processes.
    const OpaqueProcesses theirs(getpwnam("nobody")->pw_uid, 100);
    ASSERT_TRUE(theirs.all_hide());
    std::vector<Duration> told;
    for (int i = 0; i < 5; ++i) {
        recorder.on_finished(nullptr);
        runner.reset();
        make_runner({.allow_run_as = {"nobody"}});
        const Times times = run_into_timeout("nobody");
        ASSERT_TRUE(times.told);
        told.push_back(*times.told - timeout);
    }
    EXPECT_LT(*std::min_element(told.begin(), told.end()), 15ms);
}

/// A process of `user` that names the run in its environment, as a child of this program would.
class Planted {
public:
    Planted(const std::string& user, const Execution& execution) {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
        pid_ = fork();
        if (pid_ != 0) {
            close(ends[1]);
            executed_ = base::FileDescriptor(ends[0]);
            return;
        }
        const std::string id = "QUANTUM_EXECUTION_ID=" + execution.id.text();
        const std::string scheduler =
            "QUANTUM_SCHEDULER=" +
            base::to_text(base::ProcessKey{getppid(), base::read_process(getppid()).started});
        const char* const arguments[] = {"/bin/sleep", "60", nullptr};
        const char* const environment[] = {id.c_str(), scheduler.c_str(), nullptr};
        if (setsid() < 0 || setuid(getpwnam(user.c_str())->pw_uid) != 0) _exit(1);
        execve(arguments[0], const_cast<char* const*>(arguments),
               const_cast<char* const*>(environment));
        _exit(1);
    }
    ~Planted() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Planted(const Planted&) = delete;
    Planted& operator=(const Planted&) = delete;

    [[nodiscard]] bool lives() const { return is_alive(pid_); }
    /// Its end of the pipe is closed by the execution, and by an end without one.
    void wait_until_executed() const {
        char none = 0;
        ASSERT_EQ(read(executed_.get(), &none, 1), 0);
        const auto belonging = belonging_now(pid_);
        ASSERT_TRUE(belonging && !belonging->execution.empty());
    }

private:
    base::FileDescriptor executed_;
    pid_t pid_ = -1;
};

TEST_F(CrowdedMachine, AProcessOfAnotherUserThatNamesARunIsNeitherEndedNorWaitedFor) {
    QUANTUM_NEEDS_ROOT();
    Command command = shell("exec sleep 60");
    command.user = "nobody";
    command.timeout = 300ms;
    command.kill_after = 2s;
    const Execution execution = execution_of(command);
    const Planted planted("daemon", execution);
    planted.wait_until_executed();
    const auto begin = steady_clock::now();
    runner->start({&execution, 1}, recorder);
    EXPECT_TRUE(run_until_finished(1));
    EXPECT_LT(steady_clock::now() - begin, 2s);
    EXPECT_TRUE(planted.lives());
}

TEST_F(CrowdedMachine, AStrayOfTheRunsOwnUserIsEnded) {
    QUANTUM_NEEDS_ROOT();
    Command command = shell("exec sleep 60");
    command.user = "nobody";
    command.timeout = 300ms;
    const Execution execution = execution_of(command);
    const Planted planted("nobody", execution);
    planted.wait_until_executed();
    runner->start({&execution, 1}, recorder);
    EXPECT_TRUE(run_until_finished(1));
    EXPECT_FALSE(planted.lives());
}

}  // namespace
}  // namespace quantum::run
