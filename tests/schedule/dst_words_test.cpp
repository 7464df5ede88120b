// The table of docs/reference/schedules.md: `30 2 * * *` in Zurich under each word.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/schedule.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using Texts = std::vector<std::string>;

struct WordsCase {
    const char* name;
    DstPolicy words;
    Texts march;    ///< due on 2026-03-29, when 02:00 to 02:59 do not exist
    Texts october;  ///< due on 2026-10-25, when they are shown twice
};

void PrintTo(const WordsCase& c, std::ostream* out) { *out << c.name; }

class DstWordsTest : public testing::TestWithParam<WordsCase> {};

Texts due_between(const Schedule& schedule, const char* from, const char* until) {
    Texts due;
    for (const WallTime time : schedule.within(at(from), at(until)).after(at(from))) {
        due.push_back(text_of(time));
    }
    return due;
}

TEST_P(DstWordsTest, DecideGapAndRepeat) {
    const WordsCase& c = GetParam();
    const auto schedule = parse_schedule("30 2 * * *", {.zone = "Europe/Zurich", .dst = c.words});
    ASSERT_TRUE(schedule);
    EXPECT_EQ(due_between(*schedule, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), c.march);
    EXPECT_EQ(due_between(*schedule, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), c.october);
}

const char* const gap_end = "2026-03-29T01:00:00Z";
const char* const first_pass = "2026-10-25T00:30:00Z";
const char* const second_pass = "2026-10-25T01:30:00Z";

const WordsCase cases[] = {
    {"Vixie", *dst_preset_named("vixie"), {gap_end}, {first_pass}},
    {"Shift", {.gap = DstGap::shift}, {"2026-03-29T01:30:00Z"}, {first_pass}},
    {"Skip", {.gap = DstGap::skip}, {}, {first_pass}},
    {"Second", {.repeat = DstRepeat::second}, {gap_end}, {second_pass}},
    {"Both", {.repeat = DstRepeat::both}, {gap_end}, {first_pass, second_pass}},
    {"None", {.repeat = DstRepeat::none}, {gap_end}, {}},
    {"Robfig", *dst_preset_named("robfig"), {}, {first_pass, second_pass}},
    {"Quartz", *dst_preset_named("quartz"), {}, {second_pass}},
    {"Quantum", *dst_preset_named("quantum"), {}, {}},
};
INSTANTIATE_TEST_SUITE_P(Zurich, DstWordsTest, testing::ValuesIn(cases),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace quantum::test
