#include "schedule/vectors.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/on_calendar.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using boost::json::object;

/// The next `count` due times, as text.
std::vector<std::string> due_times(const Schedule& schedule, WallTime after, std::size_t count) {
    std::vector<std::string> out;
    for (auto due = schedule.next(after); due && out.size() < count; due = schedule.next(*due)) {
        out.push_back(text_of(*due));
    }
    return out;
}

std::string shown(const std::vector<std::string>& times) {
    std::string out;
    for (std::size_t i = 0; i < times.size() && i < 4; ++i) out += " " + times[i];
    return "[" + std::to_string(times.size()) + "]" + out;
}

/// `theirs` binds as far as it goes: engines stop at horizons of their own.
bool agrees(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) {
    return ours.size() >= theirs.size() && std::equal(theirs.begin(), theirs.end(), ours.begin());
}

/// The dialects that have been asked for; a line of another dialect is not ours to judge.
const std::map<std::string, std::string>& own_engines() {
    static const std::map<std::string, std::string> engines{
        {"vixie", "cronie"},          {"k8s", "robfig"},
        {"github", "robfig"},         {"robfig-seconds", "robfig"},
        {"elixir", "elixir-crontab"}, {"quartz", "quartz"},
        {"spring", "spring"},
    };
    return engines;
}

bool names_engine(const object& answer, const std::string& engine) {
    for (const auto& name : texts(answer.at("engines"))) {
        if (name == engine) return true;
    }
    return false;
}

void expect_complete(const Departures& departures) {
    EXPECT_EQ(departures.unlisted(), "");
    EXPECT_EQ(departures.stale(), "") << "listed as departures, but agree";
    EXPECT_GT(departures.lines(), 0);
    testing::Test::RecordProperty("lines", departures.lines());
    testing::Test::RecordProperty("agreed", departures.agreed());
}

TEST(VectorsTest, NextAgreesWithTheDialectsOwnEngine) {
    Departures departures("cron_next.jsonl");
    for (const object& line : read_vectors("cron_next.jsonl")) {
        const auto engine = own_engines().find(text(line, "dialect"));
        if (engine == own_engines().end() || !line.contains("cases")) continue;
        const auto dialect = dialect_of(line);
        ASSERT_TRUE(dialect);
        const std::string expr = text(line, "expr");
        for (const auto& a_case : line.at("cases").as_array()) {
            for (const auto& answer : a_case.at("answers").as_array()) {
                if (!names_engine(answer.as_object(), engine->second)) continue;
                const auto theirs = texts(answer.at("next"));
                const auto start = at(std::string(a_case.at("start").as_string()));
                const auto schedule =
                    parse_schedule(expr, {.dialect = *dialect, .zone = text(line, "tz")});
                if (!schedule) {
                    departures.record(text(line, "id"), false,
                                      expr + "\t" + schedule.error().message);
                    continue;
                }
                const auto ours = due_times(schedule->anchored_at(start), start, theirs.size());
                departures.record(text(line, "id"), agrees(ours, theirs),
                                  expr + "\tours " + shown(ours) + " theirs " + shown(theirs));
            }
        }
    }
    expect_complete(departures);
}

TEST(VectorsTest, ZonesAgreeWhereAllEnginesDo) {
    Departures departures("cron_tz.jsonl");
    for (const object& line : read_vectors("cron_tz.jsonl")) {
        if (!own_engines().contains(text(line, "dialect")) || text(line, "status") != "agree") {
            continue;
        }
        const std::string expr = text(line, "expr");
        const auto schedule =
            parse_schedule(expr, {.dialect = *dialect_of(line), .zone = text(line, "tz")});
        if (!schedule) {
            departures.record(text(line, "id"), false, expr + "\t" + schedule.error().message);
            continue;
        }
        const auto theirs = texts(line.at("answers").as_array().front().at("next"));
        const auto ours = due_times(*schedule, at(text(line, "start")), theirs.size());
        departures.record(text(line, "id"), agrees(ours, theirs),
                          expr + "\tours " + shown(ours) + " theirs " + shown(theirs));
    }
    expect_complete(departures);
}

