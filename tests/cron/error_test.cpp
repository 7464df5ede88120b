#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "quantum/cron.hpp"

namespace quantum {
namespace {

/// A wrong text: where the error lies, and what the message must say.
struct ErrorCase {
    const char* name;
    Dialect dialect;
    const char* text;
    const char* field;  ///< "" for the text as a whole
    unsigned column;
    unsigned length;
    const char* says;
};

void PrintTo(const ErrorCase& c, std::ostream* out) { *out << c.name; }

class ErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(ErrorTest, NamesTheFieldAndSaysWhatIsAllowed) {
    const ErrorCase& c = GetParam();
    const auto parsed = parse_cron(c.text, c.dialect);
    ASSERT_FALSE(parsed) << "accepted: " << c.text;
    const CronError& error = parsed.error();
    EXPECT_EQ(error.in_field ? std::string(cron::to_string(error.field)) : "", c.field);
    EXPECT_EQ(error.column, c.column);
    EXPECT_EQ(error.length, c.length);
    const std::string message = cron::explain(error, c.text, c.dialect);
    EXPECT_NE(message.find(c.says), std::string::npos) << message;
}

using enum Dialect;

const ErrorCase cases[] = {
    {"Empty", Dialect::cron, "", "", 1, 1, "minute, hour, day, month, weekday"},
    {"OnlyBlanks", Dialect::cron, "   ", "", 1, 1, "the expression is empty"},
    {"MinuteSixty", Dialect::cron, "60 * * * *", "minute", 1, 2,
     "0 to 59; the full hour is minute 0"},
    {"HourTwentyFour", Dialect::cron, "0 24 * * *", "hour", 3, 2, "midnight is 0"},
    {"DayZero", Dialect::cron, "0 0 0 * *", "day", 5, 1, "starts at 1"},
    {"WeekdayEight", Dialect::cron, "0 0 * * 7-8", "weekday", 11, 1, "did you mean 0-1?"},
    {"ZeroStep", Dialect::cron, "*/0 * * * *", "minute", 3, 1, "steps start at 1"},
    {"StepWithoutNumber", Dialect::cron, "*/ * * * *", "minute", 2, 1, "is not a valid step"},
    {"SixFields", Dialect::cron, "0 0 0 * * *", "", 11, 1, "dialect seconds, spring or quartz"},
    {"FourFields", Dialect::cron, "0 0 * *", "weekday", 8, 1, "the weekday field is missing"},
    {"LongWeekdayName", Dialect::cron, "0 9 * * mon,TUES", "weekday", 13, 4, "did you mean TUE?"},
    {"LongMonthName", Dialect::cron, "0 9 * January *", "month", 7, 7, "did you mean JAN?"},
    {"MonthInTheWeekdayField", Dialect::cron, "0 9 * * jan", "weekday", 9, 3, "JAN is a month"},
    {"QuestionMark", Dialect::cron, "0 0 ? * 1", "day", 5, 1, "write * for every value"},
    {"HashOfJenkins", Dialect::cron, "H 0 * * *", "minute", 1, 1, "dialect jenkins"},
    {"ReversedRange", Dialect::cron, "0 22-2 * * *", "hour", 3, 4, "did you mean 22-23,0-2?"},
    {"ReversedWeekend", kubernetes, "0 9 * * sat-sun", "weekday", 9, 7, "did you mean 6-7?"},
    {"ReversedWeek", Dialect::cron, "0 9 * * sat-mon", "weekday", 9, 7,
     "did you mean sat,SUN-mon?"},
    {"EmptyListItem", Dialect::cron, "1,,2 * * * *", "minute", 3, 1, "a value is missing"},
    {"Letters", Dialect::cron, "every 5 minutes", "minute", 1, 5, "'every' is not a valid minute"},
    {"Time", Dialect::cron, "1:30 * * * *", "minute", 1, 4, "are separate fields"},
    {"EnDash", Dialect::cron, "0 0 * * 1–5", "weekday", 9, 5, "ASCII"},
    {"UnknownMacro", Dialect::cron, "@fortnightly", "", 1, 12, "@hourly"},
    {"MacroInCapitals", Dialect::cron, "@REBOOT", "", 1, 7, "did you mean @reboot?"},
    {"MacroWithMore", Dialect::cron, "@hourly 5", "", 1, 9, "nothing may follow @hourly"},
    {"IntervalWithoutUnit", Dialect::cron, "@every 5", "", 8, 1, "is not a valid interval"},
    {"ThirtiethOfFebruary", Dialect::cron, "0 0 30 2 *", "day", 5, 6, "never occurs"},
    {"LastDayInTheHour", Dialect::cron, "0 L * * *", "hour", 3, 1, "has no meaning in the hour"},
    {"SixthFriday", Dialect::cron, "0 0 * * 5#6", "weekday", 9, 3, "has no meaning"},
    {"HugeNumber", Dialect::cron, "99999999999999999999 * * * *", "minute", 1, 20, "out of range"},
    {"FiveFieldsInSpring", spring, "0 9 * * 1", "weekday", 10, 1, "put a 0 in front"},
    {"BothDaysInQuartz", quartz, "0 0 12 * * *", "weekday", 12, 1, "did you mean '0 0 12 * * ?'?"},
    {"WeekdayZeroInQuartz", quartz, "0 0 12 ? * 0", "weekday", 12, 1, "Sunday is 1"},
    {"FiveFieldsInAws", aws, "cron(0 9 * * *)", "year", 15, 1, "add a year at the end"},
    {"BareFieldsInAws", aws, "0 9 * * ? *", "", 1, 11, "cron(15 10 ? * MON-FRI *)"},
    {"RateWithoutUnit", aws, "rate(5)", "", 6, 1, "rate(5 minutes)"},
    {"RateOfOneInThePlural", aws, "rate(1 hours)", "", 6, 7, "did you mean 1 hour?"},
    {"RateOfSeveralInTheSingular", aws, "rate(5 minute)", "", 6, 8, "did you mean 5 minutes?"},
    {"HugeRate", aws, "rate(4294967295 days)", "", 6, 15, "is not a valid rate"},
    {"OnlyCommas", kubernetes, ", * * * *", "minute", 1, 1, "a value is missing"},
    {"EmptyCalendar", systemd, "", "", 1, 1, "Mon..Fri"},
    {"TwoBlanksInQuantum", Dialect::quantum, "*  * * * *", "hour", 3, 1, "use exactly one space"},
    {"LeapDayOfACommonYear", Dialect::quantum, "0 0 29 2 * 2027", "day", 5, 11, "never occurs"},
    {"NegativeYear", Dialect::quantum, "0 0 1 1 * -2027", "year", 11, 5, "is not a valid year"},
    {"LastDayOffsetInQuantum", Dialect::quantum, "0 0 L-3 * *", "day", 5, 3, "has no meaning"},
    {"ReversedCalendarRange", systemd, "Fri..Mon 12:00", "weekday", 1, 8, "Fri..Sun,Mon?"},
    {"SlashWithoutStar", Dialect::cron, "/5 * * * *", "minute", 1, 2, "did you mean */5?"},
    {"StarWithoutSlash", Dialect::cron, "*5 * * * *", "minute", 1, 2, "did you mean */5?"},
    {"ListWithSemicolons", Dialect::cron, "0 9 * * MON;FRI", "weekday", 9, 7, "commas"},
    {"BlankInAList", Dialect::cron, "1, 2 * * * *", "", 12, 1, "a list has no spaces"},
    {"BlankInARange", Dialect::cron, "0 9 * * mon - fri", "", 13, 5, "a range has no spaces"},
    {"Afternoon", Dialect::cron, "0 9pm * * *", "hour", 3, 3, "did you mean 21?"},
    {"Quotes", Dialect::cron, "'0 9 * * *'", "minute", 1, 2, "leave out the quotes"},
    {"LineBreak", Dialect::cron, "0 9 * * *\n", "weekday", 9, 2, "a line break"},
    {"Comment", Dialect::cron, "0 9 * * * # daily", "", 11, 7, "a comment is not part"},
    {"ZoneInCron", Dialect::cron, "TZ=UTC 0 9 * * *", "", 16, 1, "specify it separately"},
    {"AwsInCron", Dialect::cron, "cron(0 9 * * ? *)", "", 16, 2, "the syntax of the dialect aws"},
    {"CalendarInCron", Dialect::cron, "*-*-* 09:00", "minute", 1, 5, "the dialect systemd"},
    {"EnglishInCron", Dialect::cron, "every minute", "minute", 1, 5, "*/5 in the minute field"},
    {"MisspeltMacro", Dialect::cron, "@dayly", "", 1, 6, "did you mean @daily?"},
    {"IntervalInDays", Dialect::cron, "@every 1d", "", 8, 2, "a day is 24h"},
    {"IntervalInWords", Dialect::cron, "@every 5 minutes", "", 8, 9, "did you mean 5m?"},
    {"IntervalUnit", Dialect::cron, "@every 90", "", 8, 2, "90s, 90m or 90h"},
    {"IntervalOfMicroseconds", Dialect::cron, "@every 1us", "", 8, 3, "the minimum is 1ms"},
    {"IntervalOfNothing", Dialect::cron, "@every 0s", "", 8, 2, "the minimum is 1ms"},
    {"IntervalFinerThanAMillisecond", kubernetes, "@every 1.0005s", "", 8, 7,
     "whole number of milliseconds"},
    {"IntervalWithManyDigits", Dialect::cron, "@every 1.0000000001h", "", 8, 13,
     "whole number of milliseconds"},
    {"LastFridayAsDay", Dialect::cron, "0 0 5L * *", "day", 5, 2, "5L in the weekday field"},
    {"LoneLastWeekday", Dialect::cron, "0 0 * * L", "weekday", 9, 1,
     "last Friday of a month is 5L"},
    {"NearestOfTheWeek", Dialect::cron, "0 0 * * 15W", "weekday", 9, 2, "in the day field"},
    {"NearestOfARange", Dialect::cron, "0 0 1-10W * *", "day", 5, 5, "W follows one day"},
    {"NthDay", Dialect::cron, "0 0 5#2 * *", "day", 5, 3, "into the weekday field"},
    {"NthOfNothing", Dialect::cron, "0 0 * * #2", "weekday", 9, 2, "comes first: 5#2"},
    {"OffsetTooLarge", Dialect::cron, "0 0 L-31 * *", "day", 5, 4, "L-1 to L-30"},
    {"TwoTildes", Dialect::cron, "~~ * * * *", "minute", 1, 2, "0~29"},
    {"ReversedMonths", Dialect::cron, "0 0 1 NOV-FEB *", "month", 7, 7, "NOV-DEC,JAN-FEB?"},
    {"ThirtyFirstOfJune", Dialect::cron, "0 0 31 4,6 *", "day", 5, 8, "end on the 30th"},
    {"LastDayInKubernetes", kubernetes, "0 0 L * *", "day", 5, 1, "belong to cron, seconds"},
    {"RebootInKubernetes", kubernetes, "@reboot", "", 1, 7, "belongs to cron, quantum"},
    {"FiveFieldsInQuartz", quartz, "0 12 * * ?", "month", 10, 1, "put a 0 in front"},
    {"TwoQuestionsInQuartz", quartz, "0 0 12 ? * ?", "weekday", 12, 1, "'0 0 12 * * ?'?"},
    {"TwoDaysInQuartz", quartz, "0 0 12 1 * MON", "weekday", 12, 3, "two schedules"},
    {"NoQuestionInAws", aws, "cron(0 9 * * MON *)", "weekday", 14, 3, "cron(0 9 ? * MON *)"},
    {"SecondsInAws", aws, "cron(0 0 9 * * ? *)", "", 18, 1, "no seconds"},
    {"CapitalsInAws", aws, "CRON(0 9 * * ? *)", "", 1, 17, "in lowercase"},
    {"RateInSeconds", aws, "rate(5 seconds)", "", 6, 9, "the smallest unit is a minute"},
    {"DateInAws", aws, "at(2026-11-22)", "", 4, 10, "the time is missing"},
    {"LeapSecondInAws", aws, "at(2026-11-22T08:30:60)", "", 4, 19, "2026-11-22T08:30:60"},
    {"SmallHash", jenkins, "h * * * *", "minute", 1, 1, "write H in uppercase"},
    {"SecondsInQuantum", Dialect::quantum, "* * * * * * *", "", 13, 1, "quantum-extended"},
    {"CronInSystemd", systemd, "0 9 * * *", "", 1, 1, "looks like the dialect cron"},
    {"TimeWithT", systemd, "2026-11-22T08:00", "", 14, 3, "not 'T'"},
    {"LongWeekday", systemd, "Tues 8:00", "weekday", 1, 4, "did you mean Tue?"},
    {"WeekdayBehind", systemd, "8:00 Mon", "", 5, 4, "the weekday comes first"},
    {"NegativeStep", kubernetes, "*/-5 * * * *", "minute", 2, 3, "is not a valid step"},
    {"StepBeyondAnInt", spring, "1/2147483648 * * * * *", "second", 3, 10, "out of range"},
    {"WeekFromSeven", Dialect::cron, "0 0 * * 7-1", "weekday", 9, 3, "did you mean 0-1?"},
    {"StepWithoutEnd", Dialect::cron, "*/99999999999999999999 * * * *", "minute", 3, 20, "range"},
    {"ReversedYears", quartz, "0 0 0 1 1 ? 2030-2026", "year", 13, 9, "2026-2030?"},
    {"CalendarHour", systemd, "Mon *-*-* 25:00:00", "hour", 11, 2, "out of range"},
};
INSTANTIATE_TEST_SUITE_P(Texts, ErrorTest, testing::ValuesIn(cases),
                         [](const auto& c) { return std::string(c.param.name); });

TEST(ErrorMessageTest, CutsLongTextsAndHidesControlCharacters) {
    const std::string text = std::string(1000, 'x') + " * * * *";
    const auto parsed = parse_cron(text);
    ASSERT_FALSE(parsed);
    EXPECT_LT(cron::explain(parsed.error(), text, Dialect::cron).size(), 200u);
    const std::string bell = "\a * * * *";
    const auto other = parse_cron(bell);
    ASSERT_FALSE(other);
    EXPECT_EQ(cron::explain(other.error(), bell, Dialect::cron).find('\a'), std::string::npos);
}

}  // namespace
}  // namespace quantum
