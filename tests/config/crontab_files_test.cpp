// Whole crontab files of the real world against what cronie's own reader made of them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/crontab.hpp"
#include "config/read_file.hpp"
#include "support/paths.hpp"

namespace quantum::config {
namespace {

namespace json = boost::json;

const std::filesystem::path directory = test::crontab_files();

struct Line {
    std::size_t line;
    std::string user;
    std::string command;
    bool reboot;

    friend bool operator==(const Line&, const Line&) = default;
    friend void PrintTo(const Line& line, std::ostream* out) {
        *out << line.line << " [" << line.user << "] " << line.command
             << (line.reboot ? " (reboot)" : "");
    }
};

/// One file, as text and by lines, and what we departed from cronie in on purpose.
struct File {
    std::string text;
    std::vector<std::string_view> lines;

    explicit File(std::string bytes) : text(std::move(bytes)) {
        for (std::string_view rest = text; !rest.empty();) {
            const std::size_t end = std::min(rest.size(), rest.find('\n'));
            lines.push_back(rest.substr(0, end));
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
    }
    [[nodiscard]] bool marked() const { return text.starts_with("\xEF\xBB\xBF"); }
    [[nodiscard]] bool open_end() const { return !text.empty() && text.back() != '\n'; }
    [[nodiscard]] bool returns_at(std::size_t line) const {
        return lines[line - 1].ends_with('\r');
    }
    /// What cron refuses or leaves out, and we read with a warning.
    [[nodiscard]] bool read_all_the_same(std::size_t line) const {
        return (marked() && line == 1) || (open_end() && line == lines.size()) ||
               lines[line - 1] == "\r";
    }
};

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

std::set<std::size_t> lines_with(const Crontab& crontab, Severity severity) {
    std::set<std::size_t> lines;
    for (const Diagnostic& diagnostic : crontab.diagnostics) {
        if (diagnostic.severity == severity) {
            lines.insert(diagnostic.line);
        }
    }
    return lines;
}

/// "bad minute" -> a word that our message for the same line must hold.
std::string_view word_for(std::string_view reason) {
    if (reason == "bad command") {
        return "command";
    }
    return reason.substr(reason.rfind(' ') + 1);
}

void compare(const File& file, const json::object& cronie, bool system) {
    const Crontab crontab = parse_crontab(file.text, {.stem = "file", .system = system});
    const std::set<std::size_t> warned = lines_with(crontab, Severity::warning);

    std::vector<std::string> expected_assignments;
    for (const json::value& assignment : cronie.at("env").as_array()) {
        expected_assignments.emplace_back(assignment.as_string());
    }
    std::vector<std::string> assignments;
    for (const CrontabAssignment& assignment : crontab.assignments) {
        assignments.push_back(assignment.name + '=' + assignment.value);
    }
    EXPECT_EQ(assignments, expected_assignments);

    std::vector<Line> expected;
    for (const json::value& value : cronie.at("entries").as_array()) {
        const json::object& entry = value.as_object();
        expected.push_back({static_cast<std::size_t>(entry.at("line").as_int64()),
                            text_of(entry, "user"), text_of(entry, "cmd"),
                            entry.at("reboot").as_bool()});
    }
    std::vector<Line> entries;
    for (const CrontabEntry& entry : crontab.entries) {
        if (file.read_all_the_same(entry.line)) {
            EXPECT_TRUE(warned.contains(entry.line)) << "line " << entry.line;
            continue;
        }
        entries.push_back({entry.line, entry.user,
                           entry.raw_command + (file.returns_at(entry.line) ? "\r" : ""),
                           entry.schedule.is_reboot()});
    }
    EXPECT_EQ(entries, expected);

    std::set<std::size_t> expected_errors;
    for (const json::value& value : cronie.at("errors").as_array()) {
        const auto line = static_cast<std::size_t>(value.as_object().at("line").as_int64());
        if (file.read_all_the_same(line)) {
            EXPECT_TRUE(warned.contains(line)) << "line " << line;
            continue;
        }
        expected_errors.insert(line);
        for (const Diagnostic& diagnostic : crontab.diagnostics) {
            if (diagnostic.severity == Severity::error && diagnostic.line == line) {
                EXPECT_THAT(diagnostic.message,
                            testing::HasSubstr(word_for(text_of(value.as_object(), "msg"))));
            }
        }
    }
    std::set<std::size_t> errors = lines_with(crontab, Severity::error);
    if (file.open_end()) {
        errors.erase(file.lines.size());
    }
    EXPECT_EQ(errors, expected_errors);
}

TEST(CrontabFilesTest, LoadAsCronieLoadsThem) {
    std::ifstream index(directory / "index.jsonl");
    if (!index) {
        GTEST_SKIP() << "other people's crontab files are not beside the project";
    }
    std::size_t readings = 0;
    for (std::string line; std::getline(index, line);) {
        const json::value parsed = json::parse(line);
        const json::object& record = parsed.as_object();
        const std::string name = text_of(record, "file");
        Result<std::string> text = read_file((directory / name).string());
        ASSERT_TRUE(text) << text.error().message;
        const File file(*std::move(text));
        for (const bool system : {false, true}) {
            const json::value* cronie =
                record.if_contains(system ? "cronie_system" : "cronie_user");
            if (cronie != nullptr) {
                SCOPED_TRACE(name + (system ? " as a system crontab" : " as a user's crontab"));
                compare(file, cronie->as_object(), system);
                ++readings;
            }
        }
    }
    EXPECT_GT(readings, 0u);
    std::cout << readings << " readings compared\n";
}

}  // namespace
}  // namespace quantum::config
