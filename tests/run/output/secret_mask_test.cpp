#include "run/output/secret_mask.hpp"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::run {
namespace {

std::string masked(SecretMask mask, std::string_view text, std::size_t chunk) {
    std::string shown;
    const auto emit = [&](std::string_view bytes) { shown += bytes; };
    for (std::size_t at = 0; at < text.size(); at += chunk) mask.feed(text.substr(at, chunk), emit);
    mask.finish(emit);
    return shown;
}

struct MaskCase {
    std::string name;
    std::vector<std::string> values;
    std::string text;
    std::string shown;
};
struct SecretMaskTest : testing::TestWithParam<MaskCase> {};

TEST_P(SecretMaskTest, ShowsTheSameHoweverTheTextIsCut) {
    const auto& [name, values, text, shown] = GetParam();
    for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
        EXPECT_EQ(masked(SecretMask(values), text, chunk), shown) << "chunks of " << chunk;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, SecretMaskTest,
    testing::Values(
        MaskCase{"None", {}, "hunter2 hunter2", "hunter2 hunter2"},
        MaskCase{"One", {"hunter2"}, "a hunter2 b", "a *** b"},
        MaskCase{"BackToBack", {"hunter2"}, "hunter2hunter2", "******"},
        MaskCase{"BeginsAgainWithin", {"aab"}, "aaab", "a***"},
        MaskCase{"AlmostThere", {"hunter2"}, "hunter1 hunte", "hunter1 ***"},
        MaskCase{"OnlyABeginning", {"hunter2-and-more"}, "x hunt", "x hunt"},
        MaskCase{"TheLongerOne", {"pass", "password"}, "password pass", "*** ***"},
        MaskCase{"TheShorterWhereTheLongerEnds", {"pass", "password"}, "passwort", "***wort"},
        MaskCase{"TwoValues", {"alpha", "beta"}, "beta alpha", "*** ***"},
        MaskCase{"AcrossALine", {"one\ntwo"}, "one\ntwo\n", "***\n"},
        MaskCase{
            "EveryByte", {std::string("\0\xFF\x1B", 3)}, std::string("a\0\xFF\x1B z", 6), "a*** z"},
        MaskCase{"EmptyValue", {""}, "text", "text"}),
    [](const auto& test) { return test.param.name; });

/// As the mask is described: at each byte the longest value, found by trying each of them.
std::string masked_slowly(const std::vector<std::string>& values, std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        std::size_t whole = 0;
        std::size_t begun = 0;
        for (const std::string& value : values) {
            if (text.starts_with(value)) whole = std::max(whole, value.size());
            if (value.size() > text.size() && value.starts_with(text)) {
                begun = std::max(begun, value.size());
            }
        }
        const bool mostly_begun = begun > 0 && text.size() * 2 >= begun;
        const std::size_t hidden = mostly_begun ? text.size() : whole;
        shown += hidden > 0 ? "***" : std::string(text.substr(0, 1));
        text.remove_prefix(std::max<std::size_t>(hidden, 1));
    }
    return shown;
}

TEST(SecretMask, ShowsOfAnyTextWhatTryingEachValueShows) {
    std::mt19937 random(17);
    const auto text_of = [&](std::size_t longest) {
        std::string text(1 + random() % longest, 'a');
        for (char& c : text) c = "ab\xff"[random() % 3];
        return text;
    };
    for (int round = 0; round < 20'000; ++round) {
        std::vector<std::string> values(1 + random() % 5);
        for (std::string& value : values) value = text_of(6);
        const std::string text = text_of(24);
        ASSERT_EQ(masked(SecretMask(values), text, 1 + random() % 8), masked_slowly(values, text))
            << "round " << round << ": " << testing::PrintToString(values) << " in " << text;
    }
}

}  // namespace
}  // namespace quantum::run
