#include <filesystem>
#include <fstream>
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

}  // namespace
}  // namespace quantum
