#include "cli/terminal.hpp"

#include <gtest/gtest.h>

#include "cli/terminal_text.hpp"

namespace quantum::cli {
namespace {

struct ExcerptCase {
    std::string_view name;
    std::string line;
    std::size_t column;
    std::size_t length;
    std::string shown;
    std::string carets;
};

struct ExcerptTest : testing::TestWithParam<ExcerptCase> {};

TEST_P(ExcerptTest, UnderlinesWhatIsMeant) {
    const ExcerptCase& row = GetParam();

    std::string text;
    append_excerpt(text, row.line, row.column, row.length, Style(true, false));

    EXPECT_EQ(text, "    " + row.shown + "\n    " + row.carets + "\n");
}

const ExcerptCase excerpt_cases[] = {
    {"Start", "60 * * * *", 1, 2, "60 * * * *", "^^"},
    {"Middle", "0 24 * * *", 3, 2, "0 24 * * *", "  ^^"},
    {"BehindTheEnd", "0 3 * * *", 10, 1, "0 3 * * *", "         ^"},
    {"FarBehindTheEnd", "0", 100, 5, "0", " ^"},
    {"Empty", "", 1, 1, "", "^"},
    {"TabsAreShownAsBlanks", "0\t24 *", 3, 2, "0 24 *", "  ^^"},
    {"LettersOfSeveralBytesAreOneColumn", "ä ö 9", 7, 1, "ä ö 9", "    ^"},
    {"UnderlinedLettersToo", "ä ö 9", 4, 2, "ä ö 9", "  ^"},
    {"ControlsAreEscaped", "a\x1b[b", 2, 1, "a\\x1b[b", " ^^^^"},
    {"NoUtf8",
     "a\xFF"
     "b",
     3, 1, "a\\xffb", "     ^"},
    {"LongLine", std::string(100, 'a') + 'X' + std::string(100, 'b'), 101, 1,
     "…" + std::string(40, 'a') + 'X' + std::string(59, 'b') + "…", std::string(41, ' ') + '^'},
};

INSTANTIATE_TEST_SUITE_P(Table, ExcerptTest, testing::ValuesIn(excerpt_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ExcerptTest, IsColouredOnlyWhereItMayBe) {
    std::string excerpt;
    append_excerpt(excerpt, "x", 1, 1, Style(true, true));
    std::string text;
    append_for_terminal(text, excerpt);

    EXPECT_EQ(text, "    x\n    \x1b[1;31m^\x1b[0m\n");
}

TEST(ExcerptTest, OfALineOfTenMegabytesIsShort) {
    std::string text;
    append_excerpt(text, std::string(10'000'000, 'x'), 5'000'000, 5'000'000, Style(true, false));

    EXPECT_LT(text.size(), 400u);
}

}  // namespace
}  // namespace quantum::cli
