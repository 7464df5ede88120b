// Crontabs with a field for seconds, and what is said where a file has six fields by mistake.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/crontab.hpp"

namespace quantum::config {
namespace {

using testing::HasSubstr;
using testing::Not;

Crontab parse_crontab_in(const std::string& text, Dialect dialect, bool system = false) {
    return parse_crontab(text, {.system = system, .dialect = dialect});
}

std::string problem(const std::string& text, Dialect dialect = Dialect::cron, bool system = false) {
    const Crontab crontab = parse_crontab_in(text, dialect, system);
    EXPECT_FALSE(crontab.diagnostics.empty()) << text;
    return crontab.diagnostics.empty() ? std::string() : crontab.diagnostics.front().message;
}

constexpr const char* hint = "if the first field is seconds, use --dialect seconds";

TEST(CrontabDialectTest, SecondsHaveAFieldInFront) {
    const Crontab crontab = parse_crontab_in(
        "*/10 * * * * * tick %in\n0 30 8 * * mon-fri work\n@daily day\n", Dialect::seconds);
    for (const Diagnostic& one : crontab.diagnostics) {
        EXPECT_EQ(one.severity, Severity::warning) << one.message;
    }
    ASSERT_EQ(crontab.entries.size(), 3u);
    EXPECT_EQ(crontab.entries[0].command, "tick ");
    EXPECT_EQ(crontab.entries[0].schedule.text(), "*/10 * * * * *");
    EXPECT_EQ(crontab.entries[1].command, "work");
    EXPECT_EQ(crontab.entries[2].command, "day");
}

TEST(CrontabDialectTest, SoTheyHaveWithAUserColumn) {
    const Crontab crontab = parse_crontab_in("*/10 * * * * * root tick\n", Dialect::seconds, true);
    ASSERT_EQ(crontab.entries.size(), 1u);
    EXPECT_EQ(crontab.entries[0].user, "root");
    EXPECT_EQ(crontab.entries[0].command, "tick");
}

TEST(CrontabDialectTest, ASixthFieldIsToldWithWhatToDo) {
    EXPECT_THAT(problem("0 30 8 * * * work\n"), HasSubstr(hint));
    EXPECT_THAT(problem("*/10 * * * * * tick\n"), HasSubstr(hint));
    EXPECT_THAT(problem("*/10 * * * * 1-5 tick\n"), HasSubstr(hint));
    EXPECT_THAT(problem("0 30 8 * * * root work\n", Dialect::cron, true), HasSubstr(hint));
    EXPECT_THAT(problem("*/10 * * * * * root tick\n", Dialect::cron, true), HasSubstr(hint));
    // Another mistake has nothing to do with it.
    EXPECT_THAT(problem("0 25 * * * work\n"), Not(HasSubstr("--dialect")));
}

TEST(CrontabDialectTest, AMissingOrSeventhFieldOfSecondsIsToldToo) {
    EXPECT_THAT(problem("*/5 * * * * tick\n", Dialect::seconds),
                HasSubstr("with --dialect seconds there are six time fields"));
    EXPECT_THAT(problem("*/10 * * * * * * tick\n", Dialect::seconds),
                HasSubstr("a crontab has six time fields"));
    EXPECT_THAT(problem("*/10 * * * * * 2027 tick\n", Dialect::seconds),
                HasSubstr("looks like a seventh time field"));
    EXPECT_THAT(problem("0 0 25 * * * tick\n", Dialect::seconds), Not(HasSubstr("--dialect")));
}

TEST(CrontabDialectTest, WhatHardlyAnybodyMeansIsToldInTheRightField) {
    const Crontab crontab = parse_crontab_in("0 */7 * * * * tick\n", Dialect::seconds);
    ASSERT_EQ(crontab.diagnostics.size(), 1u);
    EXPECT_EQ(crontab.diagnostics[0].column, 3u);
    EXPECT_THAT(crontab.diagnostics[0].message, HasSubstr("starts over at 0"));
    // Extensions of cron's belong to it.
    EXPECT_TRUE(parse_crontab_in("0 0 0 L * ? tick\n", Dialect::seconds).diagnostics.empty());
}

}  // namespace
}  // namespace quantum::config
