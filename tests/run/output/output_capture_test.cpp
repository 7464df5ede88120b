#include "run/output/output_capture.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/output/spool_reader.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

constexpr std::size_t head = OutputCapture::head_limit;
constexpr std::size_t tail = OutputCapture::tail_limit;

/// Bytes that tell where they stood.
std::string numbered(std::size_t size, std::size_t from = 0) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>((i + from) * 2'654'435'761U >> 13U);
    }
    return bytes;
}

struct CaptureCase {
    std::string name;
    std::size_t bytes;
    std::size_t chunk;
    bool file;
};

struct OutputCaptureTest : testing::TestWithParam<CaptureCase> {
    ScratchDirectory scratch;
};

TEST_P(OutputCaptureTest, KeepsBothEndsAndTheTrueCount) {
    const CaptureCase& test = GetParam();
    const std::string written = numbered(test.bytes);
    OutputCapture capture(test.file ? scratch.path("spool/run.1") : "");

    for (std::size_t at = 0; at < written.size(); at += test.chunk) {
        capture.write(std::string_view(written).substr(at, test.chunk));
    }
    const auto output = capture.take();

    ASSERT_NE(output, nullptr);
    EXPECT_EQ(output->bytes, test.bytes);
    EXPECT_EQ(output->head, written.substr(0, head));
    const std::size_t rest = test.bytes > head ? std::min(test.bytes - head, tail) : 0;
    EXPECT_TRUE(output->tail == written.substr(test.bytes - rest));
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, OutputCaptureTest,
    testing::Values(CaptureCase{"OneByte", 1, 1, true}, CaptureCase{"Head", head, 4096, true},
                    CaptureCase{"HeadAndOne", head + 1, 4096, true},
                    CaptureCase{"Both", head + tail, 65536, true},
                    CaptureCase{"BothAndOne", head + tail + 1, 65536, true},
                    CaptureCase{"OddChunks", 3'000'001, 7919, true},
                    CaptureCase{"OneHugeChunk", 3'000'001, 4'000'000, true},
                    CaptureCase{"HeadAndOneInMemory", head + 1, 100, false},
                    CaptureCase{"BothAndOneInMemory", head + tail + 1, 65536, false},
                    CaptureCase{"OddChunksInMemory", 3'000'001, 7919, false},
                    CaptureCase{"OneHugeChunkInMemory", 3'000'001, 4'000'000, false}),
    [](const auto& test) { return test.param.name; });

struct SpoolTest : testing::Test {
    ScratchDirectory scratch;
    std::string path = scratch.path("spool/run.1");
    OutputCapture capture{path};

    [[nodiscard]] bool there() const { return access(path.c_str(), F_OK) == 0; }
};

TEST_F(SpoolTest, ThereIsNoFileForASilentRun) {
    EXPECT_EQ(capture.take(), nullptr);
    EXPECT_FALSE(there());
}

TEST_F(SpoolTest, TheFileIsItsOwnersOnlyAndGoesWithTheLastOwnerOfTheOutput) {
    capture.write("secret");
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    auto output = capture.take();
    EXPECT_TRUE(there());
    output.reset();
    EXPECT_FALSE(there());
}

TEST_F(SpoolTest, TheFileStaysBoundedHoweverMuchIsWritten) {
    for (int i = 0; i < 100; ++i) capture.write(numbered(100'000));
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_LE(static_cast<std::size_t>(status.st_size), OutputCapture::header_size + head + tail);
}

TEST_F(SpoolTest, ASymbolicLinkInItsPlaceIsNotFollowed) {
    const std::string victim = scratch.write("victim", "precious");
    mkdir(scratch.path("spool").c_str(), 0700);
    ASSERT_EQ(symlink(victim.c_str(), path.c_str()), 0);
    capture.write("overwrite");
    EXPECT_EQ(capture.take()->head, "overwrite");  // kept in memory
    struct stat status {};
    ASSERT_EQ(stat(victim.c_str(), &status), 0);
    EXPECT_EQ(status.st_size, 8);
}

TEST_F(SpoolTest, AReaderSeesTheRunWhileItGoesOn) {
    EXPECT_EQ(SpoolReader::open(path).error().code, ErrorCode::not_found);
    capture.write("one\n");
    auto reader = SpoolReader::open(path);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(reader->next().bytes, "one\n");
    EXPECT_EQ(reader->next().bytes, "");
    capture.write("two\n");
    EXPECT_EQ(reader->next().bytes, "two\n");
    EXPECT_EQ(reader->all(), (CapturedOutput{"one\ntwo\n", "", 8}));
}

TEST_F(SpoolTest, TellsWhenTheRunBegan) {
    const WallTime began(std::chrono::seconds(1'800'000'000));
    OutputCapture other(scratch.path("spool/run.2"), began);
    other.write("text");
    const RecoveredRun found = recover_run(scratch.path("spool/run.2"));
    ASSERT_TRUE(found.output);
    EXPECT_EQ(found.output->head, "text");
    EXPECT_EQ(found.started, began);
}

TEST_F(SpoolTest, OfAnEarlierVersionIsReadTooWithoutTheStart) {
    mkdir(scratch.path("spool").c_str(), 0700);
    scratch.write("spool/old.1", std::string("QSPOOL1\n") + std::string(8, '\0') + "as it was");
    const RecoveredRun found = recover_run(scratch.path("spool/old.1"));
    ASSERT_TRUE(found.output);
    EXPECT_EQ(*found.output, (CapturedOutput{"as it was", "", 9}));
    EXPECT_FALSE(found.started);
}

TEST_F(SpoolTest, AReaderThatKeepsUpSeesEveryByte) {
    const std::string written = numbered(1'000'000);
    std::string read;
    std::optional<SpoolReader> reader;
    for (std::size_t at = 0; at < written.size(); at += 50'000) {
        capture.write(std::string_view(written).substr(at, 50'000));
        if (!reader) reader = std::move(SpoolReader::open(path)).value();
        for (auto news = reader->next(); !news.bytes.empty(); news = reader->next()) {
            EXPECT_EQ(news.lost, 0U);
            read += news.bytes;
        }
    }
    EXPECT_TRUE(read == written);
}

TEST_F(SpoolTest, AReaderThatFallsBehindIsToldHowMuchItMissed) {
    const std::string written = numbered(1'000'000);
    capture.write(written);
    auto reader = std::move(SpoolReader::open(path)).value();
    EXPECT_TRUE(reader.next().bytes == written.substr(0, head));
    const auto news = reader.next();
    EXPECT_EQ(news.lost, written.size() - head - tail);
    EXPECT_TRUE(news.bytes == written.substr(written.size() - tail));
    const CapturedOutput all = reader.all();
    EXPECT_EQ(all.bytes, written.size());
    EXPECT_TRUE(all.tail == news.bytes);
}

TEST_F(SpoolTest, WhatIsNoSpoolIsRefused) {
    EXPECT_EQ(SpoolReader::open(scratch.write("other", "text")).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace quantum::run
