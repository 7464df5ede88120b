// Instants at which `dst_gap = skip` leaves runs out.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/schedule.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using Texts = std::vector<std::string>;

constexpr DstPolicy skips_gaps{.gap = DstGap::skip};
const WallTime first_year = at("2026-01-01T00:00:00Z");
const WallTime last_year = at("2029-01-01T00:00:00Z");

Schedule zurich_cron(const char* text, const char* zone = "Europe/Zurich",
                     DstPolicy dst = skips_gaps) {
    return *parse_schedule(text, {.zone = zone, .dst = dst});
}

Texts left_out(const Schedule& schedule, WallTime after = first_year, WallTime before = last_year) {
    Texts found;
    for (auto it = schedule.next_left_out(after, before); it;
         it = schedule.next_left_out(*it, before)) {
        found.push_back(text_of(*it));
    }
    return found;
}

TEST(LeftOutTest, EachGapThatSwallowsARunIsOneInstant) {
    const Texts springs{"2026-03-29T01:00:00Z", "2027-03-28T01:00:00Z", "2028-03-26T01:00:00Z"};
    EXPECT_EQ(left_out(zurich_cron("30 2 * * *")), springs);
    EXPECT_EQ(left_out(zurich_cron("*/20 2 * * *")), springs);
    EXPECT_EQ(left_out(zurich_cron("30 1,2 * * *")), springs);
}

TEST(LeftOutTest, NothingIsLeftOutWhereTheRunHasAPlace) {
    EXPECT_EQ(left_out(zurich_cron("30 2 * * *", "UTC")), Texts{});
    EXPECT_EQ(left_out(zurich_cron("30 2 * * *", "Europe/Zurich", {})), Texts{});
    EXPECT_EQ(left_out(zurich_cron("30 2 * * *", "Europe/Zurich", {.gap = DstGap::shift})),
              Texts{});
    EXPECT_EQ(left_out(zurich_cron("30 3 * * *")), Texts{}) << "exists";
    EXPECT_EQ(left_out(zurich_cron("30 * * * *")), Texts{}) << "a running hour misses nothing";
    EXPECT_EQ(left_out(zurich_cron("0 2,3 * * *")), Texts{}) << "03:00 is due at that instant";
    EXPECT_EQ(left_out(zurich_cron("@every 30m")), Texts{});
    EXPECT_EQ(left_out(zurich_cron("@reboot")), Texts{});
}

TEST(LeftOutTest, TheBoundsAreNotIncluded) {
    const WallTime gap = at("2026-03-29T01:00:00Z");
    const Schedule schedule = zurich_cron("30 2 * * *");
    EXPECT_EQ(left_out(schedule, gap, at("2027-01-01T00:00:00Z")), Texts{});
    EXPECT_EQ(left_out(schedule, first_year, gap), Texts{});
    EXPECT_EQ(left_out(schedule, gap - Duration{1}, gap + Duration{1}),
              Texts{"2026-03-29T01:00:00Z"});
}

TEST(LeftOutTest, ADayThatDoesNotExistIsLeftOutWhole) {
    const Schedule apia = zurich_cron("0 12 30 12 *", "Pacific/Apia");
    EXPECT_EQ(left_out(apia, at("2011-01-01T00:00:00Z"), at("2012-06-01T00:00:00Z")),
              Texts{"2011-12-30T10:00:00Z"});
}

TEST(LeftOutTest, AUnionLeavesOutWhatNoPartRuns) {
    const Texts springs{"2026-03-29T01:00:00Z", "2027-03-28T01:00:00Z", "2028-03-26T01:00:00Z"};
    const Schedule missing = zurich_cron("30 2 * * *");
    EXPECT_EQ(
        left_out(Schedule::any_of({missing, zurich_cron("0 2 * * *"), zurich_cron("0 5 * * *")})),
        springs);
    EXPECT_EQ(left_out(Schedule::any_of({missing, zurich_cron("0 1 29 3 *", "UTC")})),
              (Texts{"2027-03-28T01:00:00Z", "2028-03-26T01:00:00Z"}));
}

TEST(LeftOutTest, CombinationsPassItOn) {
    using namespace std::chrono_literals;
    const Schedule missing = zurich_cron("30 2 * * *");
    EXPECT_EQ(left_out(missing.except_dates({2027y / 3 / 28, 2028y / 3 / 26})),
              Texts{"2026-03-29T01:00:00Z"});
    EXPECT_EQ(left_out(missing.except(zurich_cron("0 1 29 3 *", "UTC"))),
              (Texts{"2027-03-28T01:00:00Z", "2028-03-26T01:00:00Z"}));
    EXPECT_EQ(left_out(missing.within(at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"))),
              Texts{"2027-03-28T01:00:00Z"});
}

}  // namespace
}  // namespace quantum::test
