// How long does one `next` take (from a fixed start, as a stream, from random instants), and one
// parse? Rows `next/…` are the ten expressions, rows `harder/…` those that search longer.
//
// The floors stand in the same run: one civil-day round trip, one cctz lookup. Beside other
// engines:
// `./dev bench peers`.
#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "next_summary.hpp"

namespace quantum {
namespace {

constexpr std::array<const char*, 10> expressions{
    "* * * * *",     "*/5 * * * *",   "0 3 * * *", "30 4 1 * *", "0 0 29 2 *",
    "15 10 * * 1-5", "59 23 31 12 *", "0 0 1 1 *", "0 0 13 * 5", "0 0 31 1 *",
};

/// A schedule to measure; several texts are a union.
struct Subject {
    std::string name;
    Dialect dialect = Dialect::cron;
    std::vector<const char*> texts;
};

std::vector<Subject> harder() {
    return {
        {"L", Dialect::cron, {"0 0 L * *"}},
        {"W", Dialect::cron, {"30 9 15W * *"}},
        {"#", Dialect::cron, {"0 9 * * 5#2"}},
        {"5L", Dialect::quartz, {"0 0 18 ? * 6L"}},
        {"fifth Friday", Dialect::cron, {"0 9 * * 5#5"}},
        {"union of two", Dialect::cron, {"0 9 * * 1-5", "0 12 * * 6,0"}},
        {"union of four",
         Dialect::cron,
         {"*/15 9-17 * * 1-5", "0 0 L * *", "0 3 * * *", "0 0 1 1 *"}},
        {"29 February on a Monday", Dialect::quantum, {"0 0 29 2 1"}},
    };
}

constexpr std::array<const char*, 3> zones{"UTC", "America/New_York", "Europe/Zurich"};

/// 2026-11-22T00:00 on the zone's own clock.
WallTime fixed_start(const std::string& zone_name) {
    cctz::time_zone zone;
    cctz::load_time_zone(zone_name, &zone);
    const auto start = cctz::convert(cctz::civil_second(2026, 11, 22), zone);
    return WallTime{std::chrono::seconds{start.time_since_epoch().count()}};
}

Schedule schedule_of(const Subject& subject, const char* zone) {
    std::vector<Schedule> parts;
    for (const char* text : subject.texts) {
        parts.push_back(*parse_schedule(text, {.dialect = subject.dialect, .zone = zone}));
    }
    return parts.size() == 1 ? parts.front() : Schedule::any_of(std::move(parts));
}

void next_once(benchmark::State& state, const Subject& subject, const char* zone) {
    const Schedule schedule = schedule_of(subject, zone);
    WallTime after = fixed_start(zone);
    for (auto _ : state) {
        benchmark::DoNotOptimize(after);
        auto due = schedule.next(after);
        benchmark::DoNotOptimize(due);
    }
}

void next_stream(benchmark::State& state, const Subject& subject, const char* zone) {
    const Schedule schedule = schedule_of(subject, zone);
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

void next_random(benchmark::State& state, const Subject& subject, const char* zone) {
    const Schedule schedule = schedule_of(subject, zone);
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
        void (*run)(benchmark::State&, const Subject&, const char*);
    };
    std::vector<std::pair<std::string, Subject>> subjects;
    for (const char* text : expressions) {
        subjects.push_back({"next/", {text, Dialect::cron, {text}}});
    }
    for (const Subject& subject : harder()) subjects.emplace_back("harder/", subject);
    const std::array<Measure, 3> measures{{
        {"fixed", next_once},
        {"stream", next_stream},
        {"random", next_random},
    }};
    for (const auto& [name, run] : measures) {
        for (const char* zone : zones) {
            for (const auto& [group, subject] : subjects) {
                const std::string title = group + name + "/" + zone + "/" + subject.name;
                benchmark::RegisterBenchmark(title.c_str(), run, subject, zone);
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
    quantum::NextSummary summary;
    benchmark::RunSpecifiedBenchmarks(&summary);
    return 0;
}
