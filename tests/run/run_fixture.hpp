#pragma once

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/command.hpp"
#include "quantum/job.hpp"
#include "quantum/runner/runner.hpp"

#include "base/event_loop.hpp"
#include "base/mutex.hpp"
#include "base/system_clock.hpp"

namespace quantum::run {

/// What one run reported, in order.
struct RunRecord {
    int pid = 0;
    int started = 0;
    int finished = 0;
    std::vector<std::string> output;
    std::vector<std::string> errors;
    Outcome outcome;
    std::optional<CapturedOutput> kept;
    std::uint64_t lines_left_out = 0;
    bool out_of_order = false;
};

/// Keeps what runners report; safe to be told by several threads.
class RunRecorder final : public RunObserver {
public:
    using Finished = std::function<void(std::size_t count)>;
    using Output = std::function<void(const Execution&, std::string_view line)>;

    void started(const Execution& execution, BootTime, int pid) override {
        const base::MutexLock lock(mutex_);
        RunRecord& record = records_[execution.id];
        record.out_of_order |= record.started > 0 || record.finished > 0;
        ++record.started;
        record.pid = pid;
        if (on_started_) on_started_();
    }
    void output(const Execution& execution, OutputChannel channel, std::string_view line) override {
        Output tell;
        {
            const base::MutexLock lock(mutex_);
            RunRecord& record = records_[execution.id];
            record.out_of_order |= record.started == 0 || record.finished > 0;
            (channel == OutputChannel::standard_output ? record.output : record.errors)
                .emplace_back(line);
            tell = on_output_;
        }
        if (tell) tell(execution, line);
    }
    void output_left_out(const Execution& execution, std::uint64_t lines, std::uint64_t) override {
        const base::MutexLock lock(mutex_);
        records_[execution.id].lines_left_out += lines;
    }
    void finished_with_output(const Execution& execution, Outcome outcome,
                              std::shared_ptr<const CapturedOutput> output) override {
        if (output) {
            const base::MutexLock lock(mutex_);
            records_[execution.id].kept = *output;
        }
        finished(execution, std::move(outcome));
    }
    void finished(const Execution& execution, Outcome outcome) override {
        Finished tell;
        std::size_t count = 0;
        {
            const base::MutexLock lock(mutex_);
            RunRecord& record = records_[execution.id];
            ++record.finished;
            record.outcome = std::move(outcome);
            count = ++finished_;
            tell = on_finished_;
        }
        if (tell) tell(count);
    }

    void on_finished(Finished tell) {
        const base::MutexLock lock(mutex_);
        on_finished_ = std::move(tell);
    }
    /// Called with the lock held: it only ends a wait.
    void on_started(std::function<void()> tell) {
        const base::MutexLock lock(mutex_);
        on_started_ = std::move(tell);
    }
    void on_output(Output tell) {
        const base::MutexLock lock(mutex_);
        on_output_ = std::move(tell);
    }
    [[nodiscard]] RunRecord of(const Execution& execution) {
        const base::MutexLock lock(mutex_);
        return records_[execution.id];
    }
    [[nodiscard]] std::size_t finished_count() {
        const base::MutexLock lock(mutex_);
        return finished_;
    }

private:
    base::Mutex mutex_;
    std::map<ExecutionId, RunRecord> records_ QUANTUM_GUARDED_BY(mutex_);
    std::size_t finished_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::function<void()> on_started_ QUANTUM_GUARDED_BY(mutex_);
    Finished on_finished_ QUANTUM_GUARDED_BY(mutex_);
    Output on_output_ QUANTUM_GUARDED_BY(mutex_);
};

/// An execution of a job made of `task`; each has its own id, also beside those of tests that run
/// in other processes: strays are found by it.
inline Execution execution_of(Task task, std::string name = "job") {
    static std::uint32_t next = 0;
    ++next;
    Job job;
    EXPECT_TRUE(job.set_name(std::move(name)));
    EXPECT_TRUE(job.set_task(std::move(task)));
    Execution execution;
    std::memcpy(execution.id.bytes.data(), &next, sizeof next);
    const pid_t process = getpid();
    std::memcpy(execution.id.bytes.data() + sizeof next, &process, sizeof process);
    execution.job = std::move(job);
    execution.due = WallTime(std::chrono::seconds(1'763'769'900));
    return execution;
}

inline Command program(std::vector<std::string> argv) {
    Command command;
    command.argv = std::move(argv);
    return command;
}

inline Command shell(std::string script) {
    Command command;
    command.argv = {"/bin/sh", "-c", std::move(script)};
    command.environment = {{"PATH", "/usr/bin:/bin"}};
    return command;
}

/// A loop and a clock; `run_until_finished` runs the loop on this thread.
struct LoopTest : testing::Test {
    base::EventLoop loop;
    std::unique_ptr<base::SystemClock> clock = std::move(base::SystemClock::create(loop)).value();
    RunRecorder recorder;

    /// Runs the loop until `count` runs have finished in all; false if that took over a minute.
    [[nodiscard]] bool run_until_finished(std::size_t count) {
        return run_until([this, count](const std::function<void()>& done) {
            recorder.on_finished([count, done](std::size_t finished) {
                if (finished >= count) done();
            });
        });
    }

    /// Runs the loop until what `arrange` was given is called; false if that took over a minute.
    [[nodiscard]] bool run_until(
        const std::function<void(const std::function<void()>& done)>& arrange) {
        std::atomic<bool> in_time = false;
        loop.context().restart();  // after an earlier stop
        arrange([&] {
            in_time = true;
            loop.stop();
        });
        const auto bound = clock->wake_after(std::chrono::minutes(1), [&] { loop.stop(); });
        loop.run();
        clock->cancel(bound);
        recorder.on_finished(nullptr);
        return in_time;
    }
};

inline int open_descriptors() {
    int count = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (readdir(directory) != nullptr) ++count;
    closedir(directory);
    return count;
}

/// True if this process has children, running or not yet reaped.
inline bool has_children() {
    siginfo_t info{};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace quantum::run
