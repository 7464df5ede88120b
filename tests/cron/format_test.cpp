#include <array>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "quantum/cron.hpp"

#include "support/property.hpp"
#include "support/random_text.hpp"

namespace quantum::test {
namespace {

constexpr std::array all_dialects{Dialect::cron,    Dialect::kubernetes,
                                  Dialect::seconds, Dialect::spring,
                                  Dialect::quartz,  Dialect::aws,
                                  Dialect::jenkins, Dialect::quantum,
                                  Dialect::systemd, Dialect::quantum_extended};

TEST(FormatTest, ReadingWhatWasWrittenGivesTheSameExpression) {
    expect_property("parse(format(x)) == x in every dialect", [] {
        RandomText random(any_seed(), Dialect::cron);
        const Dialect dialect = all_dialects[random.number(0, all_dialects.size() - 1)];
        const std::string text = RandomText(any_seed(), dialect).expression();
        const auto parsed = parse_cron(text, dialect, "job");
        if (!parsed) RC_DISCARD("no expression");
        const auto written = format_cron(*parsed, dialect);
        RC_LOG() << to_string(dialect) << ": " << text << '\n';
        RC_ASSERT(written.has_value());
        const bool equal = parse_cron(*written, dialect) == parsed;
        RC_ASSERT(equal);
    });
}

struct FormatCase {
    Dialect dialect;
    const char* text;
    const char* written;
};

class FormatCaseTest : public testing::TestWithParam<FormatCase> {};

TEST_P(FormatCaseTest, WritesTheShortForm) {
    const FormatCase& c = GetParam();
    const auto parsed = parse_cron(c.text, c.dialect);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(format_cron(*parsed, c.dialect).value_or("nothing"), c.written);
}

const FormatCase cases[] = {
    {Dialect::cron, "@daily", "0 0 * * *"},
    {Dialect::cron, "*/5 * * * *", "*/5 * * * *"},
    {Dialect::spring, "0 0/5 * * * *", "0 */5 * * * *"},
    {Dialect::cron, "0 0 */2 * 1", "0 0 */2 * 1"},
    {Dialect::cron, "0 9 * jan,FEB,mar mon-fri", "0 9 * 1-3 1-5"},
    {Dialect::cron, "0 9 * * sat-sun", "0 9 * * 0,6"},
    {Dialect::cron, "0 9 * * 5-0", "0 9 * * 0,5,6"},
    {Dialect::cron, "0 9 * * tue-sun/2", "0 9 * * 2-6/2"},
    {Dialect::cron, "0 9 * * mon-sun", "0 9 * * 0-6"},
    {Dialect::cron, "0 9 * * 7-0", "0 9 * * 0"},
    {Dialect::cron, "0 0 L,15W * 5#2", "0 0 L,15W * 5#2"},
    {Dialect::quartz, "0 0 12 ? * MON-FRI", "0 0 12 ? * 2-6"},
    {Dialect::aws, "cron(0 8 1 * ? *)", "cron(0 8 1 * ? *)"},
    {Dialect::quantum, "@secondly", "@secondly"},
    {Dialect::quantum, "0 0 1 1 * 2026,2028,2030", "0 0 1 1 * 2026,2028,2030"},
    {Dialect::systemd, "2018/42,2018..2082/27-01-01 00:00:00",
     "2018..2072/27,2018..2186/42-01-01 00:00:00"},
    {Dialect::systemd, "2018..2186/42,2018/42-01-01 00:00:00", "2018..2186/42-01-01 00:00:00"},
    {Dialect::systemd, "*:*:00/1", "*-*-* *:*:*"},
    {Dialect::systemd, "00:00:18/21,0..59", "*-*-* 00:00:00..59/59,01..58"},
    {Dialect::systemd, "Mon..Fri 08:30", "Mon,Tue,Wed,Thu,Fri *-*-* 08:30:00"},
};
INSTANTIATE_TEST_SUITE_P(Texts, FormatCaseTest, testing::ValuesIn(cases));

TEST(FormatTest, WhatADialectCannotSayIsNotWritten) {
    const auto seconds = parse_cron("30 * * * * *", Dialect::seconds);
    ASSERT_TRUE(seconds);
    EXPECT_EQ(format_cron(*seconds, Dialect::cron), std::nullopt);
}

}  // namespace
}  // namespace quantum::test
