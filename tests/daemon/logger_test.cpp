#include "daemon/logger.hpp"

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/logger_fixture.hpp"

namespace quantum::daemon {
namespace {

using namespace std::chrono_literals;

TEST_F(LoggerTest, WritesTimeLevelMessageAndFields) {
    LogLine line = logger->line(LogLevel::info, "execution started");
    line.text("job", "a b").number("attempt", 2);
    logger->write(line);
    EXPECT_EQ(written(),
              "time=2025-11-22T00:05:00.000000Z level=info msg=\"execution started\" job=\"a b\" "
              "attempt=2\n");
}

TEST_F(LoggerTest, WritesJsonObjects) {
    make(LogFormat::json);
    LogLine line = logger->line(LogLevel::error, "x");
    line.number("n", -1).bytes("good", "ok").bytes("bad", "a\xff");
    logger->write(line);
    EXPECT_EQ(
        written(),
        "{\"time\":\"2025-11-22T00:05:00.000000Z\",\"level\":\"error\",\"msg\":\"x\",\"n\":-1,"
        "\"good\":\"ok\",\"bad\":\"a\\ufffd\",\"bad_base64\":\"Yf8=\"}\n");
}

std::vector<std::string> times_in(const std::string& text) {
    std::vector<std::string> times;
    for (std::size_t at = 0; (at = text.find("25-11-22T", at)) != std::string::npos; ++at) {
        times.push_back(text.substr(at + 9, 15));
    }
    return times;
}

// What happened on another thread may be written down late.
TEST_F(LoggerTest, LinesAreInTheOrderOfTheirTimes) {
    for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
        make(format);
        const WallTime noon = clock.wall_now();
        LogLine later = logger->line(noon + 4ms, LogLevel::info, "later");
        LogLine earlier = logger->line(noon + 1ms, LogLevel::info, "earlier");
        LogLine output = logger->line(noon + 2ms, LogLevel::info, {});
        LogLine next = logger->line(noon + 5ms, LogLevel::info, "next");
        earlier.text("x", "2025");
        logger->write(later);
        logger->write(earlier);
        logger->defer(output);
        logger->write(next);
        const std::string text = written();
        EXPECT_EQ(times_in(text), (std::vector<std::string>{"00:05:00.004000", "00:05:00.004000",
                                                            "00:05:00.004000", "00:05:00.005000"}))
            << text;
    }
}

TEST_F(LoggerTest, AClockThatWasSetBackIsBelieved) {
    logger->info("before");
    clock.set_wall(clock.wall_now() - 10s);
    logger->info("after");
    EXPECT_EQ(times_in(written()),
              (std::vector<std::string>{"00:05:00.000000", "00:04:50.000000"}));
}

TEST_F(LoggerTest, DeferredLinesWaitForAFlushOrForTheNextLineAndKeepTheirOrder) {
    LogLine first = logger->line(LogLevel::info, "1");
    logger->defer(first);
    LogLine second = logger->line(LogLevel::info, "2");
    logger->defer(second);
    EXPECT_EQ(written(), "");
    EXPECT_EQ(flushes_requested, 1);
    logger->info("3");
    const std::string text = written();
    EXPECT_LT(text.find("msg=1"), text.find("msg=2"));
    EXPECT_LT(text.find("msg=2"), text.find("msg=3"));
    logger->flush();
    LogLine last = logger->line(LogLevel::info, "4");
    logger->defer(last);
    EXPECT_EQ(flushes_requested, 2);
    logger.reset();
    EXPECT_NE(written().find("msg=4"), std::string::npos);
}

TEST_F(LoggerTest, DeferredLinesGoOutBeforeTheyFillMemory) {
    const std::string long_text(1000, 'x');
    for (int i = 0; i < 66; ++i) {
        LogLine line = logger->line(LogLevel::info, long_text);
        logger->defer(line);
    }
    EXPECT_GT(written().size(), 60'000U);
}

TEST_F(LoggerTest, RepeatedWarningsAreHeldBackForAMinuteAndCounted) {
    for (int i = 0; i < 5; ++i) logger->warn("disk is slow");
    logger->warn("another");
    EXPECT_EQ(written(),
              "time=2025-11-22T00:05:00.000000Z level=warning msg=\"disk is slow\"\n"
              "time=2025-11-22T00:05:00.000000Z level=warning msg=another\n");
    clock.advance(1min);
    logger->warn("disk is slow");
    EXPECT_EQ(written(),
              "time=2025-11-22T00:06:00.000000Z level=warning msg=\"disk is slow\" held_back=4\n");
    const std::array job{LogField{"job", "a"}};
    logger->log(LogLevel::warning, "disk is slow", job);  // about something else
    EXPECT_NE(written(), "");
}

TEST_F(LoggerTest, ErrorsAreNeverHeldBack) {
    logger->error("x");
    logger->error("x");
    EXPECT_EQ(written().size(),
              2 * std::string("time=2025-11-22T00:05:00.000000Z level=error msg=x\n").size());
}

TEST_F(LoggerTest, AClosedReaderStopsNobody) {
    signal(SIGPIPE, SIG_IGN);
    reader.reset();
    logger->info("nobody reads this");
    signal(SIGPIPE, SIG_DFL);
}

TEST_F(LoggerTest, ALogThatNobodyReadsStopsNobodyAndSaysWhatWasDropped) {
    // A pipe that blocks its writers.
    ASSERT_EQ(fcntl(writer.get(), F_SETFL, 0), 0);
    const std::string payload(1000, 'x');
    constexpr int lines = 6000;
    for (int i = 0; i < lines; ++i) {
        LogLine line = logger->line(LogLevel::info, "m");
        line.number("n", i).text("payload", payload);
        logger->write(line);
    }
    EXPECT_GT(flushes_requested, 0);

    // The reader is back, and takes what there is.
    std::string text;
    for (std::string more = written(); !more.empty(); more = written()) {
        text += more;
        logger->flush();
    }
    int next = 0;
    while (text.find(" n=" + std::to_string(next) + " ") != std::string::npos) ++next;
    EXPECT_GT(next, 3000);
    EXPECT_LT(next, lines);
    EXPECT_NE(text.find("dropped=" + std::to_string(lines - next)), std::string::npos)
        << next << text.substr(text.size() - 300);

    LogLine line = logger->line(LogLevel::info, "back");
    logger->write(line);
    EXPECT_NE(written().find("msg=back"), std::string::npos);
}

}  // namespace
}  // namespace quantum::daemon
