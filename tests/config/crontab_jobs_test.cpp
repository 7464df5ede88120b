#include "config/crontab_jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const Account me{"me", "/home/me"};

Result<std::vector<Job>> jobs_of_text(std::string_view text, Environment inherited = {},
                                      bool system = false) {
    const Crontab crontab = parse_crontab(text, {.stem = "site", .system = system});
    return make_jobs(
        crontab, {.path = "dir/site.crontab", .account = me, .inherited = std::move(inherited)});
}

Command command_of(const Job& job) { return *command_of(job.task()); }

TEST(CrontabJobsTest, AnEntryRunsInAShellAtHome) {
    const auto jobs = jobs_of_text("X=1\n0 3 * * * mail me%Hello\n");

    ASSERT_TRUE(jobs);
    ASSERT_EQ(jobs->size(), 1u);
    const Job& job = jobs->front();
    EXPECT_EQ(job.name(), "site:mail-me");
    EXPECT_EQ(job.source(), "dir/site.crontab:2");
    EXPECT_EQ(job.overlap(), Overlap::allow);
    EXPECT_EQ(job.schedule()->text(), "0 3 * * *");
    const Command command = command_of(job);
    EXPECT_THAT(command.argv, ElementsAre("/bin/sh", "-c", "mail me"));
    EXPECT_EQ(command.input, "Hello\n");
    EXPECT_EQ(command.working_directory, "/home/me");
    EXPECT_THAT(command.environment,
                ElementsAre(Pair("SHELL", "/bin/sh"), Pair("PATH", "/usr/bin:/bin"),
                            Pair("HOME", "/home/me"), Pair("LOGNAME", "me"), Pair("USER", "me"),
                            Pair("X", "1")));
}

TEST(CrontabJobsTest, TheFileMaySetShellPathAndHomeButNotTheUser) {
    const auto jobs = jobs_of_text(
        "SHELL=/bin/bash\nHOME=/srv\nPATH=/x\nLOGNAME=other\nUSER=other\n0 3 * * * a\n");

    ASSERT_TRUE(jobs);
    const Command command = command_of(jobs->front());
    EXPECT_EQ(command.argv.front(), "/bin/bash");
    EXPECT_EQ(command.working_directory, "/srv");
    EXPECT_THAT(command.environment,
                ElementsAre(Pair("SHELL", "/bin/bash"), Pair("PATH", "/x"), Pair("HOME", "/srv"),
                            Pair("LOGNAME", "me"), Pair("USER", "me")));
}

TEST(CrontabJobsTest, AnEmptyShellIsTheUsualOne) {
    const auto jobs = jobs_of_text("SHELL=\n0 3 * * * a\n");

    ASSERT_TRUE(jobs);
    EXPECT_EQ(command_of(jobs->front()).argv.front(), "/bin/sh");
}

TEST(CrontabJobsTest, InheritedVariablesStandBelowTheFilesOwn) {
    const auto jobs = jobs_of_text("X=file\n0 3 * * * a\n", {{"X", "outer"}, {"Y", "outer"}});

    ASSERT_TRUE(jobs);
    const Command command = command_of(jobs->front());
    EXPECT_EQ(find_variable(command.environment, "X"), "file");
    EXPECT_EQ(find_variable(command.environment, "Y"), "outer");
}

TEST(CrontabJobsTest, ASystemCrontabMayNameTheOwnUserOnly) {
    EXPECT_TRUE(jobs_of_text("0 3 * * * me a\n", {}, true));

    const auto refused = jobs_of_text("0 3 * * * me a\n0 3 * * * root a\n", {}, true);

    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("dir/site.crontab: line 2, column 11"));
    EXPECT_THAT(refused.error().message, HasSubstr("'root'"));
}

}  // namespace
}  // namespace quantum::config
