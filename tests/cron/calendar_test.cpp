#include "quantum/detail/cron/calendar.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace quantum::cron {
namespace {

TEST(CalendarTest, AgreesWithTheStandardLibraryOnEveryDayOfTenThousandYears) {
    using namespace std::chrono;
    const std::int32_t first = day_number_of(first_year, 1, 1);
    const std::int32_t last = day_number_of(last_year, 12, 31);
    int wrong = 0;
    for (std::int32_t n = first; n <= last; ++n) {
        const year_month_day expected{sys_days{days{n}}};
        const Date date = date_of(n);
        const bool same = date.year == static_cast<int>(expected.year()) &&
                          date.month == static_cast<unsigned>(expected.month()) &&
                          date.day == static_cast<unsigned>(expected.day()) &&
                          day_number_of(date.year, date.month, date.day) == n &&
                          weekday_of(n) == weekday{sys_days{days{n}}}.c_encoding();
        if (!same) ++wrong;
    }
    EXPECT_EQ(wrong, 0);
}

TEST(CalendarTest, KnowsTheLengthOfMonths) {
    using namespace std::chrono;
    for (int y = 1890; y <= 2110; ++y) {
        for (unsigned m = 1; m <= 12; ++m) {
            const year_month_day_last last{year{y}, month_day_last{month{m}}};
            EXPECT_EQ(days_in_month(y, m), static_cast<unsigned>(last.day())) << y << '-' << m;
        }
    }
}

}  // namespace
}  // namespace quantum::cron
