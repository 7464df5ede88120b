#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace quantum {
namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Without indentation, which differs between a page and a program.
std::string flat(const std::string& text) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(' ');
        if (begin != std::string::npos) out += line.substr(begin) + "\n";
    }
    return out;
}

TEST(StageDocsTest, EveryBlockOfCodeIsPartOfAnExampleThatRuns) {
    const std::filesystem::path source(QUANTUM_TEST_SOURCE_DIR);
    std::vector<std::string> programs;
    for (const auto& entry : std::filesystem::directory_iterator(source / "examples/stages")) {
        if (entry.path().extension() == ".cpp") programs.push_back(flat(read(entry.path())));
    }
    ASSERT_GE(programs.size(), 4u);

    const std::string page = read(source / "docs/reference/stages.md");
    const std::string opening = "```cpp\n";
    std::size_t blocks = 0;
    for (auto at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
        at += opening.size();
        const std::string block = flat(page.substr(at, page.find("```", at) - at));
        bool found = false;
        for (const std::string& program : programs) {
            found = found || program.find(block) != std::string::npos;
        }
        EXPECT_TRUE(found) << block;
        ++blocks;
    }
    EXPECT_GE(blocks, 10u);
}

/// "Rows/StopTest.*" and the like, as ctest and the pages write them.
bool is_a_test_here(const std::string& name) {
    const auto dot = name.find('.');
    const std::string wanted = name.substr(dot + 1);
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const testing::TestSuite& suite = *all.GetTestSuite(i);
        if (suite.name() != name.substr(0, dot)) continue;
        for (int j = 0; j < suite.total_test_count(); ++j) {
            const std::string test = suite.GetTestInfo(j)->name();
            // Of a parametrised test: "Name/Row".
            if (wanted == "*" || test == wanted || test.rfind(wanted + "/", 0) == 0) return true;
        }
    }
    return false;
}

TEST(StageDocsTest, EveryRowOfStagesAndSupervisionNamesTestsThatExist) {
    const std::string page =
        read(std::filesystem::path(QUANTUM_TEST_SOURCE_DIR) / "docs/quantum-parity.md");
    std::istringstream lines(page);
    const std::regex test_name("`((?:[A-Z][A-Za-z]*/)?[A-Z][A-Za-z]*Test\\.[A-Za-z*]+)`");
    std::size_t rows = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!std::regex_search(line, std::regex("^\\| [GV][0-9]+ "))) continue;
        ++rows;
        std::size_t tests = 0;
        for (std::sregex_iterator it(line.begin(), line.end(), test_name), end; it != end; ++it) {
            EXPECT_TRUE(is_a_test_here((*it)[1])) << (*it)[1] << " in " << line;
            ++tests;
        }
        EXPECT_TRUE(tests > 0 || line.find("DoesNotCompile") != std::string::npos) << line;
    }
    EXPECT_EQ(rows, 19u);
}

}  // namespace
}  // namespace quantum
