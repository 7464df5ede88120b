// How much does a million jobs cost: to add, to hold, to fire in one second, to have lying idle?
//
//     bench_scheduler [jobs]        (default 1,000,000; one process, one run of each question)
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "quantum/quantum.hpp"

#include "scheduler/own_parts.hpp"

namespace {

using namespace quantum;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begin) {
    return std::chrono::duration<double>(Steady::now() - begin).count();
}

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
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

/// A scheduler on real parts that keeps no ledger.
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

    SchedulerConfig config;
    NoopStorage storage;
    std::unique_ptr<scheduler::OwnParts> parts;
    std::unique_ptr<Scheduler> scheduler;
};

std::string name_of(std::size_t number) {
    char text[32];
    std::snprintf(text, sizeof text, "job-%017zu", number);
    return text;
}

std::vector<Schedule> mixed_schedules() {
    const char* zones[] = {"UTC", "America/New_York", "Europe/Zurich", "Asia/Tokyo",
                           "Australia/Sydney"};
    std::vector<Schedule> schedules;
    for (const char* zone : zones) {
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

void add_and_idle(std::size_t count) {
    Bench bench(512);
    const std::vector<Schedule> schedules = mixed_schedules();
    static std::atomic<std::uint64_t> sum{0};
    const std::size_t before = resident_bytes();
    double adding = 0;
    {
        std::vector<Job> jobs;
        jobs.reserve(count);
        const auto begin = Steady::now();
        for (std::size_t i = 0; i < count; ++i) {
            Job job;
            must(job.set_name(name_of(i)));
            job.set_schedule(schedules[i % schedules.size()]);
            must(job.set_task(Function([i] { sum += i; })));
            jobs.push_back(std::move(job));
        }
        const double making = seconds_since(begin);
        const auto adding_begin = Steady::now();
        must(bench.scheduler->add_jobs(std::move(jobs)));
        // The last job is on the timeline once its next due time is known.
        while (!must(bench.scheduler->job_status(name_of(count - 1))).next_due) {
        }
        adding = seconds_since(adding_begin);
        std::printf("make %zu jobs                 %8.3f s\n", count, making);
    }
    std::printf("add_jobs, until on the timeline %8.3f s\n", adding);
    std::printf("resident                       %8.0f B a job (a Job has %zu)\n",
                static_cast<double>(resident_bytes() - before) / static_cast<double>(count),
                sizeof(Job));
    const auto begin = Steady::now();
    const std::size_t singles = 20'000;
    for (std::size_t i = 0; i < singles; ++i) {
        Job job;
        must(job.set_name("single " + std::to_string(i)));
        job.set_schedule(schedules[i % schedules.size()]);
        must(job.set_task(Function([] {})));
        must(bench.scheduler->add_job(std::move(job)));
    }
    std::printf("single synchronous adds        %8.0f a second\n",
                static_cast<double>(singles) / seconds_since(begin));
    const long switches = voluntary_switches();
    usleep(5'000'000);  // the measurement itself: nothing may happen
    std::printf("idle for 5 s                   %8ld voluntary switches, this sleep's 1 included\n",
                voluntary_switches() - switches);
}

void fire(std::size_t count, std::size_t concurrency) {
    Bench bench(concurrency);
    static std::vector<WallTime> ran;
    static std::atomic<std::size_t> done{0};
    ran.assign(count, WallTime{});
    done = 0;
    // All due in one second, far enough ahead to have them all on the timeline.
    const WallTime now = bench.parts->clock().wall_now();
    const auto due =
        std::chrono::ceil<std::chrono::seconds>(now) + 2s + std::chrono::seconds(count / 40'000);
    const auto of_day = due - std::chrono::floor<std::chrono::days>(due);
    const long second = static_cast<long>(of_day / 1s);
    const std::string text = std::to_string(second % 60) + " " + std::to_string(second / 60 % 60) +
                             " " + std::to_string(second / 3600) + " * * *";
    const auto schedule = parse_schedule(text, {.dialect = Dialect::quantum_extended});
    if (!schedule) fail_with(schedule.error().message);
    std::vector<Job> jobs;
    jobs.reserve(count);
    Clock* clock = &bench.parts->clock();
    for (std::size_t i = 0; i < count; ++i) {
        Job job;
        must(job.set_name(name_of(i)));
        job.set_schedule(*schedule);
        must(job.set_task(Function([i, clock] {
            ran[i] = clock->wall_now();
            done.fetch_add(1, std::memory_order_relaxed);
        })));
        jobs.push_back(std::move(job));
    }
    must(bench.scheduler->add_jobs(std::move(jobs)));
    if (clock->wall_now() >= due) fail_with("the machine is too slow to add the jobs in time");
    const auto limit = Steady::now() + 120s;
    while (done < count && Steady::now() < limit) usleep(1000);
    std::sort(ran.begin(), ran.end());
    const auto late_ms = [&](WallTime at) {
        return std::chrono::duration<double, std::milli>(at - due).count();
    };
    std::printf(
        "fire %zu at once, concurrency %4zu: %zu ran; first %.3f p50 %.1f p99 %.1f last "
        "%.1f ms after; %.2f M/s\n",
        count, concurrency, done.load(), late_ms(ran.front()), late_ms(ran[count / 2]),
        late_ms(ran[count * 99 / 100]), late_ms(ran.back()),
        static_cast<double>(count) / 1000.0 / late_ms(ran.back()));
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count =
        argc > 1 ? static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10)) : 1'000'000;
    if (count == 0) fail_with("usage: bench_scheduler [jobs]");
    add_and_idle(count);
    fire(count, 0);
    fire(count, 512);
    fire(count / 10 + 1, 50);
}
