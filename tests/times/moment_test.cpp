// The one grammar of times on the command line.
#include "times/moment.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.hpp"
#include "support/instants.hpp"
#include "zone/zone.hpp"

namespace quantum::times {
namespace {

using namespace std::chrono_literals;
using test::at;
using testing::HasSubstr;

struct Case {
    std::string_view name;
    std::string_view text;
    std::string_view zone;
    std::string_view now;  // UTC
    Tense tense;
    std::string_view expected;  // UTC; empty: it is no time
    std::string_view again = {};
    bool missing = false;
    Precision precision = Precision::minute;
};

struct ParseMomentTest : testing::TestWithParam<Case> {};

TEST_P(ParseMomentTest, GivesWhatIsMeant) {
    const Case& row = GetParam();
    const MomentContext context{at(std::string(row.now)), zone::Zone::named(row.zone), row.tense};

    const auto moment = parse_moment(row.text, context);

    ASSERT_EQ(moment.has_value(), !row.expected.empty());
    if (!moment) {
        EXPECT_EQ(moment.error().code, ErrorCode::invalid_argument);
        EXPECT_THAT(moment.error().message, HasSubstr(std::string(row.text)));
        return;
    }
    EXPECT_EQ(base::rfc3339(moment->at), row.expected);
    EXPECT_EQ(moment->again ? base::rfc3339(*moment->again) : "", row.again);
    EXPECT_EQ(moment->is_missing, row.missing);
    EXPECT_EQ(moment->precision, row.precision);
}

constexpr std::string_view zurich = "Europe/Zurich";
// Sunday, 22 November 2026, 14:30:15 in Zurich.
constexpr std::string_view sunday = "2026-11-22 13:30:15";
constexpr Tense past = Tense::past;
constexpr Tense future = Tense::future;
constexpr Precision instant = Precision::instant;
constexpr Precision second = Precision::second;
constexpr Precision day = Precision::day;

const Case cases[] = {
    {"Now", "now", zurich, sunday, past, "2026-11-22T13:30:15Z", {}, false, instant},
    {"Rfc3339",
     "2026-11-22T02:30:00+01:00",
     zurich,
     sunday,
     past,
     "2026-11-22T01:30:00Z",
     {},
     false,
     second},
    {"Fraction",
     "2026-11-22T01:30:00.5Z",
     zurich,
     sunday,
     past,
     "2026-11-22T01:30:00.5Z",
     {},
     false,
     instant},
    {"Today", "today", zurich, sunday, past, "2026-11-21T23:00:00Z", {}, false, day},
    {"Yesterday", "yesterday", zurich, sunday, past, "2026-11-20T23:00:00Z", {}, false, day},
    {"Tomorrow", "tomorrow", zurich, sunday, future, "2026-11-22T23:00:00Z", {}, false, day},
    {"TodayIsTheLocalDay",
     "today",
     "Pacific/Kiritimati",
     sunday,
     past,
     "2026-11-22T10:00:00Z",
     {},
     false,
     day},
    {"Date", "2026-03-01", zurich, sunday, past, "2026-02-28T23:00:00Z", {}, false, day},
    {"DateWithTime", "2026-03-01 02:30", zurich, sunday, past, "2026-03-01T01:30:00Z"},
    {"DateTWithTime", "2026-03-01T02:30", zurich, sunday, past, "2026-03-01T01:30:00Z"},
    {"DateWithSeconds",
     "2026-03-01 02:30:07",
     zurich,
     sunday,
     past,
     "2026-03-01T01:30:07Z",
     {},
     false,
     second},
    {"YesterdayWithTime", "yesterday 02:30", zurich, sunday, past, "2026-11-21T01:30:00Z"},
    {"SeveralBlanks", "  yesterday   02:30 ", zurich, sunday, past, "2026-11-21T01:30:00Z"},
    {"TomorrowWithTime", "tomorrow 6:00", zurich, sunday, future, "2026-11-23T05:00:00Z"},
    {"TimeWasToday", "02:30", zurich, sunday, past, "2026-11-22T01:30:00Z"},
    {"TimeWasYesterday", "15:00", zurich, sunday, past, "2026-11-21T14:00:00Z"},
    {"TimeIsNow", "14:30", zurich, sunday, past, "2026-11-22T13:30:00Z"},
    {"TimeComesToday", "15:00", zurich, sunday, future, "2026-11-22T14:00:00Z"},
    {"TimeComesTomorrow", "02:30", zurich, sunday, future, "2026-11-23T01:30:00Z"},
    {"TimeWithSeconds",
     "02:30:59",
     zurich,
     sunday,
     past,
     "2026-11-22T01:30:59Z",
     {},
     false,
     second},
    {"DurationLiesBack", "2h", zurich, sunday, past, "2026-11-22T11:30:15Z", {}, false, instant},
    {"DurationLiesAhead", "2h", zurich, sunday, future, "2026-11-22T15:30:15Z", {}, false, instant},
    {"MinusLiesBack", "-1h30m", zurich, sunday, future, "2026-11-22T12:00:15Z", {}, false, instant},
    {"MinusOfThePast", "-7d", zurich, sunday, past, "2026-11-15T13:30:15Z", {}, false, instant},
    {"PlusLiesAhead", "+45s", zurich, sunday, past, "2026-11-22T13:31:00Z", {}, false, instant},
    // 28 March 2027, 02:00 -> 03:00.
    {"Missing", "2027-03-28 02:30", zurich, sunday, past, "2027-03-28T01:00:00Z", {}, true},
    {"BeforeTheGap", "2027-03-28 01:59", zurich, sunday, past, "2027-03-28T00:59:00Z"},
    {"AfterTheGap", "2027-03-28 03:00", zurich, sunday, past, "2027-03-28T01:00:00Z"},
    // 31 October 2027, 03:00 -> 02:00.
    {"Twice", "2027-10-31 02:30", zurich, sunday, past, "2027-10-31T00:30:00Z",
     "2027-10-31T01:30:00Z"},
    {"OnceBefore", "2027-10-31 01:59", zurich, sunday, past, "2027-10-30T23:59:00Z"},
    {"OnceAfter", "2027-10-31 03:00", zurich, sunday, past, "2027-10-31T02:00:00Z"},
    {"TwiceButTheSecondIsToCome", "02:30", zurich, "2027-10-31 01:00:00", past,
     "2027-10-31T00:30:00Z"},
    {"TheSecondIsNext", "02:30", zurich, "2027-10-31 01:00:00", future, "2027-10-31T01:30:00Z"},
    {"HalfAnHourTwice", "2027-04-04 01:45", "Australia/Lord_Howe", sunday, past,
     "2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z"},
    // A day that a zone left out: its begin is that of the next one.
    {"NoSuchDay",
     "2011-12-30",
     "Pacific/Apia",
     sunday,
     past,
     "2011-12-30T10:00:00Z",
     {},
     false,
     day},
    {"BadHour", "25:00", zurich, sunday, past, ""},
    {"BadMinute", "02:60", zurich, sunday, past, ""},
    {"BadDate", "2026-02-30", zurich, sunday, past, ""},
    {"NoMinute", "02:", zurich, sunday, past, ""},
    {"Number", "7", zurich, sunday, past, ""},
    {"Word", "noon", zurich, sunday, past, ""},
    {"TextAfter", "02:30 x", zurich, sunday, past, ""},
    {"DayAndDuration", "yesterday 2h", zurich, sunday, past, ""},
    {"Empty", "", zurich, sunday, past, ""},
    {"Blanks", "  ", zurich, sunday, past, ""},
};

INSTANTIATE_TEST_SUITE_P(Table, ParseMomentTest, testing::ValuesIn(cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MomentTest, ReachesAsFarAsItWasGiven) {
    const MomentContext context{at("2026-11-22 13:30:15"), zone::Zone::named("Europe/Zurich")};
    const auto length = [&](std::string_view text) {
        const Moment moment = *parse_moment(text, context);
        return moment.last(moment.at) - moment.at;
    };
    EXPECT_EQ(length("now"), 0us);
    EXPECT_EQ(length("2026-11-22T02:30:00Z"), 1s - 1us);
    EXPECT_EQ(length("02:30"), 1min - 1us);
    EXPECT_EQ(length("yesterday"), 24h - 1us);
    EXPECT_EQ(length("2027-03-28"), 23h - 1us) << "the day of the change";
    EXPECT_EQ(length("2027-10-31"), 25h - 1us);
}

TEST(MomentTest, BeginsAPeriodWithTheFirstPassAndEndsItWithTheSecond) {
    const MomentContext context{at("2028-01-01 00:00:00"), zone::Zone::named("Europe/Zurich")};
    const Moment twice = *parse_moment("2027-10-31 02:30", context);
    EXPECT_EQ(twice.as_start(), at("2027-10-31 00:30:00"));
    EXPECT_EQ(twice.as_end(), at("2027-10-31 01:30:00"));
    const Moment once = *parse_moment("2027-10-31 04:30", context);
    EXPECT_EQ(once.as_end(), once.as_start());
}

TEST(MomentTest, WithoutAZoneTimesAreUtc) {
    const MomentContext context{at("2026-11-22 13:30:15")};
    EXPECT_EQ(parse_moment("02:30", context)->at, at("2026-11-22 02:30:00"));
}

}  // namespace
}  // namespace quantum::times
