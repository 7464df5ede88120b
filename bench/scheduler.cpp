// How much does a million jobs cost: to add, to hold, to change, to fire in one second, to have
// lying idle? And how late is a job beside a bare kernel timer?
//
//     bench_scheduler [jobs]        (default 1,000,000; a smaller number shortens everything)
//     bench_scheduler [jobs] hold|fire|burst|late       (a part of it; burst: firing without limit)
//
// Each answer is printed beside the target it is held to. The scheduler keeps no ledger.
// QUANTUM_BRIEF=1 makes it some seconds, with 100,000 jobs and without what takes waiting.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "quantum/command.hpp"
#include "quantum/quantum.hpp"

#include "scheduler_bench.hpp"

namespace {

using namespace quantum;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

double seconds_since(Steady::time_point begin) {
    return std::chrono::duration<double>(Steady::now() - begin).count();
}

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    file >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// Of all threads, in user and in kernel mode. Says more than the time of day where others use the
/// machine too.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long voluntary_switches() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw;
}

std::atomic<std::uint64_t> sum{0};

Job make_job(std::size_t number, const Schedule& schedule) {
    Job job;
    must(job.set_name(Bench::name_of(number)));
    job.set_schedule(schedule);
    must(job.set_task(Function([number] { sum += number; })));
    return job;
}

/// As a crontab has it: a command of its own, in an environment that it shares with the others.
Job make_line(std::size_t number, const Schedule& schedule) {
    const std::string text = std::to_string(number);
    Command command;
    command.argv = {"/bin/sh", "-c", "/usr/local/bin/task-" + text + " --flag value-" + text};
    command.environment = {{"SHELL", "/bin/sh"},
                           {"PATH", "/usr/bin:/bin"},
                           {"HOME", "/root"},
                           {"LOGNAME", "root"},
                           {"USER", "root"}};
    command.working_directory = "/root";
    Job job;
    must(job.set_name("site:usr-local-bin-task-" + Bench::name_of(number)));
    job.set_schedule(schedule).set_overlap(Overlap::allow).set_source("site.crontab:" + text);
    must(job.set_task(std::move(command)));
    return job;
}

/// Daily, monthly, yearly and on weekdays, at every minute, in five zones: 1,200 in all.
std::vector<Schedule> mixed_schedules() {
    std::vector<Schedule> schedules;
    for (const char* zone :
         {"UTC", "America/New_York", "Europe/Zurich", "Asia/Tokyo", "Australia/Sydney"}) {
        for (int minute = 0; minute < 60; ++minute) {
            for (const char* rest : {" 3 * * *", " 4 1 * *", " 0 1 1 *", " 12 * * 1-5"}) {
                auto parsed = parse_schedule(std::to_string(minute) + rest, {.zone = zone});
                if (!parsed) fail_with(parsed.error().message);
                schedules.push_back(*parsed);
            }
        }
    }
    return schedules;
}

/// Adds `count` jobs to a scheduler that is started for it, and tells what that took.
std::unique_ptr<Bench> add(const char* which, std::size_t count, double most, auto&& job_of) {
    const double before = resident_bytes();
    const auto starting = Steady::now();
    auto bench = std::make_unique<Bench>(512);
    const double start_up = seconds_since(starting);
    std::vector<Job> jobs;
    jobs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(job_of(i));
    const std::string last(jobs.back().name());
    const auto begin = Steady::now();
    must(bench->scheduler->add_jobs(std::move(jobs)));
    jobs = {};
    bench->settle(last);
    const double scale = static_cast<double>(count) / 1e6;
    const double took = start_up + seconds_since(begin);
    const std::string name = std::string("add_jobs, ") + which;
    tell(name.c_str(), "s", took, "< 2 s a million", took < 2 * scale + 0.1);
    const double each = (resident_bytes() - before) / static_cast<double>(count);
    const std::string held = std::string("resident, ") + which;
    const std::string target = "<= " + std::to_string(static_cast<int>(most));
    tell(held.c_str(), "B a job", each, target.c_str(), each <= most);
    return bench;
}

