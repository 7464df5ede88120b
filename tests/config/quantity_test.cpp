#include "config/quantity.hpp"

#include <chrono>
#include <utility>

#include <gtest/gtest.h>

namespace quantum::config {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, IsNumbersWithTheirUnits) {
    const std::pair<const char*, Duration> rows[] = {
        {"30s", 30s},     {"1h30m", 90min},    {"1h 30m", 90min}, {"2d", 48h},
        {"1w1d", 192h},   {"250ms", 250ms},    {"5us", 5us},      {"1.5h", 90min},
        {"0.25s", 250ms}, {"1h0m1s", 1h + 1s}, {"0s", 0s},        {"1m1ms", 1min + 1ms},
        {"90m", 90min},   {"0.000001s", 1us},  {"2.5d", 60h},     {"10000w", 1'680'000h},
    };
    for (const auto& [text, expected] : rows) {
        const auto duration = parse_duration(text);
        ASSERT_TRUE(duration) << text;
        EXPECT_EQ(*duration, expected) << text;
    }
}

TEST(DurationText, IsNothingElse) {
    for (const char* text : {"",
                             " ",
                             "30",
                             "s",
                             "30 s",
                             "-5s",
                             "+5s",
                             "5S",
                             "5sec",
                             "1m1h",
                             "1s1s",
                             "1.s",
                             ".5s",
                             "1.2.3s",
                             "0.5us",
                             "0.0000001s",
                             "1h-5m",
                             "99999999999999999999s",
                             "9223372036855s1",
                             "20000000w",
                             "1y",
                             "5s\n",
                             "0x5s",
                             "1e3s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(SizeText, IsBytesWithOrWithoutAUnit) {
    const std::pair<const char*, std::uint64_t> rows[] = {
        {"0", 0},
        {"512", 512},
        {"512B", 512},
        {"64KiB", 65'536},
        {"64 KiB", 65'536},
        {"1MiB", 1'048'576},
        {"10MB", 10'000'000},
        {"2GiB", 2'147'483'648},
        {"1kB", 1000},
        {"1TiB", 1ULL << 40U},
        {"3TB", 3'000'000'000'000},
    };
    for (const auto& [text, expected] : rows) EXPECT_EQ(parse_size(text), expected) << text;
    for (const char* text :
         {"", "KiB", "-1", "1.5GiB", "1K", "1kib", "1 KiB ", "99999999TiB", "1G"}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
}

}  // namespace
}  // namespace quantum::config
