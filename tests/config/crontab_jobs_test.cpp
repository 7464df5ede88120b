#include "config/crontab_jobs.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const Account me{"me", "/home/me"};

std::optional<std::vector<Job>> jobs_of_text(std::string_view text, Environment inherited = {}) {
    Crontab crontab = parse_crontab(text, {.stem = "site"});
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
    Crontab crontab = parse_crontab("0 3 * * * me a\n0 3 * * * root b\n", {.system = true});
    check_users(crontab, me);
    ASSERT_EQ(crontab.diagnostics.size(), 1u);
    EXPECT_EQ(crontab.diagnostics[0].line, 2u);
    EXPECT_EQ(crontab.diagnostics[0].column, 11u);
    EXPECT_THAT(crontab.diagnostics[0].message, HasSubstr("'root'"));
    const auto jobs = make_jobs(crontab, {.path = "x", .account = me, .inherited = {}});
    ASSERT_EQ(jobs.size(), 1u);
    EXPECT_EQ(jobs[0].source(), "x:1");
}

TEST(CrontabJobsTest, RootMayRunThemAsWhomThisMachineKnows) {
    Crontab crontab = parse_crontab(
        "0 3 * * * daemon a\n0 3 * * * nobody-we-know b\n0 3 * * * nobody-we-know c\n",
        {.system = true});
    check_users(crontab, {"root", "/root", true});
    ASSERT_EQ(crontab.diagnostics.size(), 2u);
    EXPECT_THAT(crontab.diagnostics[1].message, HasSubstr("does not exist on this machine"));
    EXPECT_TRUE(crontab.entries[0].good);
    EXPECT_FALSE(crontab.entries[2].good);
}

TEST(CrontabJobsTest, WhatStandsUnderAnErrorIsNotGood) {
    const auto good_commands = [](std::string_view text) {
        std::string commands;
        for (const CrontabEntry& entry : parse_crontab(text).entries) {
            if (entry.good) commands += entry.command;
        }
        return commands;
    };
    EXPECT_EQ(good_commands("0 1 * * * a\n61 1 * * * b\n0 1 * * * c\n"), "ac");
    EXPECT_EQ(good_commands("0 1 * * * a\nCRON_TZ=No/Where\n0 1 * * * b\nCRON_TZ=UTC\n"
                            "0 1 * * * c\n"),
              "ac");
    EXPECT_EQ(good_commands("0 1 * * * a\nX='1\n0 1 * * * b\n"), "a");
    EXPECT_EQ(good_commands("# name: x\n0 1 * * * a\n# name: x\n0 1 * * * b\n0 1 * * * c\n"), "ac");
    EXPECT_EQ(good_commands("# name: /x\n0 1 * * * a\n0 1 * * * b\n"), "b");
}

}  // namespace
}  // namespace quantum::config