void change(Bench& bench, std::size_t count, const std::vector<Schedule>& schedules) {
    const std::size_t some = std::min<std::size_t>(count, brief_run() ? 10'000 : 30'000);
    auto begin = Steady::now();
    for (std::size_t i = 0; i < some; ++i) {
        must(bench.scheduler->add_job(make_job(count + i, schedules[i % schedules.size()])));
    }
    const auto tell_rate = [&](const char* what) {
        const double rate = static_cast<double>(some) / seconds_since(begin);
        tell(what, "a second", rate, ">= 30,000", rate >= 30'000);
        begin = Steady::now();
    };
    tell_rate("single synchronous adds");
    for (std::size_t i = 0; i < some; ++i) {
        must(bench.scheduler->add_job(make_job(i, schedules[(i + 7) % schedules.size()])));
    }
    tell_rate("single synchronous replacements");
    for (std::size_t i = 0; i < some; ++i) {
        must(bench.scheduler->delete_job(Bench::name_of(count + i)));
    }
    tell_rate("single synchronous removals");
    std::vector<Job> again;
    again.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        again.push_back(make_job(i, schedules[(i + 13) % schedules.size()]));
    }
    begin = Steady::now();
    must(bench.scheduler->add_jobs(std::move(again)));
    bench.settle(count - 1);
    const double took = seconds_since(begin);
    const double scale = static_cast<double>(count) / 1e6;
    tell("replace all", "s", took, "< 2 s a million", took < 2 * scale + 0.1);
}

void idle(std::size_t count, std::chrono::seconds time) {
    std::this_thread::sleep_for(1s);  // what follows the changes is not idleness yet
    const long before = voluntary_switches();
    std::this_thread::sleep_for(time);  // the measurement itself: nothing may happen
    const long switches = voluntary_switches() - before - 1;  // less that of the sleep
    const std::string what = "wake-ups in " + std::to_string(time.count()) + " s with " +
                             std::to_string(count) + " jobs";
    tell(what.c_str(), "", static_cast<double>(switches), "0", switches == 0);
}

/// How many lie in each bin between powers of two of `unit`.
void print_histogram(const std::vector<double>& sorted, const char* unit) {
    std::size_t from = 0;
    for (double limit = 0.25; from < sorted.size(); limit *= 2) {
        const auto end = std::lower_bound(sorted.begin(), sorted.end(), limit);
        const auto until = static_cast<std::size_t>(end - sorted.begin());
        if (until == from) continue;
        const double share = static_cast<double>(until - from) / static_cast<double>(sorted.size());
        std::printf("    < %8.2f %s %9zu %s\n", limit, unit, until - from,
                    std::string(static_cast<std::size_t>(std::ceil(share * 50)), '#').c_str());
        from = until;
    }
}

void fire(std::size_t count, std::size_t concurrency, double target) {
    Bench bench(concurrency);
    static std::vector<WallTime> ran;
    static std::atomic<std::size_t> done{0};
    ran.assign(count, WallTime{});
    done = 0;
    Clock* clock = &bench.parts->clock();
    // All due in one second, far enough ahead to have them all on the timeline.
    const WallTime due = std::chrono::ceil<std::chrono::seconds>(clock->wall_now()) +
                         (brief_run() ? 0s : 2s) + std::chrono::seconds(count / 100'000);
    const auto of_day = due - std::chrono::floor<std::chrono::days>(due);
    const long second = static_cast<long>(of_day / 1s);
    const std::string text = std::to_string(second % 60) + " " + std::to_string(second / 60 % 60) +
                             " " + std::to_string(second / 3600) + " * * *";
    const auto schedule = parse_schedule(text, {.dialect = Dialect::quantum_extended});
    if (!schedule) fail_with(schedule.error().message);
    std::vector<Job> jobs;
    jobs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        Job job;
        must(job.set_name(Bench::name_of(i)));
        job.set_schedule(*schedule);
        must(job.set_task(Function([i, clock] {
            ran[i] = clock->wall_now();
            done.fetch_add(1, std::memory_order_relaxed);
        })));
        jobs.push_back(std::move(job));
    }
    must(bench.scheduler->add_jobs(std::move(jobs)));
    bench.settle(count - 1);
    if (clock->wall_now() >= due) fail_with("the machine is too slow to add the jobs in time");
    const double used_before = processor_seconds();
    const auto limit = Steady::now() + 120s;
    while (done < count && Steady::now() < limit) std::this_thread::sleep_for(1ms);
    if (done != count) fail_with(std::to_string(done) + " of " + std::to_string(count) + " ran");
    const double used = processor_seconds() - used_before;
    std::vector<double> late;
    late.reserve(count);
    for (const WallTime at : ran) late.push_back(Milliseconds(at - due).count());
    std::sort(late.begin(), late.end());
    const double rate = static_cast<double>(count) / 1000.0 / late.back();
    const std::string what =
        std::to_string(count) + " due at once, " +
        (concurrency == 0 ? "no limit" : std::to_string(concurrency) + " at most");
    const std::string rates = ">= " + std::to_string(target).substr(0, 3) + " M/s";
    tell(what.c_str(), "M/s", rate, target == 0 ? "-" : rates.c_str(), rate >= target);
    tell("    first start", "ms", late.front(), "<= 1 ms", late.front() <= 1);
    const double used_each = used * 1e9 / static_cast<double>(count);
    std::printf("    processor time %.0f ns a run, of all threads\n", used_each);
    record(what + ": processor time", "ns a run", used_each);
    std::printf("    lateness p50 %.2f  p99 %.2f  max %.2f ms\n", at_percent(late, 50),
                at_percent(late, 99), late.back());
    print_histogram(late, "ms");
}