TEST(VectorsTest, WhatAllEnginesRejectIsRejected) {
    Departures departures("cron_invalid.jsonl");
    for (const object& line : read_vectors("cron_invalid.jsonl")) {
        if (text(line, "verdict") != "all-reject") continue;
        const std::string expr = text(line, "expr");
        const auto schedule = parse_schedule(expr, {.dialect = *dialect_of(line)});
        departures.record(text(line, "id"), !schedule, expr + "\taccepted");
        if (schedule) continue;
        const ScheduleError& error = schedule.error();
        EXPECT_FALSE(error.message.empty()) << expr;
        EXPECT_GE(error.column, 1u) << expr;
        EXPECT_GE(error.length, 1u) << expr;
        EXPECT_LE(error.column, expr.size() + 1) << expr;
    }
    expect_complete(departures);
}

TEST(VectorsTest, OnCalendarAgreesWithSystemd) {
    Departures departures("oncalendar.jsonl");
    for (const object& line : read_vectors("oncalendar.jsonl")) {
        const std::string expr = text(line, "expr");
        const bool valid = line.at("valid").as_bool();
        const auto parsed = parse_schedule(expr, {.dialect = Dialect::systemd});
        if (!valid || !parsed) {
            departures.record(text(line, "id"), valid == parsed.has_value(),
                              expr + "\t" + (parsed ? "accepted" : parsed.error().message));
            continue;
        }
        EXPECT_EQ(normal_on_calendar(expr), text(line, "normalized")) << expr;
        for (const auto& a_case : line.at("cases").as_array()) {
            const object& it = a_case.as_object();
            const auto schedule =
                parse_schedule(expr, {.dialect = Dialect::systemd, .zone = text(it, "tz")});
            const auto theirs = texts(it.at("next"));
            const auto ours = due_times(*schedule, at(text(it, "start")), theirs.size());
            departures.record(text(line, "id"), agrees(ours, theirs),
                              expr + "\t" + text(it, "tz") + " " + text(it, "start") + " ours " +
                                  shown(ours) + " theirs " + shown(theirs));
        }
    }
    expect_complete(departures);
}

/// crontab for Elixir includes `from`; a `from` with seconds begins at the next whole minute
/// (extended: second).
WallTime before_inclusive(WallTime from, bool extended) {
    using namespace std::chrono;
    if (extended) return ceil<seconds>(from) - 1us;
    return ceil<minutes>(from) - 1us;
}

TEST(VectorsTest, QuantumAgreesWithCrontabForElixir) {
    Departures departures("elixir_crontab.jsonl");
    for (const object& line : read_vectors("elixir_crontab.jsonl")) {
        const std::string expr = text(line, "expr");
        const bool extended = line.at("extended").as_bool();
        const auto dialect = extended ? Dialect::quantum_extended : Dialect::quantum;
        const std::string id = (extended ? "x:" : "") + expr;
        const auto schedule = parse_schedule(expr, {.dialect = dialect});
        const bool accepted = line.at("ok").as_bool();
        if (!accepted || !schedule) {
            departures.record(id, accepted == schedule.has_value(),
                              schedule ? "accepted" : schedule.error().message);
            continue;
        }
        std::vector<std::string> theirs;
        for (const auto& next : texts(line.at("next"))) theirs.push_back(next + "Z");
        const bool seconds = extended || line.at("effective_extended").as_bool();
        const auto ours =
            due_times(*schedule, before_inclusive(at(text(line, "from")), seconds), theirs.size());
        departures.record(id, agrees(ours, theirs),
                          "ours " + shown(ours) + " theirs " + shown(theirs));
    }
    expect_complete(departures);
}

}  // namespace
}  // namespace quantum::test
