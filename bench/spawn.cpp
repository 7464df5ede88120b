// How many commands a second does the whole pipeline start, without storage, against a bare loop of
// posix_spawn, two pipes and poll? And how much of this process's own time does a start cost?
//
//     bench_spawn [pairs] [starts] [true|echo]        (default 9 pairs of 600 starts, both)
//     bench_spawn --grow [starts]         (default 100,000: does memory or a descriptor grow?)
//
// 64 at once, both outputs captured; pairs, interleaved so that the machine's moods hit both; the
// median over the pairs is what counts. Two commands: one silent, one that writes. QUANTUM_BRIEF=1
// leaves the bare loop out and makes it some seconds.
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/scheduler.hpp"
#include "quantum/storage/noop_storage.hpp"

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "figures.hpp"
#include "run/task_runner.hpp"
#include "stage/asio_runtime.hpp"

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

/// Measures `work`, which makes so many starts.
template <class Work>
Slice measure(std::size_t starts, Work&& work) {
    const double cpu = own_cpu_us();
    const auto begin = steady_clock::now();
    work();
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

void bare_run(const std::vector<std::string>& argv, std::size_t count) {
    std::vector<BareChild> children;
    std::vector<pollfd> polled;
    std::array<char, 65536> buffer{};
    std::size_t starts = 0;
    for (;;) {
        while (children.size() < at_once && starts < count) {
            children.push_back(bare_start(argv));
            ++starts;
        }
        if (children.empty()) return;
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

/// A scheduler as the program has it, but for the storage.
class Pipeline {
public:
    Pipeline()
        : clock_(base::SystemClock::create(loop_).value()),
          runner_(loop_, *clock_, {.commands = {.output = {.keep = true}}}),
          scheduler_({*clock_, runtime_, storage_, runner_}, config()) {
        static_cast<void>(scheduler_.attach(
            [this](const TelemetryEvent& event) {
                if (event.outcome->kind != OutcomeKind::succeeded) std::abort();
                const std::lock_guard lock(mutex_);
                if (--left_ == 0) done_.notify_one();
            },
            kind_bit(TelemetryKind::job_stop) | kind_bit(TelemetryKind::job_exception)));
        loop_.start(1);
        if (!scheduler_.start()) std::abort();
    }
    ~Pipeline() {
        static_cast<void>(scheduler_.stop(std::chrono::seconds(0)));
        loop_.stop();
    }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    /// `count` jobs that are due at the same instant; measured from that on.
    Slice run(const std::vector<std::string>& argv, std::size_t count) {
        Command command;
        command.argv = argv;
        command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/"}, {"SHELL", "/bin/sh"}};
        const WallTime due = clock_->wall_now() + std::chrono::milliseconds(400);
        std::vector<Job> jobs(count);
        for (std::size_t i = 0; i < count; ++i) {
            if (!jobs[i].set_name("job-" + std::to_string(i)) || !jobs[i].set_task(command)) {
                std::abort();
            }
            jobs[i].set_schedule(Schedule::once(due));
        }
        {
            const std::lock_guard lock(mutex_);
            left_ = count;
        }
        if (!scheduler_.delete_all_jobs() || !scheduler_.add_jobs(std::move(jobs))) std::abort();
        std::this_thread::sleep_for(due - clock_->wall_now());
        return measure(count, [this] {
            std::unique_lock lock(mutex_);
            done_.wait(lock, [this] { return left_ == 0; });
        });
    }

private:
    static SchedulerConfig config() {
        SchedulerConfig config;
        config.concurrency = at_once;
        config.timeout = std::chrono::minutes(1);
        return config;
    }

    base::EventLoop loop_;
    std::unique_ptr<base::SystemClock> clock_;
    stage::AsioRuntime runtime_{loop_, 1};
    NoopStorage storage_;
    run::TaskRunner runner_;
    Scheduler scheduler_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t left_ = 0;
};

// ---- pairs ------------------------------------------------------------------------------------

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// What the slices of one side came to.
struct Side {
    std::vector<double> rate;
    std::vector<double> cpu;

    void add(const Slice& slice) {
        rate.push_back(slice.starts_a_second);
        cpu.push_back(slice.own_cpu_us_a_start);
    }
};

void record(FigureFile& file, const std::string& name, const Side& own) {
    file.add(name + ": starts", median(own.rate), "a second", FigureFile::Better::higher);
    file.add(name + ": own CPU a start", median(own.cpu), "us", FigureFile::Better::lower);
}

void compare(const char* name, const std::vector<std::string>& argv, int pairs, std::size_t starts,
             FigureFile& file) {
    Pipeline pipeline;
    Side bare;
    Side own;
    std::vector<double> rate_ratio;
    std::vector<double> cpu_ratio;
    for (int pair = 0; pair < pairs; ++pair) {
        const auto measure_bare = [&] {
            bare.add(measure(starts, [&] { bare_run(argv, starts); }));
        };
        if (pair % 2 == 0) measure_bare();
        own.add(pipeline.run(argv, starts));
        if (pair % 2 != 0) measure_bare();
        rate_ratio.push_back(own.rate.back() / bare.rate.back());
        cpu_ratio.push_back(own.cpu.back() / bare.cpu.back());
    }
    std::printf(
        "%-14s bare %6.0f starts/s %5.0f us own CPU a start; ours %6.0f starts/s %5.0f us; "
        "median of %d pairs: rate %.2f, CPU %.2f\n",
        name, median(bare.rate), median(bare.cpu), median(own.rate), median(own.cpu), pairs,
        median(rate_ratio), median(cpu_ratio));
    record(file, name, own);
}

void measure_alone(const char* name, const std::vector<std::string>& argv, FigureFile& file) {
    Pipeline pipeline;
    pipeline.run(argv, 100);  // the threads are there, the memory is taken
    Side own;
    for (int slice = 0; slice < 2; ++slice) own.add(pipeline.run(argv, 300));
    record(file, name, own);
}

// ---- growth -----------------------------------------------------------------------------------

long resident_kib() {
    long pages = 0;
    long resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void grow(std::size_t starts) {
    constexpr std::size_t at_a_time = 1000;
    Pipeline pipeline;
    // Warm: the allocator of each thread has taken what it will go on with.
    for (int i = 0; i < 5; ++i) pipeline.run({"/bin/echo", "a line of output"}, at_a_time);
    const long memory = resident_kib();
    const std::size_t descriptors = open_descriptors();
    for (std::size_t done = 0; done < starts; done += at_a_time) {
        pipeline.run({"/bin/echo", "a line of output"}, at_a_time);
        if (done % 10'000 == 0) std::printf("%zu: %ld KiB\n", done, resident_kib());
    }
    std::printf("%zu commands: memory %ld -> %ld KiB, descriptors %zu -> %zu\n", starts, memory,
                resident_kib(), descriptors, open_descriptors());
}

}  // namespace
}  // namespace quantum

int main(int argc, char** argv) {
    // As the program does: else each child's end interrupts this thread.
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, nullptr);
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto number = [&](std::size_t at, std::size_t otherwise) {
        return arguments.size() > at ? std::max(1UL, std::stoul(arguments[at])) : otherwise;
    };
    if (!arguments.empty() && arguments[0] == "--grow") {
        quantum::grow(number(1, 100'000));
        return 0;
    }
    // What ./dev bench adds for the others is of no use here.
    const bool own = !arguments.empty() && !arguments[0].starts_with("--");
    const auto pairs = static_cast<int>(own ? number(0, 9) : 9);
    const std::size_t starts = own ? number(1, 600) : 600;
    const std::string only = own && arguments.size() > 2 ? arguments[2] : "";
    if (!only.empty() && only != "true" && only != "echo") {
        std::fprintf(stderr, "bench_spawn: the command is true or echo, not %s\n", only.c_str());
        return 1;
    }
    quantum::FigureFile file(argc, argv);
    const auto about = [&](const char* name, const std::vector<std::string>& command) {
        if (!only.empty() && only != name) return;
        if (quantum::brief_run()) {
            quantum::measure_alone(name, command, file);
        } else {
            quantum::compare(name, command, pairs, starts, file);
        }
    };
    about("true", {"/bin/true"});
    about("echo", {"/bin/echo", "a line of output"});
    return file.write() ? 0 : 1;
}
