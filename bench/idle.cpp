// Does a daemon with 100,000 jobs, none of which is due, ever wake?
//
// Starts the daemon in a child process, waits until it says that it runs, and prints what
// /proc/PID/status says of every thread's context switches before and after 30 seconds (or as many
// as the first argument says).
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/daemon.hpp"

namespace quantum {
namespace {

constexpr int job_count = 100'000;

std::vector<Job> make_jobs() {
    std::vector<Job> jobs;
    jobs.reserve(job_count);
    for (int i = 0; i < job_count; ++i) {
        // Some day of January, at one of many times: far away, and many distinct instants.
        const std::string schedule = std::to_string(i % 60) + " " + std::to_string(i / 60 % 24) +
                                     " " + std::to_string(1 + i / 1440 % 28) + " 1 *";
        Command command;
        command.argv = {"/bin/true"};
        Job job;
        if (!job.set_name("job-" + std::to_string(i)) || !job.set_schedule(schedule) ||
            !job.set_task(std::move(command))) {
            std::abort();
        }
        jobs.push_back(std::move(job));
    }
    return jobs;
}

struct Switches {
    long voluntary = 0;
    long involuntary = 0;
    int threads = 0;
};

long number_after(const std::string& line) { return std::atol(line.c_str() + line.find(':') + 1); }

Switches switches_of(pid_t pid) {
    Switches sum;
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream status(task.path() / "status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("voluntary_ctxt")) sum.voluntary += number_after(line);
            if (line.starts_with("nonvoluntary_ctxt")) sum.involuntary += number_after(line);
        }
        ++sum.threads;
    }
    return sum;
}

long resident_kib(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS")) return number_after(line);
    }
    return 0;
}

int watch(int seconds) {
    std::array<int, 2> log{};
    if (pipe(log.data()) < 0) return 1;
    const pid_t daemon = fork();
    if (daemon == 0) {
        close(log[0]);
        daemon::DaemonOptions options;
        options.load_jobs = [](const daemon::LoadRequest&) {
            return daemon::DesiredJobs{.files = {{"bench", make_jobs()}}};
        };
        options.log_descriptor = log[1];
        _exit(daemon::run_daemon(options));
    }
    close(log[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.find("quantum started") == std::string::npos) {
        const ssize_t got = read(log[0], buffer.data(), buffer.size());
        if (got <= 0) return 1;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    std::printf("%s", text.c_str());
    // What follows the start, such as memory given back, is not idleness yet.
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const Switches before = switches_of(daemon);
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    const Switches after = switches_of(daemon);
    std::printf(
        "idle for %d s with %d jobs: %ld voluntary and %ld involuntary context switches of %d "
        "threads; %ld KiB resident\n",
        seconds, job_count, after.voluntary - before.voluntary,
        after.involuntary - before.involuntary, after.threads, resident_kib(daemon));
    kill(daemon, SIGTERM);
    int status = 0;
    waitpid(daemon, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && after.voluntary == before.voluntary ? 0
                                                                                                : 1;
}

}  // namespace
}  // namespace quantum

int main(int argc, char** argv) {
    int seconds = 30;
    for (int i = 1; i < argc; ++i) {
        if (const int number = std::atoi(argv[i]); number > 0) seconds = number;
    }
    return quantum::watch(seconds);
}
