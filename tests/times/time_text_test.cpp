#include "times/time_text.hpp"

#include <gtest/gtest.h>

namespace quantum::times {
namespace {

using std::chrono::microseconds;

struct ParseCase {
    std::string_view name;
    std::string_view text;
    std::optional<std::int64_t> microseconds_since_1970;
};

struct ParseRfc3339Test : testing::TestWithParam<ParseCase> {};

TEST_P(ParseRfc3339Test, GivesTheInstant) {
    const auto time = parse_rfc3339(GetParam().text);

    ASSERT_EQ(time.has_value(), GetParam().microseconds_since_1970.has_value());
    if (time) {
        EXPECT_EQ(time->time_since_epoch(), microseconds(*GetParam().microseconds_since_1970));
    }
}

constexpr std::int64_t midnight = 1'795'305'600'000'000;  // 2026-11-22T00:00:00Z

const ParseCase parse_cases[] = {
    {"Utc", "2026-11-22T00:00:00Z", midnight},
    {"LowerCase", "2026-11-22t00:00:00z", midnight},
    {"Blank", "2026-11-22 00:00:00Z", midnight},
    {"East", "2026-11-22T01:30:00+01:30", midnight},
    {"West", "2026-11-21T19:00:00-05:00", midnight},
    {"UnknownOffset", "2026-11-22T00:00:00-00:00", midnight},
    {"Fraction", "2026-11-22T00:00:00.25Z", midnight + 250'000},
    {"Microseconds", "2026-11-22T00:00:00.000001+00:00", midnight + 1},
    {"BelowAMicrosecondIsCut", "2026-11-22T00:00:00.0000019999999999999999999Z", midnight + 1},
    {"LeapSecond", "2026-11-21T23:59:60Z", midnight},
    {"Epoch", "1970-01-01T00:00:00Z", 0},
    {"Before1970", "1969-12-31T23:59:59.5Z", -500'000},
    {"LeapDay", "2024-02-29T00:00:00Z", 1'709'164'800'000'000},
    {"FirstYear", "0000-01-01T00:00:00Z", -62'167'219'200'000'000},
    {"LastYear", "9999-12-31T23:59:59Z", 253'402'300'799'000'000},
    {"NoZone", "2026-11-22T00:00:00", {}},
    {"NoTime", "2026-11-22", {}},
    {"NoSeconds", "2026-11-22T00:00Z", {}},
    {"NoSuchDay", "2026-02-29T00:00:00Z", {}},
    {"NoSuchMonth", "2026-13-01T00:00:00Z", {}},
    {"NoSuchHour", "2026-11-22T24:00:00Z", {}},
    {"NoSuchMinute", "2026-11-22T00:60:00Z", {}},
    {"NoSuchSecond", "2026-11-22T00:00:61Z", {}},
    {"NoSuchOffset", "2026-11-22T00:00:00+24:00", {}},
    {"OffsetWithoutColon", "2026-11-22T00:00:00+0100", {}},
    {"EmptyFraction", "2026-11-22T00:00:00.Z", {}},
    {"TextAfter", "2026-11-22T00:00:00Z ", {}},
    {"Digits", "20261122T000000Z", {}},
    {"Word", "now", {}},
    {"Empty", "", {}},
};

INSTANTIATE_TEST_SUITE_P(Table, ParseRfc3339Test, testing::ValuesIn(parse_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(FormatLocalTest, ShowsTheOffset) {
    const WallTime time{microseconds(midnight)};

    EXPECT_EQ(format_local(time, 0), "2026-11-22 00:00:00 +00:00");
    EXPECT_EQ(format_local(time, 3600), "2026-11-22 01:00:00 +01:00");
    EXPECT_EQ(format_local(time, -12'600), "2026-11-21 20:30:00 -03:30");
    EXPECT_EQ(format_local(time, 2048), "2026-11-22 00:34:08 +00:34:08");
    EXPECT_EQ(format_local(time + microseconds(500'000), 0), "2026-11-22 00:00:00.5 +00:00");
}

TEST(WeekdayNameTest, IsThatOfTheLocalDay) {
    const WallTime time{microseconds(midnight)};

    EXPECT_EQ(weekday_name(time, 0), "Sun");
    EXPECT_EQ(weekday_name(time, -1), "Sat");
    EXPECT_EQ(weekday_name(time, 24 * 3600), "Mon");
}

TEST(ParseDuration, ReadsWhatPeopleWrite) {
    using namespace std::chrono_literals;
    EXPECT_EQ(parse_duration("90s"), 90s);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("7d"), 168h);
    for (const char* text :
         {"", "7", "d", "-1h", "1w", "1h30", "99999999d", "9223372036854775807s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Brief, ShowsTwoUnitsAtMost) {
    using namespace std::chrono_literals;
    EXPECT_EQ(brief(850us), "850us");
    EXPECT_EQ(brief(29ms + 999us), "29ms");
    EXPECT_EQ(brief(1250ms), "1.2s");
    EXPECT_EQ(brief(185s), "3m05s");
    EXPECT_EQ(brief(2h + 3min), "2h03m");
    EXPECT_EQ(brief(76h), "3d04h");
    EXPECT_EQ(brief(-1500ms), "-1.5s");
}

}  // namespace
}  // namespace quantum::times
