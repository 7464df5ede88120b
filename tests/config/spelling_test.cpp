#include "config/spelling.hpp"

#include <array>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::config {
namespace {

TEST(Closest, IsASlipOrTwoAway) {
    constexpr std::array<std::string_view, 8> known{"schedule", "shell",   "timeout",     "env",
                                                    "env_file", "misfire", "misfire_cap", "nice"};
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"schedul", "schedule"},
        {"shedule", "schedule"},
        {"schedlue", "schedule"},
        {"Timeout", "timeout"},
        {"time_out", "timeout"},
        {"env-file", "env_file"},
        {"envfile", "env_file"},
        {"mis-fire", "misfire"},
        {"misfirecap", "misfire_cap"},
        {"nicee", "nice"},
        {"shel", "shell"},
        {"evn", "env"},
        {"", ""},
        {"x", ""},
        {"colour", ""},
        {"timeoutseconds", ""},
        {"cron", ""},
    };
    for (const auto& [word, meant] : rows) EXPECT_EQ(closest(word, known), meant) << word;
    EXPECT_EQ(closest(std::string(100'000, 'a'), known), "") << "and takes no time for it";
}

TEST(Nearest, GivesTheClosestFirstAndFewOfThem) {
    constexpr std::array<std::string_view, 7> known{"backup",   "backup-old", "bakery",   "load",
                                                    "etl:load", "report",     "etl:clean"};
    const auto near = [&known](std::string_view word) { return nearest(word, known, 3); };
    using testing::ElementsAre;
    EXPECT_THAT(near("bakup"), ElementsAre("backup"));
    EXPECT_THAT(near("back"), ElementsAre("backup", "backup-old"));
    EXPECT_THAT(near("load"), ElementsAre("load", "etl:load"));
    EXPECT_THAT(near("etl"), ElementsAre("etl:load", "etl:clean"));
    EXPECT_THAT(near("zebra"), ElementsAre());
    EXPECT_THAT(near(""), ElementsAre());
    EXPECT_THAT(nearest("load", known, 1), ElementsAre("load"));
}

}  // namespace
}  // namespace quantum::config
