#include "daemon/log_text.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace quantum::daemon {
namespace {

using namespace std::chrono_literals;

struct TextCase {
    std::string name;
    std::string value;
    std::string logfmt;
    std::string json;
    bool lossless = true;
};
struct LogText : testing::TestWithParam<TextCase> {};

TEST_P(LogText, IsQuotedAndEscaped) {
    std::string logfmt;
    append_logfmt(logfmt, GetParam().value);
    EXPECT_EQ(logfmt, GetParam().logfmt);
    std::string json;
    EXPECT_EQ(append_json(json, GetParam().value), GetParam().lossless);
    EXPECT_EQ(json, GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LogText,
    testing::Values(
        TextCase{"Bare", "report:daily", "report:daily", R"("report:daily")"},
        TextCase{"Empty", "", R"("")", R"("")"}, TextCase{"Space", "a b", R"("a b")", R"("a b")"},
        TextCase{"Equals", "a=b", R"("a=b")", R"("a=b")"},
        TextCase{"Quote", "a\"b", R"("a\"b")", R"("a\"b")"},
        TextCase{"Backslash", "a\\b", R"("a\\b")", R"("a\\b")"},
        TextCase{"FakeLine", "x\ntime=0 level=error", R"("x\ntime=0 level=error")",
                 R"("x\ntime=0 level=error")"},
        TextCase{"CarriageReturn", "50%\r100%", R"("50%\r100%")", R"("50%\r100%")"},
        TextCase{"Tab", "a\tb", R"("a\tb")", R"("a\tb")"},
        TextCase{"Nul", std::string("a\0b", 3), R"("a\x00b")", R"("a\u0000b")"},
        TextCase{"ColourEscape", "\033[31mred", R"("\x1b[31mred")", R"("\u001b[31mred")"},
        TextCase{"TitleEscape", "\033]0;owned\007", R"("\x1b]0;owned\x07")",
                 R"("\u001b]0;owned\u0007")"},
        TextCase{"Delete", "a\x7f", R"("a\x7f")", R"("a\u007f")"},
        TextCase{"C1Control",
                 "\xc2\x9b"
                 "31m",
                 R"("\u009b31m")", R"("\u009b31m")"},
        TextCase{"RawC1Byte",
                 "\x9b"
                 "31m",
                 R"("\x9b31m")", R"("\ufffd31m")", false},
        TextCase{"RightToLeftOverride",
                 "a\xe2\x80\xae"
                 "b",
                 R"("a\u202eb")", R"("a\u202eb")"},
        TextCase{"Isolate", "\xe2\x81\xa6", R"("\u2066")", R"("\u2066")"},
        TextCase{"LineSeparator", "\xe2\x80\xa8", R"("\u2028")", R"("\u2028")"},
        TextCase{"ByteOrderMark", "\xef\xbb\xbf", R"("\ufeff")", R"("\ufeff")"},
        TextCase{"TagCharacter", "\xf3\xa0\x81\x81", R"("\U000e0041")", R"("\udb40\udc41")"},
        TextCase{"Umlaut", "Z\xc3\xbcrich", "\"Z\xc3\xbcrich\"", "\"Z\xc3\xbcrich\""},
        TextCase{"Emoji", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"", "\"\xf0\x9f\x98\x80\""},
        TextCase{"LoneContinuation", "a\x80z", R"("a\x80z")", R"("a\ufffdz")", false},
        TextCase{"Overlong", "\xc0\xaf", R"("\xc0\xaf")", R"("\ufffd\ufffd")", false},
        TextCase{"OverlongThree", "\xe0\x80\xaf", R"("\xe0\x80\xaf")", R"("\ufffd\ufffd\ufffd")",
                 false},
        TextCase{"Surrogate", "\xed\xa0\x80", R"("\xed\xa0\x80")", R"("\ufffd\ufffd\ufffd")",
                 false},
        TextCase{"AboveUnicode", "\xf4\x90\x80\x80", R"("\xf4\x90\x80\x80")",
                 R"("\ufffd\ufffd\ufffd\ufffd")", false},
        TextCase{"CutShort", "a\xe2\x80", R"("a\xe2\x80")", R"("a\ufffd\ufffd")", false}),
    [](const auto& test) { return test.param.name; });

TEST(LogText, EveryByteBecomesPrintableInBothFormats) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    std::string logfmt;
    append_logfmt(logfmt, all);
    std::string json;
    EXPECT_FALSE(append_json(json, all));
    for (const std::string& line : {logfmt, json}) {
        for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
    }
}

struct Base64Case {
    std::string bytes;
    std::string text;
};
struct Base64 : testing::TestWithParam<Base64Case> {};

TEST_P(Base64, FollowsTheStandard) {
    std::string text;
    append_base64(text, GetParam().bytes);
    EXPECT_EQ(text, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Rfc4648, Base64,
                         testing::Values(Base64Case{"", ""}, Base64Case{"f", "Zg=="},
                                         Base64Case{"fo", "Zm8="}, Base64Case{"foo", "Zm9v"},
                                         Base64Case{"foob", "Zm9vYg=="},
                                         Base64Case{"foobar", "Zm9vYmFy"},
                                         Base64Case{"\xff\xfe", "//4="}));

struct HumanCase {
    Duration duration;
    std::string text;
};
struct Human : testing::TestWithParam<HumanCase> {};

TEST_P(Human, IsExactAndReadable) { EXPECT_EQ(human(GetParam().duration), GetParam().text); }

INSTANTIATE_TEST_SUITE_P(Durations, Human,
                         testing::Values(HumanCase{0us, "0s"}, HumanCase{1us, "1us"},
                                         HumanCase{999us, "999us"}, HumanCase{1000us, "1ms"},
                                         HumanCase{1234us, "1.234ms"}, HumanCase{1200us, "1.2ms"},
                                         HumanCase{999'999us, "999.999ms"}, HumanCase{1s, "1s"},
                                         HumanCase{13'500'000us, "13.5s"}, HumanCase{60s, "1m0s"},
                                         HumanCase{120'500'000us, "2m0.5s"},
                                         HumanCase{3603s, "1h0m3s"}, HumanCase{-3603s, "-1h0m3s"},
                                         HumanCase{-850us, "-850us"},
                                         HumanCase{Duration::min(), "-2562047788h0m54.775808s"}));

TEST(LogTime, AlwaysHasSixDigits) {
    EXPECT_EQ(log_time(WallTime(0s)), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(log_time(WallTime(1'763'769'900s + 250us)), "2025-11-22T00:05:00.000250Z");
    EXPECT_EQ(log_time(WallTime(-1us)), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace quantum::daemon
