#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "quantum/job.hpp"

namespace quantum::test {

struct ScheduleLine {
    const char* text;
    Dialect dialect = Dialect::cron;
};

/// Jobs as users have them: minutely to yearly, in ten zones, with every policy, drawn from a seed.
class RandomJobs {
public:
    explicit RandomJobs(std::uint64_t seed) : draw_(seed) {}

    std::vector<Job> make(std::size_t count) {
        std::vector<Job> jobs;
        for (std::size_t i = 0; i < count; ++i) jobs.push_back(make("job " + std::to_string(i)));
        return jobs;
    }

    Job make(const std::string& name) {
        Job job;
        must(job.set_name(name));
        const ScheduleLine& text = draw_text();
        ScheduleOptions options{.dialect = text.dialect, .zone = any(zones), .dst = {}};
        if (chance(20)) options.dst.gap = chance(50) ? DstGap::shift : DstGap::skip;
        if (chance(15)) {
            options.dst.repeat = any(
                std::array{DstRepeat::first, DstRepeat::second, DstRepeat::both, DstRepeat::none});
        }
        must(job.set_schedule(text.text, options));
        must(job.set_task(HandlerCall{name, {}}));
        job.set_overlap(
            any(std::array{Overlap::allow, Overlap::skip, Overlap::queue, Overlap::replace}));
        must(job.set_queue_limit(static_cast<std::uint32_t>(number(1, 3))));
        job.set_misfire(any(std::array{Misfire::one, Misfire::all, Misfire::skip}));
        if (chance(30)) must(job.set_grace(std::chrono::seconds(number(0, 3 * 3600))));
        if (chance(30)) must(job.set_misfire_cap(static_cast<std::uint32_t>(number(1, 5))));
        add_attempts(job);
        return job;
    }

private:
    static constexpr std::array zones{
        "UTC",           "America/New_York",    "Europe/London",     "Australia/Sydney",
        "Asia/Kolkata",  "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia",
        "Europe/Zurich", "America/St_Johns"};
    static constexpr std::array<ScheduleLine, 8> minutes{{{"* * * * *"},
                                                          {"*/5 * * * *"},
                                                          {"*/7 * * * *", Dialect::quantum},
                                                          {"@every 11m"},
                                                          {"10-50/20 * * * *"},
                                                          {"*/20 0-6 * * *"},
                                                          {"30 */15 * * * *", Dialect::seconds},
                                                          {"0/10 * * * *", Dialect::kubernetes}}};
    static constexpr std::array<ScheduleLine, 18> hours{{{"0 * * * *"},
                                                         {"@hourly", Dialect::quantum},
                                                         {"15 */2 * * *"},
                                                         {"0,30 1,2,3 * * *"},
                                                         {"30 2 * * *"},
                                                         {"30 1 * * *"},
                                                         {"0 0 * * *"},
                                                         {"0 1-3 * * *"},
                                                         {"*/20 2 * * *"},
                                                         {"0 */6 * * *"},
                                                         {"@every 90m"},
                                                         {"15 4 * * 1-5"},
                                                         {"0 22-3 * * *", Dialect::quantum},
                                                         {"0 0 1 1 *"},
                                                         {"@daily", Dialect::kubernetes},
                                                         {"0 3 * * SUN", Dialect::kubernetes},
                                                         {"0 30 */4 * * *", Dialect::seconds},
                                                         {"0 0 L * *", Dialect::quantum}}};

    void add_attempts(Job& job) {
        if (chance(25)) {
            const Backoff backoff{.first = std::chrono::seconds(number(1, 900)),
                                  .factor = chance(50) ? 1.0 : 2.0,
                                  .longest = std::chrono::minutes(30),
                                  .jitter = chance(50) ? 0.0 : 0.5};
            must(job.set_retries(static_cast<std::uint32_t>(number(1, 3)), backoff));
            job.set_retry_past_next(chance(20));
        }
        if (chance(15)) job.set_on_lost(OnLost::rerun);
        if (chance(10)) must(job.set_jitter(std::chrono::seconds(number(1, 120))));
    }

    const ScheduleLine& draw_text() { return chance(30) ? any(minutes) : any(hours); }

    template <class T, std::size_t count>
    const T& any(const std::array<T, count>& values) {
        return values[static_cast<std::size_t>(number(0, static_cast<int>(values.size()) - 1))];
    }
    int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(draw_); }
    bool chance(int percent) { return number(1, 100) <= percent; }
    static void must(const Status& status) {
        if (status) return;
        std::cerr << status.error().message << '\n';
        std::abort();
    }

    std::mt19937_64 draw_;
};

}  // namespace quantum::test
