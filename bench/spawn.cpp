// How many commands a second does ProcessRunner start, against a bare loop of posix_spawn, two
// pipes and poll? And how much of this process's own time does a start cost?
//
// 64 at once, both outputs captured; pairs of slices, interleaved so that the machine's moods hit
// both; the median over the pairs is what counts. Two commands: one silent, one that writes.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/job.hpp"

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "run/process_runner.hpp"

namespace quantum {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t at_once = 64;
constexpr std::array<const char*, 4> environment{"PATH=/usr/bin:/bin", "HOME=/", "SHELL=/bin/sh",
                                                 nullptr};

struct Slice {
    double starts_a_second = 0;
    double own_cpu_us_a_start = 0;
};

double own_cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

/// Measures what `work` did between its begin and its end; it returns the number of starts.
template <class Work>
Slice measure(Work&& work) {
    const double cpu = own_cpu_us();
    const auto begin = steady_clock::now();
    const std::size_t starts = work();
    const std::chrono::duration<double> took = steady_clock::now() - begin;
    return {static_cast<double>(starts) / took.count(),
            (own_cpu_us() - cpu) / static_cast<double>(starts)};
}

// ---- the bare loop ----------------------------------------------------------------------------

struct BareChild {
    pid_t pid = 0;
    std::array<int, 2> pipes{-1, -1};
};

BareChild bare_start(const std::vector<std::string>& argv) {
    BareChild child;
    std::array<std::array<int, 2>, 2> ends{};
    for (auto& pair : ends) {
        if (pipe2(pair.data(), O_CLOEXEC) < 0) std::abort();
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0][1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1][1], 2);
    std::vector<char*> arguments;
    for (const auto& text : argv) arguments.push_back(const_cast<char*>(text.c_str()));
    arguments.push_back(nullptr);
    if (posix_spawn(&child.pid, argv[0].c_str(), &actions, nullptr, arguments.data(),
                    const_cast<char**>(environment.data())) != 0) {
        std::abort();
    }
    posix_spawn_file_actions_destroy(&actions);
    for (std::size_t i = 0; i < 2; ++i) {
        close(ends[i][1]);
        child.pipes[i] = ends[i][0];
    }
    return child;
}

std::size_t bare_run(const std::vector<std::string>& argv, std::chrono::duration<double> time) {
    const auto end = steady_clock::now() + time;
    std::vector<BareChild> children;
    std::vector<pollfd> polled;
    std::array<char, 65536> buffer{};
    std::size_t starts = 0;
    for (;;) {
        while (children.size() < at_once && steady_clock::now() < end) {
            children.push_back(bare_start(argv));
            ++starts;
        }
        if (children.empty()) return starts;
        polled.clear();
        for (const auto& child : children) {
            for (const int pipe : child.pipes) {
                polled.push_back({.fd = pipe, .events = POLLIN, .revents = 0});
            }
        }
        poll(polled.data(), polled.size(), -1);
        for (std::size_t i = 0; i < children.size(); ++i) {
            for (std::size_t p = 0; p < 2; ++p) {
                if (polled[2 * i + p].revents == 0) continue;
                if (read(children[i].pipes[p], buffer.data(), buffer.size()) > 0) continue;
                close(children[i].pipes[p]);
                children[i].pipes[p] = -1;
            }
        }
        std::erase_if(children, [](const BareChild& child) {
            if (child.pipes[0] >= 0 || child.pipes[1] >= 0) return false;
            waitpid(child.pid, nullptr, 0);
            return true;
        });
    }
}

// ---- ours -------------------------------------------------------------------------------------

/// Starts the next as one ends.
class Refill final : public RunObserver {
public:
    Refill(EventLoop& loop, Runner& runner, Execution execution)
        : loop_(loop), runner_(runner), execution_(std::move(execution)) {}

    std::size_t run(std::chrono::duration<double> time) {
        end_ = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(time);
        starts_ = 0;
        for (std::size_t i = 0; i < at_once; ++i) start();
        loop_.run();
        return starts_;
    }
    void started(const Execution&, int) override {}
    void output(const Execution&, OutputChannel, std::string_view) override {}
    void finished(const Execution&, Outcome outcome) override {
        if (outcome.kind != OutcomeKind::succeeded) std::abort();
        --open_;
        if (steady_clock::now() < end_) {
            start();
        } else if (open_ == 0) {
            loop_.stop();
        }
    }

private:
    void start() {
        ++starts_;
        ++open_;
        ++execution_.id.bytes[starts_ % 16];
        runner_.start({&execution_, 1}, *this);
    }

    EventLoop& loop_;
    Runner& runner_;
    Execution execution_;
    steady_clock::time_point end_;
    std::size_t starts_ = 0;
    std::size_t open_ = 0;
};

std::size_t own_run(const std::vector<std::string>& argv, std::chrono::duration<double> time) {
    Command command;
    command.argv = argv;
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/"}, {"SHELL", "/bin/sh"}};
    Job job;
    if (!job.set_name("bench") || !job.set_task(std::move(command))) std::abort();
    Execution execution;
    execution.job = JobRef(std::move(job));

    EventLoop loop;
    auto clock = SystemClock::create(loop);
    if (!clock) std::abort();
    ProcessRunner runner(loop, **clock);
    return Refill(loop, runner, execution).run(time);
}

// ---- pairs ------------------------------------------------------------------------------------

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(const char* name, const std::vector<std::string>& argv, int pairs, double seconds) {
    const std::chrono::duration<double> time(seconds);
    std::vector<double> bare_rate;
    std::vector<double> own_rate;
    std::vector<double> bare_cpu;
    std::vector<double> own_cpu;
    std::vector<double> rate_ratio;
    std::vector<double> cpu_ratio;
    for (int pair = 0; pair < pairs; ++pair) {
        Slice bare;
        Slice own;
        const auto measure_bare = [&] { bare = measure([&] { return bare_run(argv, time); }); };
        const auto measure_own = [&] { own = measure([&] { return own_run(argv, time); }); };
        if (pair % 2 == 0) {
            measure_bare();
            measure_own();
        } else {
            measure_own();
            measure_bare();
        }
        bare_rate.push_back(bare.starts_a_second);
        own_rate.push_back(own.starts_a_second);
        bare_cpu.push_back(bare.own_cpu_us_a_start);
        own_cpu.push_back(own.own_cpu_us_a_start);
        rate_ratio.push_back(own.starts_a_second / bare.starts_a_second);
        cpu_ratio.push_back(own.own_cpu_us_a_start / bare.own_cpu_us_a_start);
    }
    std::printf(
        "%-14s bare %6.0f starts/s %5.0f us own CPU a start; ours %6.0f starts/s %5.0f us; "
        "median of %d pairs: rate %.2f, CPU %.2f\n",
        name, median(bare_rate), median(bare_cpu), median(own_rate), median(own_cpu), pairs,
        median(rate_ratio), median(cpu_ratio));
}

}  // namespace
}  // namespace quantum

int main(int argc, char** argv) {
    const int pairs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 9;
    const double seconds = argc > 2 ? std::atof(argv[2]) : 0.8;
    quantum::compare("true", {"/bin/true"}, pairs, seconds);
    quantum::compare("echo", {"/bin/echo", "a line of output"}, pairs, seconds);
}
