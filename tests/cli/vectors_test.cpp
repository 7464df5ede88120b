// The whole program against the engines of the world: one `quantum next --batch` a file.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "cli/quantum_program.hpp"
#include "support/paths.hpp"

namespace quantum::test {
namespace {

namespace json = boost::json;

/// Ids of lines on which this project decides otherwise, kept beside the tests of schedules.
std::set<std::string> departures(const std::string& file) {
    std::set<std::string> ids;
    std::ifstream in(QUANTUM_SOURCE_DIR "/tests/schedule/vector_departures.tsv");
    for (std::string line; std::getline(in, line);) {
        const std::size_t first = line.find('\t');
        if (first != std::string::npos && line.substr(0, first) == file) {
            ids.insert(line.substr(first + 1, line.find('\t', first + 1) - first - 1));
        }
    }
    return ids;
}

struct Question {
    std::string id;
    json::object request;
    json::array expected;
};

std::string text_of(const json::value& line, std::string_view key) {
    const json::value* value = line.as_object().if_contains(key);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

bool answered_by(const json::value& answer, std::string_view engine) {
    const json::array& engines = answer.at("engines").as_array();
    return std::any_of(engines.begin(), engines.end(),
                       [engine](const json::value& name) { return name.as_string() == engine; });
}

std::vector<Question> questions_of_next() {
    std::vector<Question> questions;
    std::ifstream in(test::vectors("cron_next.jsonl"));
    for (std::string text; std::getline(in, text);) {
        const json::value line = json::parse(text);
        if (text_of(line, "dialect") != "vixie") {
            continue;
        }
        for (const json::value& a_case : line.at("cases").as_array()) {
            for (const json::value& answer : a_case.at("answers").as_array()) {
                if (answered_by(answer, "cronie")) {
                    questions.push_back({text_of(line, "id"),
                                         {{"expr", text_of(line, "expr")},
                                          {"from", text_of(a_case, "start")},
                                          {"count", answer.at("next").as_array().size()}},
                                         answer.at("next").as_array()});
                }
            }
        }
    }
    return questions;
}

std::vector<Question> questions_of_zones() {
    std::vector<Question> questions;
    std::ifstream in(test::vectors("cron_tz.jsonl"));
    for (std::string text; std::getline(in, text);) {
        const json::value line = json::parse(text);
        if (text_of(line, "dialect") == "vixie" && text_of(line, "status") == "agree") {
            const json::array& next = line.at("answers").at(0).at("next").as_array();
            questions.push_back({text_of(line, "id"),
                                 {{"expr", text_of(line, "expr")},
                                  {"tz", text_of(line, "tz")},
                                  {"from", text_of(line, "start")},
                                  {"count", next.size()}},
                                 next});
        }
    }
    return questions;
}

void ask(const std::string& file, const std::vector<Question>& questions) {
    ASSERT_FALSE(questions.empty());
    const std::set<std::string> departing = departures(file);
    std::string input;
    for (const Question& question : questions) {
        input += json::serialize(question.request) + '\n';
    }

    const Ended ended = quantum({"next", "--batch"}, input);

    EXPECT_EQ(ended.exit_code, 0);
    std::size_t compared = 0;
    std::size_t begin = 0;
    for (const Question& question : questions) {
        const std::size_t end = ended.out.find('\n', begin);
        ASSERT_NE(end, std::string::npos) << "an answer is missing";
        const json::value answer = json::parse(ended.out.substr(begin, end - begin));
        begin = end + 1;
        ASSERT_EQ(answer.at("expr"), question.request.at("expr"));
        if (departing.contains(question.id)) {
            continue;
        }
        ++compared;
        const json::value* next = answer.as_object().if_contains("next");
        EXPECT_TRUE(next != nullptr && *next == question.expected)
            << question.id << '\n'
            << json::serialize(answer) << '\n'
            << json::serialize(question.expected);
    }
    EXPECT_EQ(begin, ended.out.size()) << "more answers than questions";
    std::cout << compared << " of " << questions.size() << " answers compared\n";
}

TEST(ProgramVectorsTest, NextAgreesWithCronie) { ask("cron_next.jsonl", questions_of_next()); }

TEST(ProgramVectorsTest, ZonesAgreeWhereAllEnginesDo) {
    ask("cron_tz.jsonl", questions_of_zones());
}

}  // namespace
}  // namespace quantum::test
