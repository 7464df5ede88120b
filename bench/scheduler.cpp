// How much does a million jobs cost: to add, to hold, to change, to fire in one second, to have
// lying idle? And how late is a job beside a bare kernel timer?
//
//     bench_scheduler [jobs]        (default 1,000,000; a smaller number shortens everything)
//     bench_scheduler [jobs] hold|fire|burst|late       (a part of it; burst: firing without limit)
//
// Each answer is printed beside the target it is held to. The scheduler keeps no ledger.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "quantum/noop_storage.hpp"
#include "quantum/quantum.hpp"

#include "scheduler/own_parts.hpp"

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

[[noreturn]] void fail_with(const std::string& reason) {
    std::fprintf(stderr, "bench_scheduler: %s\n", reason.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) fail_with(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// One line: what was measured, what came out, what it is held to.
void tell(const char* what, const char* unit, double value, const char* target, bool met) {
    std::printf("%-44s %12.*f %-10s target %-26s %s\n", what, value < 100 ? 2 : 0, value, unit,
                target, met ? "met" : "NOT MET");
    std::fflush(stdout);
}

/// A scheduler on real parts.
struct Bench {
    explicit Bench(std::size_t concurrency) {
        config.concurrency = concurrency;
        config.timeout = 5min;
        parts = must(scheduler::OwnParts::make(config));
        scheduler = std::make_unique<Scheduler>(
            SchedulerParts{parts->clock(), parts->runtime(), storage, parts->runner()}, config);
        must(scheduler->start());
    }
    ~Bench() {
        static_cast<void>(scheduler->stop(0s));
        parts->stop();
        scheduler.reset();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// Waits until the job, and with it all changed before it, is on the timeline.
    void settle(std::size_t number) const {
        while (!must(scheduler->job_status(name_of(number))).next_due) {
        }
    }

    static std::string name_of(std::size_t number) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "job-%017zu", number);
        return text.data();
    }

    SchedulerConfig config;
    NoopStorage storage;
    std::unique_ptr<scheduler::OwnParts> parts;
    std::unique_ptr<Scheduler> scheduler;
};

std::atomic<std::uint64_t> sum{0};

Job make_job(std::size_t number, const Schedule& schedule) {
    Job job;
    must(job.set_name(Bench::name_of(number)));
    job.set_schedule(schedule);
    must(job.set_task(Function([number] { sum += number; })));
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
std::unique_ptr<Bench> add(const char* which, std::size_t count, auto&& schedule_of) {
    const double before = resident_bytes();
    const auto starting = Steady::now();
    auto bench = std::make_unique<Bench>(512);
    const double start_up = seconds_since(starting);
    std::vector<Job> jobs;
    jobs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(make_job(i, schedule_of(i)));
    const auto begin = Steady::now();
    must(bench->scheduler->add_jobs(std::move(jobs)));
    jobs = {};
    bench->settle(count - 1);
    const double scale = static_cast<double>(count) / 1e6;
    const double took = start_up + seconds_since(begin);
    const std::string name = std::string("add_jobs, ") + which;
    tell(name.c_str(), "s", took, "< 2 s a million", took < 2 * scale + 0.1);
    const double each = (resident_bytes() - before) / static_cast<double>(count);
    const std::string held = std::string("resident, ") + which;
    tell(held.c_str(), "B a job", each, "<= 300, aim 200", each <= 300);
    return bench;
}

void change(Bench& bench, std::size_t count, const std::vector<Schedule>& schedules) {
    const std::size_t some = std::min<std::size_t>(count, 30'000);
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

double at_percent(const std::vector<double>& sorted, double percent) {
    return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * percent / 100)];
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
    const WallTime due = std::chrono::ceil<std::chrono::seconds>(clock->wall_now()) + 2s +
                         std::chrono::seconds(count / 100'000);
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
    std::printf("    processor time %.0f ns a run, of all threads\n",
                used * 1e9 / static_cast<double>(count));
    std::printf("    lateness p50 %.2f  p99 %.2f  max %.2f ms\n", at_percent(late, 50),
                at_percent(late, 99), late.back());
    print_histogram(late, "ms");
}

/// How late a bare absolute timer of the kernel is, every 10 ms until `end`, from `first` on.
std::vector<double> bare_timer(WallTime first, WallTime end) {
    std::vector<double> late;
    const int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
    if (timer < 0) fail_with("timerfd_create failed");
    for (WallTime due = first; due < end; due += 10ms) {
        const auto since = due.time_since_epoch();
        itimerspec spec{};
        spec.it_value.tv_sec = since / 1s;
        spec.it_value.tv_nsec = (since % 1s) / 1ns;
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, nullptr);
        std::uint64_t expirations = 0;
        if (read(timer, &expirations, sizeof expirations) < 0) fail_with("read of a timer failed");
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        const double us = static_cast<double>(now.tv_sec - spec.it_value.tv_sec) * 1e6 +
                          static_cast<double>(now.tv_nsec - spec.it_value.tv_nsec) / 1e3;
        late.push_back(us);
    }
    close(timer);
    std::sort(late.begin(), late.end());
    return late;
}

/// Both at once, half a period apart, so that they see the same machine.
void beside_a_bare_timer(Duration time) {
    constexpr std::size_t rounds = 5;
    std::vector<double> p50;
    std::vector<double> p95;
    for (std::size_t round = 0; round < rounds; ++round) {
        Bench bench(512);
        Clock* clock = &bench.parts->clock();
        const WallTime first =
            std::chrono::ceil<std::chrono::milliseconds>(clock->wall_now()) + 50ms;
        const WallTime end = first + time;
        std::vector<double> late;  // of one thread at a time: the job skips overlaps
        late.reserve(static_cast<std::size_t>(time / 10ms) + 100);
        Job job;
        must(job.set_name("every 10 ms"));
        job.set_schedule(Schedule::every(10ms, first - 10ms));
        must(job.set_task(ExecutionFunction([&late, clock](const Execution& execution) {
            const auto lateness = clock->wall_now() - execution.due;
            late.push_back(std::chrono::duration<double, std::micro>(lateness).count());
        })));
        must(bench.scheduler->add_job(std::move(job)));
        const std::vector<double> bare = bare_timer(first + 5ms, end);
        must(bench.scheduler->stop(1s));
        std::sort(late.begin(), late.end());
        std::printf("    round %zu: %zu runs, p50 %.0f us, p95 %.0f us; bare %zu, %.0f, %.0f\n",
                    round + 1, late.size(), at_percent(late, 50), at_percent(late, 95), bare.size(),
                    at_percent(bare, 50), at_percent(bare, 95));
        std::fflush(stdout);
        p50.push_back(at_percent(late, 50) / at_percent(bare, 50));
        p95.push_back(at_percent(late, 95) / at_percent(bare, 95));
    }
    std::sort(p50.begin(), p50.end());
    std::sort(p95.begin(), p95.end());
    tell("one job every 10 ms: p50 beside a bare timer", "times", p50[rounds / 2], "<= 2",
         p50[rounds / 2] <= 2);
    tell("one job every 10 ms: p95 beside a bare timer", "times", p95[rounds / 2], "<= 2",
         p95[rounds / 2] <= 2);
}

void hold(std::size_t count, std::chrono::seconds quiet) {
    const std::vector<Schedule> schedules = mixed_schedules();
    {
        const auto bench = add("few instants", count,
                               [&](std::size_t i) { return schedules[i % schedules.size()]; });
        change(*bench, count, schedules);
        idle(count, quiet);
    }
    malloc_trim(0);
    {
        const WallTime soon = std::chrono::time_point_cast<Duration>(
            std::chrono::system_clock::now() + std::chrono::hours(24));
        const auto bench = add("as many instants", count, [&](std::size_t i) {
            return Schedule::once(soon + std::chrono::seconds(i * 7919 % count));
        });
    }
    malloc_trim(0);
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t count = 1'000'000;
    std::string only;
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], "--", 2) == 0) continue;  // for programs of the benchmark library
        const std::size_t number = std::strtoull(argv[i], nullptr, 10);
        if (number > 0) {
            count = number;
        } else {
            only = argv[i];
        }
    }
    if (count < 1000 ||
        (!only.empty() && only != "hold" && only != "fire" && only != "burst" && only != "late")) {
        fail_with("usage: bench_scheduler [jobs, at least 1000] [hold|fire|burst|late]");
    }
    const double scale = std::min(1.0, static_cast<double>(count) / 1e6);
    const auto quiet = std::chrono::seconds(std::max(5, static_cast<int>(30 * scale)));
    if (only.empty() || only == "hold") hold(count, quiet);
    if (only == "burst") fire(count, 0, 3);
    if (only.empty() || only == "fire") {
        fire(count, 0, 3);
        fire(count, 512, 0);
        fire(count, 50, 1);
    }
    if (only.empty() || only == "late") {
        beside_a_bare_timer(std::chrono::seconds(std::max(2, static_cast<int>(60 * scale))));
    }
}
