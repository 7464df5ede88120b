// One record in each of the formats.
#include "daemon/log_line.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/logger_fixture.hpp"
#include "zone/zone.hpp"

namespace quantum::daemon {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr WallTime noon{1'763'812'800s};  // Sat 22 Nov 2025 12:00 UTC

LogLine make(const LogStyle& style, LogLevel level = LogLevel::info,
             std::string_view message = "a file is bad") {
    return {style, noon + 4567us, level, message};
}

TEST(LogLineTest, DurationsAreNumbersForPrograms) {
    const auto line = [](LogFormat format) {
        return make(format, LogLevel::info, "x").duration("lateness", 1234567us).finish();
    };
    EXPECT_THAT(line(LogFormat::logfmt), HasSubstr(" lateness=1.234567s\n"));
    EXPECT_THAT(line(LogFormat::json), HasSubstr(",\"lateness_us\":1234567}\n"));
    EXPECT_THAT(line(LogFormat::journal), HasSubstr("\nQUANTUM_LATENESS_USEC=1234567\n"));
    EXPECT_EQ(line(LogFormat::text), "12:00:00.004   x: lateness=1.2s\n");
}

TEST(LogLineTest, AsTextFieldsFollowTheMessageUnlessThereIsASentence) {
    EXPECT_EQ(make(LogFormat::text).text("file", "a b").number("jobs", 3).finish(),
              "12:00:00.004   a file is bad: file=\"a b\" jobs=3\n");
    EXPECT_EQ(make(LogFormat::text).text("file", "a b").sentence("it is bad").finish(),
              "12:00:00.004   it is bad\n");
    EXPECT_EQ(make(LogFormat::text, LogLevel::warning).finish(), "12:00:00.004 ~ a file is bad\n");
    EXPECT_EQ(make(LogFormat::text, LogLevel::error).finish(), "12:00:00.004 ! a file is bad\n");
    EXPECT_EQ(make(LogFormat::text).sign('>').finish(), "12:00:00.004 > a file is bad\n");
}

TEST(LogLineTest, ASentenceIsForPeopleOnly) {
    for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
        LogLine line = make(format);
        EXPECT_FALSE(line.is_for_people());
        EXPECT_THAT(line.sentence("it is bad").sign('!').finish(),
                    AllOf(HasSubstr("a file is bad"), Not(HasSubstr("it is bad"))));
    }
}

TEST(LogLineTest, ColorsMarkWhatNeedsAttention) {
    const LogStyle colors(LogFormat::text, true);
    EXPECT_EQ(make(colors).finish(), "12:00:00.004   a file is bad\n");
    EXPECT_EQ(make(colors, LogLevel::error).finish(),
              "12:00:00.004 \x1b[1;31m!\x1b[0m a file is bad\n");
    EXPECT_EQ(make(colors, LogLevel::warning).finish(),
              "12:00:00.004 \x1b[1;33m~\x1b[0m a file is bad\n");
    EXPECT_EQ(make(colors, LogLevel::warning).sign('!').finish(),
              "12:00:00.004 \x1b[1;31m!\x1b[0m a file is bad\n");
}

TEST(LogLineTest, NothingInATextMovesTheCursorOrStartsALine) {
    const std::string line = make(LogFormat::text).sentence("a\nb\x1b[2J\r\xff").finish();
    EXPECT_EQ(line, "12:00:00.004   a b\\x1b[2J\\r\\xff\n");
    EXPECT_EQ(make(LogFormat::text, LogLevel::info, "x\ny").text("k", "a\nb").finish(),
              "12:00:00.004   x y: k=\"a\\nb\"\n");
}

TEST(LogLineTest, TimesForPeopleAreThoseOfTheZone) {
    const zone::Zone* const zurich = zone::Zone::named("Europe/Zurich");
    ASSERT_NE(zurich, nullptr);
    EXPECT_EQ(make(LogStyle(LogFormat::text, false, zurich)).finish(),
              "13:00:00.004   a file is bad\n");
    EXPECT_EQ(time_of_day(noon, zurich, false), "13:00:00");
    EXPECT_EQ(day_text(noon, nullptr), "Sat 22 Nov 2025");
    EXPECT_EQ(day_text(noon + 11h, zurich), "Sun 23 Nov 2025");
}

TEST(LogLineTest, ARecordForTheJournalHasFieldsAndAMessage) {
    LogLine line = make(LogFormat::journal, LogLevel::warning, "execution ended");
    line.text("job", "etl:load").text("execution", "01a2").text("outcome", "failed");
    line.text("reason", "one\ntwo").number("exit_code", 3).sentence("etl:load failed");
    const std::string record = line.finish();
    EXPECT_THAT(record, HasSubstr("PRIORITY=4\nSYSLOG_IDENTIFIER=quantum\n"
                                  "MESSAGE_ID=66d7002536e745d0ae3f19fade883049\n"
                                  "QUANTUM_JOB=etl:load\nQUANTUM_EXECUTION_ID=01a2\n"
                                  "QUANTUM_OUTCOME=failed\n"));
    EXPECT_THAT(record,
                HasSubstr(std::string("\nQUANTUM_REASON\n\x07\0\0\0\0\0\0\0one\ntwo\n", 32)));
    EXPECT_TRUE(record.ends_with("QUANTUM_EXIT_CODE=3\nMESSAGE=etl:load failed\n")) << record;
    EXPECT_TRUE(make(LogFormat::journal)
                    .text("file", "x")
                    .finish()
                    .ends_with("\nQUANTUM_FILE=x\nMESSAGE=a file is bad: file=x\n"));
}

struct TextLogTest : LoggerTest {};

TEST_F(TextLogTest, SaysTheDayWheneverOneBegins) {
    make(LogFormat::text);
    logger->info("one");
    clock.advance(1h);
    logger->info("two");
    clock.advance(24h);
    logger->info("three");
    EXPECT_EQ(written(),
              "Sat 22 Nov 2025\n"
              "00:05:00.000   one\n"
              "01:05:00.000   two\n"
              "Sun 23 Nov 2025\n"
              "01:05:00.000   three\n");
}

}  // namespace
}  // namespace quantum::daemon
