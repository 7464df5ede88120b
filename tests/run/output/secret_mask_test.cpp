#include "run/output/secret_mask.hpp"

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

}  // namespace
}  // namespace quantum::run
