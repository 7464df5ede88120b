// Tables and times for people: what gives way on a narrow terminal, and how an instant is told.
#include "cli/table.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/clock.hpp"

#include "cli/short_when.hpp"
#include "cli/terminal.hpp"
#include "cli/text_width.hpp"
#include "cli/time_text.hpp"

namespace quantum::cli {
namespace {

using namespace std::chrono_literals;

std::string table_in(std::size_t width) {
    Table table({{.title = "NAME", .cuts_middle = true, .least = 8},
                 {.title = "NEXT"},
                 {.title = "SOURCE", .gives_way = 1},
                 {.title = "LATE", .gives_way = 2, .is_right = true}},
                width);
    table.add({{"etl:load-orders"}, {"02:30"}, {"jobs.d/etl.toml:14"}, {"1ms"}});
    table.add({{"sync"}, {"23:00"}, {"crontab:1"}, {"140us"}});
    std::string out;
    table.print(out, Style(false, false));
    return out;
}

TEST(TableTest, NothingGivesWayWhereNoTerminalIs) {
    EXPECT_EQ(table_in(0),
              "NAME             NEXT   SOURCE               LATE\n"
              "etl:load-orders  02:30  jobs.d/etl.toml:14    1ms\n"
              "sync             23:00  crontab:1           140us\n");
}

TEST(TableTest, ColumnsGiveWayInTheirOrderAndThenNamesLoseTheirMiddle) {
    EXPECT_EQ(table_in(45),
              "NAME             NEXT   SOURCE\n"
              "etl:load-orders  02:30  jobs.d/etl.toml:14\n"
              "sync             23:00  crontab:1\n");
    EXPECT_EQ(table_in(30),
              "NAME             NEXT\n"
              "etl:load-orders  02:30\n"
              "sync             23:00\n");
    EXPECT_EQ(table_in(17),
              "NAME        NEXT\n"
              "etl:l…ders  02:30\n"
              "sync        23:00\n");
    EXPECT_THAT(table_in(1), testing::HasSubstr("etl:…ers")) << "no less than it needs";
}

TEST(TextWidthTest, CountsColumnsAndNotBytes) {
    EXPECT_EQ(text_width("abc"), 3u);
    EXPECT_EQ(text_width("\xc3\xa9"), 1u);      // é
    EXPECT_EQ(text_width("e\xcc\x81"), 1u);     // e with a combining accent
    EXPECT_EQ(text_width("\xe6\x97\xa5"), 2u);  // 日
    EXPECT_EQ(cut_end("backup", 4), "bac…");
    EXPECT_EQ(cut_middle("backup", 6), "backup");
}

TEST(ShortWhenTest, TheDayIsToldOnlyWhereItIsAnother) {
    const WallTime now = *parse_rfc3339("2026-11-22T22:17:40Z");
    const ShortWhen when(nullptr, now);
    EXPECT_EQ(when.text(now + 2min + 20s), "22:20");
    EXPECT_EQ(when.text(now), "22:17:40");
    EXPECT_EQ(when.text(*parse_rfc3339("2026-11-23T02:30:00Z")), "Mon 02:30");
    EXPECT_EQ(when.text(*parse_rfc3339("2027-03-28T02:30:00Z")), "2027-03-28 02:30");
    EXPECT_EQ(when.exact(now + 4ms), "22:17:40.004");
}

TEST(ShortWhenTest, ADistanceIsToldInWholeSeconds) {
    const WallTime now = *parse_rfc3339("2026-11-22T22:17:40.9Z");
    const ShortWhen when(nullptr, now);
    EXPECT_EQ(when.relative(now), "now");
    EXPECT_EQ(when.relative(now + 42s), "in 42s");
    EXPECT_EQ(when.relative(now - 7s), "7s ago");
    EXPECT_EQ(when.relative(now + 2min + 20s), "in 2m20s");
}

}  // namespace
}  // namespace quantum::cli
