// One sentence an expression, over all dialects: `sentences.tsv` holds dialect, zone, expression
// and what we say.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/explain.hpp"

#include "support/paths.hpp"

namespace quantum::test {
namespace {

struct Row {
    std::string dialect;
    std::string zone;
    std::string expression;
    std::string sentence;
};

std::vector<Row> rows() {
    std::vector<Row> rows;
    std::ifstream in(test::test_data("sentences.tsv"));
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream cells(line);
        Row row;
        std::getline(cells, row.dialect, '\t');
        std::getline(cells, row.zone, '\t');
        std::getline(cells, row.expression, '\t');
        std::getline(cells, row.sentence, '\t');
        rows.push_back(row);
    }
    return rows;
}

TEST(SentencesTest, SayWhatTheExpressionMeans) {
    const std::vector<Row> all = rows();
    for (const Row& row : all) {
        SCOPED_TRACE(row.dialect + " " + row.expression);
        const auto dialect = dialect_named(row.dialect);
        ASSERT_TRUE(dialect);
        const auto schedule =
            parse_schedule(row.expression, {.dialect = *dialect, .zone = row.zone, .name = "x"});
        ASSERT_TRUE(schedule) << schedule.error().message;
        EXPECT_EQ(explain(*schedule), row.sentence);
    }
    EXPECT_GE(all.size(), 120u);
}

}  // namespace
}  // namespace quantum::test
