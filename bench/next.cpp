// How long does one `next` take, from a fixed start and as a stream, and one parse?
//
// The floors stand in the same run: one civil-day round trip, one cctz lookup.
#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

namespace quantum {
namespace {

constexpr std::array<const char*, 10> expressions{
    "* * * * *",     "*/5 * * * *",   "0 3 * * *", "30 4 1 * *", "0 0 29 2 *",
    "15 10 * * 1-5", "59 23 31 12 *", "0 0 1 1 *", "0 0 13 * 5", "0 0 31 1 *",
};
constexpr std::array<const char*, 3> zones{"UTC", "America/New_York", "Europe/Zurich"};

/// 2026-11-22T00:00 on the zone's own clock.
WallTime fixed_start(const std::string& zone_name) {
    cctz::time_zone zone;
    cctz::load_time_zone(zone_name, &zone);
    const auto start = cctz::convert(cctz::civil_second(2026, 11, 22), zone);
    return WallTime{std::chrono::seconds{start.time_since_epoch().count()}};
}

Schedule schedule_of(const char* text, const char* zone) {
    return *parse_schedule(text, {.zone = zone});
}

void next_once(benchmark::State& state, const char* text, const char* zone) {
    const Schedule schedule = schedule_of(text, zone);
    WallTime after = fixed_start(zone);
    for (auto _ : state) {
        benchmark::DoNotOptimize(after);
        auto due = schedule.next(after);
        benchmark::DoNotOptimize(due);
    }
}

void next_stream(benchmark::State& state, const char* text, const char* zone) {
    const Schedule schedule = schedule_of(text, zone);
    const WallTime start = fixed_start(zone);
    // Zone rules are known to 2437: a yearly stream starts over well before.
    const WallTime end = start + std::chrono::years{300};
    WallTime after = start;
    int left = 10'000;
    for (auto _ : state) {
        after = *schedule.next(after);
        if (--left == 0 || after > end) {
            after = start;
            left = 10'000;
        }
    }
    benchmark::DoNotOptimize(after);
}

void next_random(benchmark::State& state, const char* text, const char* zone) {
    const Schedule schedule = schedule_of(text, zone);
    std::mt19937_64 random(20261122);
    const std::int64_t year = std::chrono::microseconds{std::chrono::years{1}}.count();
    std::uniform_int_distribution<std::int64_t> within(-year, year);
    std::vector<WallTime> instants;
    for (int i = 0; i < 4096; ++i) {
        instants.push_back(fixed_start(zone) + std::chrono::microseconds{within(random)});
    }
    std::size_t i = 0;
    for (auto _ : state) {
        auto due = schedule.next(instants[i++ & 4095]);
        benchmark::DoNotOptimize(due);
    }
}

void parse_expression(benchmark::State& state, const char* text) {
    const std::string_view view = text;
    for (auto _ : state) {
        auto parsed = parse_cron(view);
        benchmark::DoNotOptimize(parsed);
    }
}

void parse_whole_schedule(benchmark::State& state, const char* text) {
    const std::string_view view = text;
    for (auto _ : state) {
        auto parsed = parse_schedule(view);
        benchmark::DoNotOptimize(parsed);
    }
}

void floor_civil_round_trip(benchmark::State& state) {
    std::int32_t day = 20779;
    for (auto _ : state) {
        const cron::Date date = cron::date_of(day);
        day = cron::day_number_of(date.year, date.month, date.day) + 1;
        benchmark::DoNotOptimize(day);
    }
}

void floor_cctz_lookup(benchmark::State& state) {
    cctz::time_zone zone;
    cctz::load_time_zone("America/New_York", &zone);
    auto instant = cctz::convert(cctz::civil_second(2026, 11, 22), zone);
    for (auto _ : state) {
        benchmark::DoNotOptimize(instant);
        auto found = zone.lookup(instant);
        benchmark::DoNotOptimize(found);
    }
}

void register_all() {
    benchmark::RegisterBenchmark("floor/civil_round_trip", floor_civil_round_trip);
    benchmark::RegisterBenchmark("floor/cctz_lookup", floor_cctz_lookup);
    struct Measure {
        const char* name;
        void (*run)(benchmark::State&, const char*, const char*);
    };
    const std::array<Measure, 3> measures{{
        {"fixed", next_once},
        {"stream", next_stream},
        {"random", next_random},
    }};
    for (const auto& [name, run] : measures) {
        for (const char* zone : zones) {
            for (const char* text : expressions) {
                const std::string title = std::string("next/") + name + "/" + zone + "/" + text;
                benchmark::RegisterBenchmark(title.c_str(), run, text, zone);
            }
        }
    }
    for (const char* text : expressions) {
        benchmark::RegisterBenchmark((std::string("parse/") + text).c_str(), parse_expression,
                                     text);
        benchmark::RegisterBenchmark((std::string("parse_schedule/") + text).c_str(),
                                     parse_whole_schedule, text);
    }
}

}  // namespace
}  // namespace quantum

int main(int argc, char** argv) {
    quantum::register_all();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