void hold(std::size_t count, std::chrono::seconds quiet) {
    const std::vector<Schedule> schedules = mixed_schedules();
    {
        const auto bench = add("few instants", count, 300, [&](std::size_t i) {
            return make_job(i, schedules[i % schedules.size()]);
        });
        change(*bench, count, schedules);
        if (quiet > 0s) idle(count, quiet);
    }
    malloc_trim(0);
    {
        const WallTime soon = std::chrono::time_point_cast<Duration>(
            std::chrono::system_clock::now() + std::chrono::hours(24));
        const auto bench = add("as many instants", count, 300, [&](std::size_t i) {
            return make_job(i, Schedule::once(soon + std::chrono::seconds(i * 7919 % count)));
        });
    }
    malloc_trim(0);
    {
        // Before they are added each has all it says for itself.
        const std::size_t lines = std::min<std::size_t>(count, 100'000);
        const auto bench = add("distinct commands", lines, 600, [&](std::size_t i) {
            return make_line(i, schedules[i % schedules.size()]);
        });
    }
    malloc_trim(0);
}

struct Choice {
    std::size_t count = brief_run() ? 100'000 : 1'000'000;
    std::string only;
};

Choice read_arguments(int argc, char** argv) {
    Choice choice;
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], "--", 2) == 0) continue;  // for programs of the benchmark library
        const std::size_t number = std::strtoull(argv[i], nullptr, 10);
        if (number > 0) {
            choice.count = number;
        } else {
            choice.only = argv[i];
        }
    }
    const std::string& only = choice.only;
    if (choice.count < 1000 ||
        (!only.empty() && only != "hold" && only != "fire" && only != "burst" && only != "late")) {
        fail_with("usage: bench_scheduler [jobs, at least 1000] [hold|fire|burst|late]");
    }
    return choice;
}

void run_all(const Choice& choice) {
    const auto& [count, only] = choice;
    const double scale = std::min(1.0, static_cast<double>(count) / 1e6);
    const auto quiet = std::chrono::seconds(std::max(5, static_cast<int>(30 * scale)));
    if (only.empty() || only == "hold") hold(count, brief_run() ? 0s : quiet);
    if (only == "burst") fire(count, 0, 3);
    if (only.empty() || only == "fire") {
        fire(count, 0, 3);
        fire(count, 512, 0);
        if (!brief_run()) fire(count, 50, 1);
    }
    if (only.empty() || only == "late") {
        const auto each = std::chrono::seconds(std::max(2, static_cast<int>(60 * scale)));
        beside_a_bare_timer(brief_run() ? 2s : each, brief_run() ? 1 : 5);
    }
}

}  // namespace

int main(int argc, char** argv) {
    FigureFile file(argc, argv);
    figure_file = &file;
    run_all(read_arguments(argc, argv));
    return file.write() ? 0 : 1;
}
