// How late is a job that is due alone, beside a bare timer of the kernel?
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include <sys/timerfd.h>
#include <unistd.h>

#include "scheduler_bench.hpp"

namespace quantum {
namespace {

using namespace std::chrono_literals;

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

}  // namespace

// Both at once, half a period apart, so that they see the same machine.
void beside_a_bare_timer(Duration time, std::size_t rounds) {
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

}  // namespace quantum
