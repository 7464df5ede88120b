// Every expression of the vectors that is one of ours is explained, in English.
#include "schedule/vectors.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "quantum/explain.hpp"

namespace quantum::test {
namespace {

/// Words of the code, not of people, and what two texts leave where they do not fit together.
constexpr std::array<std::string_view, 16> foreign{
    "_",  "::", "null", "Kind", "bit",   "mask",  "  ",    " ,",
    " .", "..", ",,",   "()",   "of of", "on on", "in in", "the the"};

class ExplainVectorsTest : public testing::TestWithParam<const char*> {};

TEST_P(ExplainVectorsTest, EveryLineIsToldInPlainWords) {
    int told = 0;
    for (const auto& line : read_vectors(GetParam())) {
        const std::string expression = text(line, "expr");
        auto dialect = dialect_of(line);
        if (const auto* extended = line.if_contains("extended")) {
            dialect = extended->as_bool() ? Dialect::quantum_extended : Dialect::quantum;
        }
        if (!dialect) continue;
        const auto schedule = parse_schedule(expression, {.dialect = *dialect, .name = "job"});
        if (!schedule) continue;
        const std::string sentence = explain(*schedule);
        SCOPED_TRACE(expression + ": " + sentence);
        ASSERT_GT(sentence.size(), 5u);
        EXPECT_LT(sentence.size(), 900u);
        EXPECT_TRUE(sentence[0] >= 'A' && sentence[0] <= 'Z');
        EXPECT_TRUE(sentence.ends_with('.'));
        std::string words = sentence;  // names of zones are no words
        for (std::size_t at = words.find("/"); at != std::string::npos; at = words.find("/")) {
            const std::size_t from = words.rfind(' ', at) + 1;
            words.erase(from, words.find(' ', at) - from + 1);
        }
        for (const std::string_view word : foreign) {
            EXPECT_EQ(words.find(word), std::string::npos) << "'" << word << "'";
        }
        ++told;
    }
    EXPECT_GT(told, 50);
    RecordProperty("told", told);
}

INSTANTIATE_TEST_SUITE_P(Files, ExplainVectorsTest,
                         testing::Values("explain.jsonl", "cron_next.jsonl", "oncalendar.jsonl",
                                         "elixir_crontab.jsonl"));

}  // namespace
}  // namespace quantum::test
