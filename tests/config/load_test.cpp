#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/scratch_directory.hpp"

namespace quantum::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct LoadTest : testing::Test {
    ScratchDirectory scratch;
    LoadOptions options{.system = false, .zone = "UTC", .account = {"me", "/"}, .inherited = {}};

    Result<std::vector<Job>> jobs(const std::vector<std::string>& paths) {
        return jobs_of(load_files(paths, options));
    }
};

TEST_F(LoadTest, FilesAreReadInTheirOrder) {
    const auto loaded = jobs({scratch.write("b.crontab", "0 1 * * * one\n"),
                              scratch.write("a.crontab", "0 1 * * * one\n0 1 * * * two\n")});

    ASSERT_TRUE(loaded);
    ASSERT_EQ(loaded->size(), 3u);
    EXPECT_EQ((*loaded)[0].name(), "b:one");
    EXPECT_EQ((*loaded)[1].name(), "a:one");
    EXPECT_EQ((*loaded)[2].name(), "a:two");
}

TEST_F(LoadTest, WhatFilesSayOfAllJobsCountsTogether) {
    const std::string first = scratch.write("a.toml",
                                            "allow_run_as = [\"x\", \"y\"]\nallow_run_as_group = "
                                            "[\"g\"]\ntag_concurrency = { t = 3, v = 4 }\n");
    const std::string crontab = scratch.write("b.crontab", "0 1 * * * one\n");
    const std::string second =
        scratch.write("c.toml",
                      "allow_run_as = [\"y\", \"z\"]\nallow_run_as_group = [\"h\", "
                      "\"g\"]\ntag_concurrency = { t = 2, u = 9, v = 5 }\n");
    const auto settings = [&](std::vector<std::string> paths) {
        return common_settings(load_files(paths, options));
    };
    // The smaller limit, whichever file says it.
    const std::map<std::string, std::size_t, std::less<>> limits{{"t", 2}, {"u", 9}, {"v", 4}};
    EXPECT_EQ(settings({first, crontab, second}),
              (CommonSettings{{"x", "y", "z"}, {"g", "h"}, limits}));
    EXPECT_EQ(settings({second, crontab, first}),
              (CommonSettings{{"y", "z", "x"}, {"h", "g"}, limits}));
}

TEST_F(LoadTest, OneBadLineRefusesEverything) {
    const std::string bad =
        scratch.write("bad.crontab", "0 1 * * * a\n61 1 * * * b\n1 x * * * c\n");

    const auto loaded = jobs({scratch.write("good.crontab", "0 1 * * * a\n"), bad});

    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().message, StartsWith(bad + ":2:1: "));
    EXPECT_THAT(loaded.error().message, HasSubstr("(and 1 more)"));
}

TEST_F(LoadTest, WarningsRefuseNothing) {
    EXPECT_TRUE(jobs({scratch.write("a", "MAILTO=me\n0 1 * * * date +%Y")}));
}

TEST_F(LoadTest, AMissingFileIsNamed) {
    const auto loaded = jobs({scratch.path("none")});

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::not_found);
    EXPECT_THAT(loaded.error().message, StartsWith(scratch.path("none") + ": cannot open"));
}

TEST_F(LoadTest, TwoFilesMayNotGiveTheSameName) {
    const std::string first = scratch.write("a", "# name: x\n0 1 * * * a\n");
    const std::string second = scratch.write("b", "X=1\n# name: x\n0 1 * * * b\n");

    const auto loaded = jobs({first, second});

    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().message, StartsWith(second + ":3:11: "));
    EXPECT_THAT(loaded.error().message, HasSubstr("'x' is already used by " + first + ":2"));
}

TEST_F(LoadTest, CrontabsAndJobFilesGoTogether) {
    const std::string crontab = scratch.write("a", "# name: x\n0 1 * * * a\n");
    const std::string other =
        scratch.write("b.toml", "[jobs.y]\nschedule=\"@daily\"\nshell=\"b\"\n");
    const auto loaded = jobs({crontab, other});
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(loaded->size(), 2u);
    EXPECT_EQ((*loaded)[1].name(), "y");
    EXPECT_EQ((*loaded)[1].source(), other + ":1");

    const std::string clash = scratch.write(
        "c.toml", "[jobs.x]\nschedule=\"@daily\"\nshell=\"c\"\n[jobs.z]\nschedule=1\n");
    const auto refused = jobs({crontab, clash});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("(and 2 more)"));
    const auto files = load_files(std::vector{crontab, clash}, options);
    EXPECT_THAT(files[1].diagnostics().front().message,
                "the name 'x' is already used by " + crontab + ":2");
    EXPECT_EQ(files[0].jobs.size(), 1u);
    EXPECT_TRUE(files[1].jobs.empty());
}

TEST_F(LoadTest, AnotherUsersEntryIsRefused) {
    options.system = true;

    const auto loaded = jobs({scratch.write("a", "0 1 * * * me a\n0 1 * * * you b\n")});

    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().message, HasSubstr(":2:11: the user 'you'"));
}

TEST_F(LoadTest, TheZoneOfTheProgramHoldsWhereTheFileSetsNone) {
    options.zone = "Asia/Tokyo";

    const auto loaded = jobs({scratch.write("a", "0 1 * * * a\n")});

    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->front().schedule()->zone_name(), "Asia/Tokyo");
}

}  // namespace
}  // namespace quantum::config
