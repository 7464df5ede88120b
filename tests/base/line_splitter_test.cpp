#include "base/line_splitter.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace quantum::base {
namespace {

using Lines = std::vector<std::string>;

Lines split(const std::vector<std::string>& chunks, std::size_t limit) {
    Lines lines;
    LineSplitter splitter(limit);
    const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
    for (const auto& chunk : chunks) splitter.feed(chunk, keep);
    splitter.finish(keep);
    return lines;
}

struct Case {
    std::string name;
    std::vector<std::string> chunks;
    Lines lines;
};

struct LineSplitterTable : testing::TestWithParam<Case> {};

TEST_P(LineSplitterTable, CutsAtNewlines) {
    EXPECT_EQ(split(GetParam().chunks, 4), GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, LineSplitterTable,
    testing::Values(Case{"Nothing", {}, {}}, Case{"EmptyChunk", {""}, {}},
                    Case{"TwoLines", {"a\nb\n"}, {"a", "b"}},
                    Case{"LastLineWithoutNewline", {"a\nb"}, {"a", "b"}},
                    Case{"EmptyLines", {"\n\n", "\n"}, {"", "", ""}},
                    Case{"LineOverChunks", {"a", "b", "\nc"}, {"ab", "c"}},
                    Case{"CarriageReturnIsKept", {"a\r\n"}, {"a\r"}},
                    Case{"NulIsKept", {std::string("a\0b\n", 4)}, {std::string("a\0b", 3)}},
                    Case{"ExactlyTheLimit", {"abcd\ne"}, {"abcd", "e"}},
                    Case{"ExactlyTheLimitNewlineLater", {"abcd", "\ne"}, {"abcd", "e"}},
                    Case{"OverTheLimit", {"abcde\nf"}, {"abcd", "e", "f"}},
                    Case{"ManyPieces", {"abcdefghi"}, {"abcd", "efgh", "i"}},
                    Case{"PiecesOverChunks", {"abc", "defgh", "\n"}, {"abcd", "efgh"}}),
    [](const auto& test) { return test.param.name; });

TEST(LineSplitter, GivesTheSameLinesHoweverTheStreamIsCut) {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        for (std::size_t i = random() % 60; i > 0; --i) stream += random() % 4 == 0 ? '\n' : 'x';
        std::vector<std::string> chunks;
        for (std::size_t at = 0; at < stream.size();) {
            const std::size_t length = 1 + random() % 9;
            chunks.push_back(stream.substr(at, length));
            at += length;
        }
        EXPECT_EQ(split(chunks, 5), split({stream}, 5)) << stream;
    }
}

}  // namespace
}  // namespace quantum::base
