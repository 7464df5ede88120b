#include "config/diagnostic.hpp"

#include <gtest/gtest.h>

namespace quantum::config {
namespace {

TEST(PrintableTest, LeavesTextOfEveryScriptAlone) {
    EXPECT_EQ(printable("Zürich 東京 😀"), "Zürich 東京 😀");
}

TEST(PrintableTest, EscapesWhatATerminalWouldObey) {
    EXPECT_EQ(printable("a\x1b[31mb\x07\x7f"), "a\\x1b[31mb\\x07\\x7f");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "\\xc2\\x9b31m");
}

TEST(PrintableTest, EscapesWhatTurnsOrBreaksLines) {
    EXPECT_EQ(printable("a\u202Eb"), "a\\xe2\\x80\\xaeb");
    EXPECT_EQ(printable("\u2028\u2069\u200F\u061C").find('\xE2'), std::string::npos);
    EXPECT_EQ(printable("\u2027\u202F\u2065"), "\u2027\u202F\u2065");
}

TEST(PrintableTest, EscapesBytesThatAreNoUtf8) {
    EXPECT_EQ(printable("\xFFz\xC3"), "\\xffz\\xc3");
    EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");           // an overlong slash
}

TEST(PrintableTest, CutsBetweenCharacters) {
    EXPECT_EQ(printable("äöü", 3), "äö…");
    EXPECT_EQ(printable("abc", 3), "abc");
}

TEST(DescribeTest, NamesThePlaceUnlessTheFileIsMeant) {
    EXPECT_EQ(describe({Severity::error, 3, 7, 1, "no"}), "line 3, column 7: no");
    EXPECT_EQ(describe({Severity::error, 0, 1, 1, "no"}), "no");
}

}  // namespace
}  // namespace quantum::config
