#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/job_file.hpp"

namespace quantum::config {
namespace {

std::string read(const std::string& path) {
    std::ifstream file(QUANTUM_SOURCE_DIR "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << path;
    return text.str();
}

std::string page() { return read("docs/reference/job-files.md"); }

void expect_good(const std::string& text) {
    const JobFile file =
        parse_job_file(text, {.path = "page.toml", .account = {"root", "/root", true}});
    EXPECT_FALSE(file.entries.empty()) << text;
    for (const Diagnostic& diagnostic : file.diagnostics) {
        ADD_FAILURE() << describe(diagnostic) << "\n" << text;
    }
}

TEST(JobFilesPage, ShowsFilesThatHold) {
    const std::string text = page();
    constexpr std::string_view begin = "```toml\n";
    std::size_t examples = 0;
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
        at += begin.size();
        expect_good(text.substr(at, text.find("```", at) - at));
        ++examples;
    }
    EXPECT_GE(examples, 6U);
    expect_good(read("examples/jobs.toml"));
}

/// What the program itself says that a table may have.
std::vector<std::string> keys_in(const std::string& file) {
    const JobFile parsed = parse_job_file(file, {});
    std::vector<std::string> keys;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        const std::size_t list = diagnostic.message.find("; it has ");
        if (list == std::string::npos) continue;
        std::istringstream names(diagnostic.message.substr(list + 9));
        for (std::string name; std::getline(names >> std::ws, name, ',');) keys.push_back(name);
    }
    EXPECT_FALSE(keys.empty());
    return keys;
}

TEST(JobFilesPage, ListsAndShowsEveryKey) {
    const std::string text = page();
    const std::string job = "[jobs.a]\nschedule = \"@daily\"\n";
    for (const std::string& file : {job + "qqqqqq = 1\n", job + "http = { qqqqqq = 1 }\n"}) {
        for (const std::string& key : keys_in(file)) {
            EXPECT_NE(text.find("`" + key + "`"), std::string::npos) << key << " is not listed";
            const bool shown = text.find("\n" + key + " = ") != std::string::npos ||
                               text.find("." + key + "]") != std::string::npos;
            EXPECT_TRUE(shown) << key << " is in no example";
        }
    }
}

}  // namespace
}  // namespace quantum::config
