#include "zone/zone.hpp"

#include <cstdint>
#include <string>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <gtest/gtest.h>

#include "support/zones.hpp"

namespace quantum::zone {
namespace {

TEST(ZoneTest, UnknownNamesAreNoZones) {
    for (const char* name :
         {"", "Mars/Olympus", "America", "../zoneinfo/UTC", "/usr/share/zoneinfo/UTC", "localtime",
          "UTC`evil", "Europe/Zurich ", "tzdata.zi", "file:UTC", "libc:UTC"}) {
        EXPECT_EQ(Zone::named(name), nullptr) << name;
    }
    EXPECT_EQ(Zone::named(std::string("UTC\0x", 5)), nullptr);
    EXPECT_EQ(Zone::named(std::string(100'000, 'a')), nullptr);
}

TEST(ZoneTest, AreInterned) {
    const Zone* zone = Zone::named("Europe/Zurich");
    ASSERT_NE(zone, nullptr);
    EXPECT_EQ(Zone::named("Europe/Zurich"), zone);
    EXPECT_EQ(Zone::named("UTC"), &Zone::utc());
    EXPECT_TRUE(Zone::utc().is_utc());
    EXPECT_FALSE(zone->is_utc());
}

TEST(ZoneTest, WindowsAgreeWithCctzInEveryZone) {
    test::RandomText random(7, Dialect::cron);
    for (const std::string& name : test::all_zones()) {
        const Zone* zone = Zone::named(name);
        ASSERT_NE(zone, nullptr) << name;
        cctz::time_zone reference;
        ASSERT_TRUE(cctz::load_time_zone(name, &reference));
        for (int i = 0; i < 200; ++i) {
            const std::int64_t t =
                test::random_instant(random, name) - (i % 20 == 0 ? 3'000'000'000 : 0);
            const Window& window = *zone->window_at(t);
            ASSERT_LE(window.from, t) << name;
            ASSERT_GT(window.until, t) << name;
            const auto expected =
                reference.lookup(cctz::time_point<cctz::seconds>{cctz::seconds{t}}).offset;
            ASSERT_EQ(window.offset, expected) << name << " at " << t;
        }
    }
}

TEST(ZoneTest, RulesHoldBeyond2037) {
    const Zone* zone = Zone::named("America/New_York");
    ASSERT_NE(zone, nullptr);
    EXPECT_EQ(zone->window_at(2'373'000'000)->offset, -4 * 3600);  // 2045-03-13
    EXPECT_EQ(zone->window_at(2'372'000'000)->offset, -5 * 3600);  // 2045-03-01
}

TEST(ZoneTest, ALocalTimeInAGapIsTheFirstInstantAfterIt) {
    const Zone* zone = Zone::named("America/New_York");
    ASSERT_NE(zone, nullptr);
    // 2027-03-14: 02:00 to 03:00 does not exist; 07:00Z is the change.
    const std::int64_t half_past_two = 1'804'991'400;
    EXPECT_EQ(zone->instant_of(half_past_two), 1'805'007'600);
}

}  // namespace
}  // namespace quantum::zone
