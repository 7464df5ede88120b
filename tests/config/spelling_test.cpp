#include "config/spelling.hpp"

#include <array>
#include <string>
#include <utility>

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

}  // namespace
}  // namespace quantum::config
