#include "config/read_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/scratch_directory.hpp"

namespace quantum::config {
namespace {

using testing::HasSubstr;

struct ReadFileTest : testing::Test {
    ScratchDirectory scratch;
};

TEST_F(ReadFileTest, GivesEveryByte) {
    std::string bytes("a\0b\n\xFF", 5);
    bytes += std::string(300'000, 'x');

    const auto text = read_file(scratch.write("file", bytes));

    ASSERT_TRUE(text);
    EXPECT_EQ(*text, bytes);
}

TEST_F(ReadFileTest, ReadsAnEmptyFile) {
    EXPECT_EQ(read_file(scratch.write("empty", "")), std::string());
}

TEST_F(ReadFileTest, ReadsWhatTheKernelMakesUpWithoutASize) {
    const auto text = read_file("/proc/self/status");

    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("Name:"));
}

TEST_F(ReadFileTest, NamesWhatIsMissing) {
    const auto text = read_file(scratch.path("none"));

    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::not_found);
    EXPECT_THAT(text.error().message, HasSubstr("none: cannot open: No such file"));
}

TEST_F(ReadFileTest, NamesAPathThroughAFile) {
    const auto text = read_file(scratch.write("file", "x") + "/below");

    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::io_error);
    EXPECT_THAT(text.error().message, HasSubstr("Not a directory"));
}

TEST_F(ReadFileTest, RefusesADirectory) {
    const auto text = read_file(scratch.path("."));

    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().message, HasSubstr("is a directory, not a regular file"));
}

TEST_F(ReadFileTest, RefusesAFifoWithoutWaiting) {
    ASSERT_EQ(::mkfifo(scratch.path("fifo").c_str(), 0600), 0);

    const auto text = read_file(scratch.path("fifo"));

    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().message, HasSubstr("is a FIFO"));
}

TEST_F(ReadFileTest, RefusesADeviceWithoutAnEnd) {
    const auto text = read_file("/dev/zero");

    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().message, HasSubstr("is a device"));
}

TEST_F(ReadFileTest, RefusesWhatIsLargerThanTheLimit) {
    const std::string path = scratch.write("large", std::string(1025, 'x'));

    EXPECT_FALSE(read_file(path, base::FileTrust::anybody, 1024));
    EXPECT_TRUE(read_file(path, base::FileTrust::anybody, 1025));
}

}  // namespace
}  // namespace quantum::config
