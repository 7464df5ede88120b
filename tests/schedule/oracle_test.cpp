#include "support/oracle.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "quantum/schedule.hpp"

#include "support/property.hpp"
#include "support/random_text.hpp"
#include "support/zones.hpp"

namespace quantum::test {
namespace {

using std::chrono::seconds;

WallTime instant(std::int64_t t) { return WallTime{seconds{t}}; }

std::optional<WallTime> instant(std::optional<std::int64_t> t) {
    if (!t) return std::nullopt;
    return instant(*t);
}

constexpr std::array dialects{Dialect::cron,    Dialect::kubernetes,
                              Dialect::seconds, Dialect::spring,
                              Dialect::quartz,  Dialect::aws,
                              Dialect::jenkins, Dialect::quantum,
                              Dialect::systemd, Dialect::quantum_extended};
constexpr std::array gaps{DstGap::end, DstGap::shift, DstGap::skip};
constexpr std::array repeats{DstRepeat::automatic, DstRepeat::first, DstRepeat::second,
                             DstRepeat::both, DstRepeat::none};

/// A seed decides everything: expression, zone, DST words and the instant, which is usually close
/// to a change of the zone's offset.
struct Situation {
    std::string text;
    std::string zone;
    Dialect dialect = Dialect::cron;
    DstPolicy dst;
    std::int64_t at = 0;
};

Situation draw_situation(std::uint64_t seed) {
    RandomText random(seed, Dialect::cron);
    Situation s;
    s.dialect = dialects[random.number(0, dialects.size() - 1)];
    s.text = RandomText(seed + 1, s.dialect).expression();
    s.zone = random_zone(random);
    if (random.one_in(2)) {
        s.dst.gap = gaps[random.number(0, gaps.size() - 1)];
        s.dst.repeat = repeats[random.number(0, repeats.size() - 1)];
    }
    s.at = random_instant(random, s.zone);
    return s;
}

std::string words(const Situation& s) {
    return "'" + s.text + "' " + std::string(to_string(s.dialect)) + " in " + s.zone + ", gap " +
           std::string(to_string(s.dst.gap)) + ", repeat " + std::string(to_string(s.dst.repeat)) +
           ", at " + std::to_string(s.at);
}

void agrees_with_the_oracle(const Situation& s) {
    const auto schedule =
        parse_schedule(s.text, {.dialect = s.dialect, .zone = s.zone, .dst = s.dst});
    if (!schedule) {  // what can never match
        RC_DISCARD("no schedule");
    }
    const Oracle oracle(*schedule->expression(), s.zone, s.dst);
    constexpr int days = 1500;

    const auto next = schedule->next(instant(s.at));
    const auto expected = instant(oracle.next(s.at, days));
    const auto horizon = instant(s.at) + std::chrono::days{days - 3};
    RC_LOG() << words(s) << '\n';
    if (expected || (next && *next < horizon)) RC_ASSERT(next == expected);
    if (next) {
        RC_ASSERT(schedule->matches(*next));
        RC_ASSERT(schedule->prev(*next + Duration{1}) == next);
        const auto between = schedule->prev(*next);
        RC_ASSERT(between.value_or(WallTime::min()) <= instant(s.at));
    }

    const auto prev = schedule->prev(instant(s.at));
    const auto expected_prev = instant(oracle.prev(s.at, days));
    const auto past = instant(s.at) - std::chrono::days{days - 3};
    if (expected_prev || (prev && *prev > past)) RC_ASSERT(prev == expected_prev);
    if (prev) {
        const auto again = schedule->next(*prev);
        RC_ASSERT(again.value_or(WallTime::max()) >= instant(s.at));
    }
}

TEST(OracleTest, NextPrevAndMatchesAgreeWithTheSlowEngine) {
    expect_property("next, prev and matches agree with the slow engine",
                    [] { agrees_with_the_oracle(draw_situation(any_seed())); });
}

// A change of the offset at which something is due by `end` and nothing by `skip`.
void leaves_out_what_the_oracle_leaves_out(Situation s) {
    s.dst.gap = DstGap::skip;
    const auto schedule =
        parse_schedule(s.text, {.dialect = s.dialect, .zone = s.zone, .dst = s.dst});
    if (!schedule) RC_DISCARD("no schedule");
    RC_LOG() << words(s) << '\n';
    const Oracle skip(*schedule->expression(), s.zone, s.dst);
    const Oracle end(*schedule->expression(), s.zone, {DstGap::end, s.dst.repeat});
    const std::int64_t until = s.at + 3 * 86400;
    std::int64_t after = s.at;
    for (const std::int64_t change : offset_changes(s.zone, s.at, until)) {
        if (end.next(change - 1, 3) != change || skip.next(change - 1, 3) == change) continue;
        RC_ASSERT(schedule->next_left_out(instant(after), instant(until)) == instant(change));
        after = change;
    }
    RC_ASSERT(schedule->next_left_out(instant(after), instant(until)) == std::nullopt);
}

TEST(OracleTest, WhatAGapLeavesOutIsWhatTheSlowEngineMisses) {
    expect_property("what a gap leaves out is what the slow engine misses",
                    [] { leaves_out_what_the_oracle_leaves_out(draw_situation(any_seed())); });
}

}  // namespace
}  // namespace quantum::test
