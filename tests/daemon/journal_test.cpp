// Records for the system journal, sent to a stand-in for it.
#include "daemon/journal.hpp"

#include <chrono>
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quantum/testing/simulated_clock.hpp"

#include "daemon/logger.hpp"
#include "support/datagram_socket.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct JournalTest : testing::Test {
    ScratchDirectory scratch;
    const std::string path = scratch.path("socket");
    SimulatedClock clock{WallTime(1'763'769'900s)};
};

TEST_F(JournalTest, EachLineIsADatagram) {
    test::DatagramSocket journal(path);
    const auto socket = connect_to_journal(path);
    ASSERT_TRUE(socket) << socket.error().message;
    Logger logger(socket->get(), LogFormat::journal, clock);
    LogLine first = logger.line(LogLevel::info, "first");
    LogLine second = logger.line(LogLevel::info, "second");
    second.text("job", "etl");
    logger.defer(first);
    logger.write(second);
    const auto records = journal.all();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0], "PRIORITY=6\nSYSLOG_IDENTIFIER=quantum\nMESSAGE=first\n");
    EXPECT_THAT(records[1], HasSubstr("QUANTUM_JOB=etl\nMESSAGE=second: job=etl\n"));
}

TEST_F(JournalTest, OneThatTakesNoMoreLosesNothingThatFitsAndStopsNobody) {
    test::DatagramSocket journal(path);
    const auto socket = connect_to_journal(path);
    ASSERT_TRUE(socket);
    int flushes = 0;
    Logger logger(socket->get(), LogFormat::journal, clock, [&flushes](Duration) { ++flushes; });
    constexpr int lines = 300;  // more than the kernel keeps for a reader
    for (int i = 0; i < lines; ++i) logger.info("line " + std::to_string(i));
    EXPECT_GT(flushes, 0);
    int next = 0;
    for (int round = 0; round < lines && next < lines; ++round) {
        for (const std::string& record : journal.all()) {
            EXPECT_THAT(record, HasSubstr("MESSAGE=line " + std::to_string(next++) + "\n"));
        }
        logger.flush();
    }
    EXPECT_EQ(next, lines);
}

TEST_F(JournalTest, OneThatIsGoneStopsNobody) {
    base::FileDescriptor socket;
    {
        test::DatagramSocket journal(path);
        socket = std::move(*connect_to_journal(path));
    }
    Logger logger(socket.get(), LogFormat::journal, clock);
    logger.info("nobody reads this");
    EXPECT_FALSE(connect_to_journal(scratch.path("none")));
    EXPECT_FALSE(connect_to_journal(std::string(200, 'x')));
}

TEST_F(JournalTest, StandardErrorIsItIfTheEnvironmentSaysSo) {
    struct stat status {};
    ASSERT_EQ(fstat(STDERR_FILENO, &status), 0);
    const std::string own = std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
    setenv("JOURNAL_STREAM", own.c_str(), 1);
    EXPECT_TRUE(take_journal_stream());
    EXPECT_EQ(getenv("JOURNAL_STREAM"), nullptr);
    EXPECT_FALSE(take_journal_stream());
    setenv("JOURNAL_STREAM", (own + "1").c_str(), 1);
    EXPECT_FALSE(take_journal_stream());
}

TEST_F(JournalTest, KindsThatMatterHaveAnId) {
    for (const char* message : {"quantum started", "execution ended", "reloaded"}) {
        EXPECT_EQ(journal_id(message).size(), 32u) << message;
    }
    EXPECT_EQ(journal_id("something else"), "");
}

}  // namespace
}  // namespace quantum::daemon
