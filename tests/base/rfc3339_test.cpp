#include "base/rfc3339.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace quantum::base {
namespace {

using namespace std::chrono;

struct TextCase {
    const char* name;
    WallTime time;
    const char* text;
};

class Rfc3339Test : public testing::TestWithParam<TextCase> {};

TEST_P(Rfc3339Test, IsWrittenSo) { EXPECT_EQ(rfc3339(GetParam().time), GetParam().text); }

constexpr WallTime noon = sys_days(year(2026) / 11 / 22) + hours(12);

INSTANTIATE_TEST_SUITE_P(
    Texts, Rfc3339Test,
    testing::Values(
        TextCase{"WholeSeconds", noon + seconds(5), "2026-11-22T12:00:05Z"},
        TextCase{"AFractionInAsManyDigitsAsItNeeds", noon + milliseconds(250),
                 "2026-11-22T12:00:00.25Z"},
        TextCase{"TheSmallestFraction", noon + microseconds(1), "2026-11-22T12:00:00.000001Z"},
        TextCase{"TheLargestFraction", noon + microseconds(999'999), "2026-11-22T12:00:00.999999Z"},
        TextCase{"Before1970", WallTime(microseconds(-1)), "1969-12-31T23:59:59.999999Z"},
        TextCase{"AnEarlyYear", sys_days(year(33) / 4 / 3), "0033-04-03T00:00:00Z"},
        TextCase{"BeforeYearZero", sys_days(year(-44) / 3 / 15), "-0044-03-15T00:00:00Z"},
        TextCase{"AfterFourDigits", sys_days(year(12026) / 1 / 1), "12026-01-01T00:00:00Z"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace quantum::base
