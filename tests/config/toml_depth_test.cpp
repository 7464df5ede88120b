#include "config/toml_depth.hpp"

#include <string>

#include <gtest/gtest.h>

#include "config/job_file.hpp"

namespace quantum::config {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

struct DepthCase {
    std::string name;
    std::string text;
    std::size_t deepest;  ///< levels it has
};

struct TomlDepthTest : testing::TestWithParam<DepthCase> {};

TEST_P(TomlDepthTest, CountsTheLevels) {
    EXPECT_FALSE(find_too_deep(GetParam().text, GetParam().deepest));
    if (GetParam().deepest > 0) {
        EXPECT_TRUE(find_too_deep(GetParam().text, GetParam().deepest - 1));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, TomlDepthTest,
    testing::Values(
        DepthCase{"Nothing", "", 0}, DepthCase{"APlainKey", "a = 1\n", 0},
        DepthCase{"ADottedKey", "a.b.c = 1\n", 2}, DepthCase{"AHeader", "[a.b.c]\n", 3},
        DepthCase{"AHeaderOfAList", "[[a.b.c]]\n", 3},
        DepthCase{"AKeyBelowAHeader", "[a.b]\nc.d = 1\n", 3},
        DepthCase{"TheNextHeaderBeginsAnew", "[a.b.c]\n[d]\ne.f = 1\n", 3},
        DepthCase{"Lists", "a = [[[1], [2]], [3]]\n", 3},
        DepthCase{"ListsOverLines", "a = [\n  [ # one\n  [1]\n], [[2]]]\n", 3},
        DepthCase{"InlineTables", "a = { b = { c = 1 }, d = 2 }\n", 2},
        DepthCase{"DottedKeysOfInlineTables", "a = { b.c = { d.e = 1 }, f = 1 }\n", 4},
        DepthCase{"ElementsDoNotAddUp", "a = [1, 2, 3, 4, 5, 6]\nb = { c = 1, d = 1, e = 1 }\n", 1},
        DepthCase{"Texts", "a = \"[[{{..\\\"[[\" # [[[{{{...\nb = '[[..\\' # ...\n", 0},
        DepthCase{"TextsOfLines", "a = \"\"\"\n[[[\\\"\"\"...\"\"\"\"\"\nb = '''[[\n'{'''\n", 0},
        DepthCase{"QuotedKeys", "[\"a.b\".'c.d']\n\"e.f\" = 1\n", 2},
        DepthCase{"AByteOrderMark", "\xEF\xBB\xBF[a.b]\nc.d = 1\n", 3},
        DepthCase{"ATextWithoutEnd", "a = \"[[[\nb = 1\n", 0},
        DepthCase{"ATextThatEndsInABackslash", "a = \"\\", 0}),
    [](const auto& row) { return row.param.name; });

TEST(TomlDepth, SaysWhere) {
    const auto place = find_too_deep("a = 1\nb = [[[1]]]\n", 2);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->line, 2U);
    EXPECT_EQ(place->column, 7U);
    EXPECT_EQ(find_too_deep("a.b.c = 1", 1)->column, 4U);
}

/// 62 KB were enough to end the program.
TEST(TomlDepth, AFileOfJobsThatIsTooDeepIsAnError) {
    constexpr std::size_t many = 31'500;
    for (const std::string& text :
         {repeated("a.", many) + "b = 1\n", "[" + repeated("a.", many) + "b]\n",
          "[[" + repeated("a.", many) + "b]]\n", "a = " + repeated("[", many),
          "a = " + repeated("{ a = ", many), "a = { " + repeated("a.", many) + "b = 1 }\n",
          "a = [{ " + repeated("\"\".", many) + "b = 1 }]\n"}) {
        const JobFile file = parse_job_file(text, {.path = "deep.toml"});
        ASSERT_EQ(file.diagnostics.size(), 1U);
        EXPECT_EQ(file.diagnostics[0].line, 1U);
        EXPECT_NE(file.diagnostics[0].message.find("more than 100 levels deep"), std::string::npos)
            << file.diagnostics[0].message;
        EXPECT_TRUE(file.entries.empty());
    }
}

TEST(TomlDepth, WhatIsAsDeepAsMayBeIsParsed) {
    const std::string keys = repeated("a.", 99);
    for (const std::string& text : {keys + "a = 1\n", "[" + keys + "a]\nb = 1\n",
                                    "a = " + repeated("[", 100) + repeated("]", 100) + "\n"}) {
        const JobFile file = parse_job_file(text, {.path = "deep.toml"});
        ASSERT_FALSE(file.diagnostics.empty());  // none of it is a key of job files
        EXPECT_EQ(file.diagnostics[0].message.find("levels"), std::string::npos)
            << file.diagnostics[0].message;
    }
}

}  // namespace
}  // namespace quantum::config
