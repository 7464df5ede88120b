#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/testing/simulated_clock.hpp"

#include "cli/answer.hpp"
#include "cli/quantum_program.hpp"
#include "cli/time_text.hpp"

namespace quantum::test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

struct AnswerTest : testing::Test {
    SimulatedClock clock{*cli::parse_rfc3339("2026-11-22T00:00:00Z")};

    std::string answer(std::string_view line) {
        std::string out;
        cli::answer_request(line, clock, out);
        return out;
    }
};

TEST_F(AnswerTest, GivesTheDueTimesAfterNow) {
    EXPECT_EQ(answer(R"({"expr":"*/5 * * * *","count":2})"),
              R"({"expr":"*/5 * * * *","dialect":"cron","tz":"UTC",)"
              R"("from":"2026-11-22T00:00:00Z","count":2,)"
              R"("next":["2026-11-22T00:05:00Z","2026-11-22T00:10:00Z"]})"
              "\n");
}

TEST_F(AnswerTest, TakesEveryKey) {
    EXPECT_EQ(answer(R"({"count":1,"from":"2026-03-07T12:00:00-05:00","name":"x","tz":)"
                     R"("America/New_York","dialect":"cron","expr":"30 2 * * *"})"),
              R"({"expr":"30 2 * * *","dialect":"cron","tz":"America/New_York","name":"x",)"
              R"("from":"2026-03-07T12:00:00-05:00","count":1,"next":["2026-03-08T07:00:00Z"]})"
              "\n");
}

TEST_F(AnswerTest, NullIsAKeyThatIsNotGiven) {
    EXPECT_EQ(answer(R"({"expr":"@daily","dialect":null,"tz":null,"name":null,"from":null,)"
                     R"("count":null})"),
              answer(R"({"expr":"@daily"})"));
}

TEST_F(AnswerTest, ABlankLineIsNoRequest) {
    EXPECT_EQ(answer(""), "");
    EXPECT_EQ(answer(" \t\r"), "");
}

TEST_F(AnswerTest, ACarriageReturnAtTheEndDoesNoHarm) {
    EXPECT_EQ(answer("{\"expr\":\"@daily\"}\r"), answer(R"({"expr":"@daily"})"));
}

std::vector<std::string> next_of(const std::string& line) {
    std::vector<std::string> times;
    const json::value answer = json::parse(line);
    for (const json::value& time : answer.at("next").as_array()) {
        times.emplace_back(time.as_string());
    }
    return times;
}

struct NextCase {
    std::string_view name;
    std::string_view request;
    std::vector<std::string> next;
};

struct AnswerNextTest : testing::TestWithParam<NextCase> {};

TEST_P(AnswerNextTest, HoldsTheDueTimes) {
    const SimulatedClock clock{*cli::parse_rfc3339("2026-11-22T00:00:00Z")};
    std::string out;

    cli::answer_request(GetParam().request, clock, out);

    EXPECT_EQ(next_of(out), GetParam().next) << out;
}

const NextCase next_cases[] = {
    {"FiveByDefault",
     R"({"expr":"0 0 1 * *"})",
     {"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z",
      "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z"}},
    {"StrictlyAfter",
     R"({"expr":"0 0 * * *","from":"2026-11-22T00:00:00Z","count":1})",
     {"2026-11-23T00:00:00Z"}},
    {"JustBefore",
     R"({"expr":"0 0 * * *","from":"2026-11-21T23:59:59.999999Z","count":1})",
     {"2026-11-22T00:00:00Z"}},
    {"None", R"({"expr":"0 0 * * *","count":0})", {}},
    {"Reboot", R"({"expr":"@reboot"})", {}},
    {"EveryCountsFromTheStart",
     R"({"expr":"@every 1h30m","from":"2026-11-22T00:00:07Z","count":2})",
     {"2026-11-22T01:30:07Z", "2026-11-22T03:00:07Z"}},
    {"EveryKeepsTheFraction",
     R"({"expr":"@every 10s","from":"2026-11-22T00:00:07.25Z","count":1})",
     {"2026-11-22T00:00:17.25Z"}},
    {"QuantumDialect",
     R"({"expr":"*/2 * * * * 2027","dialect":"quantum","count":1})",
     {"2027-01-01T00:00:00Z"}},
    {"NoMoreAfterTheLastYear",
     R"({"expr":"0 0 1 1 * 2027","dialect":"quantum"})",
     {"2027-01-01T00:00:00Z"}},
    {"OverForEver", R"({"expr":"0 0 1 1 * 2020","dialect":"quantum"})", {}},
};

INSTANTIATE_TEST_SUITE_P(Table, AnswerNextTest, testing::ValuesIn(next_cases),
                         [](const auto& row) { return std::string(row.param.name); });

struct FaultCase {
    std::string_view name;
    std::string_view request;
    std::string_view field;
    std::int64_t column;
    std::string_view part;
    std::optional<std::string_view> expression;  ///< that the answer repeats
};

struct AnswerFaultTest : testing::TestWithParam<FaultCase> {};

TEST_P(AnswerFaultTest, NamesFieldAndColumn) {
    const FaultCase& row = GetParam();
    const SimulatedClock clock{*cli::parse_rfc3339("2026-11-22T00:00:00Z")};
    std::string out;

    cli::answer_request(row.request, clock, out);

    ASSERT_THAT(out, testing::EndsWith("}\n"));
    const json::value answer = json::parse(out);
    const json::object& error = answer.at("error").as_object();
    EXPECT_EQ(error.at("field").as_string(), row.field) << out;
    EXPECT_EQ(error.at("column").as_int64(), row.column) << out;
    EXPECT_THAT(std::string(error.at("message").as_string()), HasSubstr(row.part));
    EXPECT_EQ(error.size(), 3u);
    EXPECT_FALSE(answer.as_object().contains("next"));
    const json::value* expression = answer.as_object().if_contains("expr");
    ASSERT_EQ(expression != nullptr, row.expression.has_value()) << out;
    if (expression != nullptr) {
        EXPECT_EQ(expression->as_string(), *row.expression);
    }
}

const FaultCase fault_cases[] = {
    {"Minute", R"({"expr":"60 * * * *"})", "minute", 1, "60", "60 * * * *"},
    {"Hour", R"({"expr":"0  24 * * *"})", "hour", 4, "24", "0  24 * * *"},
    {"Weekday", R"({"expr":"0 0 * * 8"})", "weekday", 9, "8", "0 0 * * 8"},
    {"Empty", R"({"expr":""})", "", 1, "", ""},
    {"Zone", R"({"expr":"@daily","tz":"Mars/Base"})", "zone", 1, "Mars/Base", "@daily"},
    {"Dialect", R"({"expr":"@daily","dialect":"klingon"})", "dialect", 1, "klingon", "@daily"},
    {"From", R"({"expr":"@daily","from":"yesterday"})", "from", 1, "RFC 3339", "@daily"},
    {"EmptyFrom", R"({"expr":"@daily","from":""})", "from", 1, "RFC 3339", "@daily"},
    {"NoExpression", R"({"tz":"UTC"})", "expr", 1, "no 'expr'", {}},
    {"ExpressionIsNull", R"({"expr":null})", "expr", 1, "is null", {}},
    {"ExpressionIsANumber", R"({"expr":5})", "expr", 1, "is a number", {}},
    {"ZoneIsAnArray", R"({"tz":[],"expr":"@daily"})", "tz", 1, "is an array", "@daily"},
    {"CountIsAString", R"({"expr":"@daily","count":"5"})", "count", 1, "whole number", "@daily"},
    {"CountIsAFraction", R"({"expr":"@daily","count":1.5})", "count", 1, "whole", "@daily"},
    {"CountIsNegative", R"({"expr":"@daily","count":-1})", "count", 1, "100000", "@daily"},
    {"CountIsTooLarge", R"({"expr":"@daily","count":100001})", "count", 1, "100000", "@daily"},
    {"CountIsHuge", R"({"expr":"@daily","count":18446744073709551615})", "count", 1, "", "@daily"},
    {"UnknownKey", R"({"timezone":"UTC","expr":"@daily"})", "timezone", 1, "not a key", "@daily"},
    {"NoJson", "*/5 * * * *", "", 1, "no JSON", {}},
    {"JsonCutShort", R"({"expr":"@daily")", "", 17, "no JSON", {}},
    {"TwoOnALine", R"({"expr":"@daily"} {"expr":"@daily"})", "", 19, "no JSON", {}},
    {"Array", R"(["@daily"])", "", 1, "an array", {}},
    {"String", R"("@daily")", "", 1, "a string", {}},
    {"InvalidUtf8", "{\"expr\":\"\xFF\"}", "", 10, "no JSON", {}},
};

INSTANTIATE_TEST_SUITE_P(Table, AnswerFaultTest, testing::ValuesIn(fault_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(AnswerTest, StaysJsonWhateverTheExpressionHolds) {
    const std::string out = answer(R"({"expr":"\u0000\u001b \"\\ \ud83d\ude00 ä"})");

    const json::value parsed = json::parse(out);
    EXPECT_EQ(parsed.at("expr").as_string(), std::string("\0", 1) + "\x1b \"\\ 😀 ä");
}

TEST_F(AnswerTest, DeepNestingIsRefusedNotFollowed) {
    EXPECT_THAT(answer(std::string(100'000, '[')), HasSubstr("no JSON"));
}

// The program around it.

TEST(BatchProgramTest, AnswersInOrderOneLineEach) {
    const Ended ended = quantum({"next", "--batch"},
                                "{\"expr\":\"a\"}\n\n{\"expr\":\"@daily\",\"count\":0}\nno\n"
                                "{\"expr\":\"@reboot\"}");  // the last one without a newline

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.err, "");
    std::vector<std::string> kinds;
    for (std::size_t begin = 0; begin < ended.out.size();) {
        const std::size_t end = ended.out.find('\n', begin);
        ASSERT_NE(end, std::string::npos);
        const json::value answer = json::parse(ended.out.substr(begin, end - begin));
        const json::value* expression = answer.as_object().if_contains("expr");
        kinds.emplace_back(expression == nullptr ? "-" : expression->as_string().c_str());
        begin = end + 1;
    }
    EXPECT_THAT(kinds, testing::ElementsAre("a", "@daily", "-", "@reboot"));
}

TEST(BatchProgramTest, AnswersAtOnceWhoeverWaits) {
    Program program(quantum_argv({"next", "--batch"}));

    program.write("{\"expr\":\"@daily\",\"count\":0}\n");
    EXPECT_TRUE(program.wait_for("\"@daily\""));
    program.write("{\"expr\":\"@weekly\",\"count\":0}\n");
    EXPECT_TRUE(program.wait_for("\"@weekly\""));

    EXPECT_EQ(program.wait().exit_code, 0);
}

TEST(BatchProgramTest, SkipsALineThatIsTooLong) {
    const Ended ended =
        quantum({"next", "--batch"}, std::string(10'000'000, 'x') + "\n{\"expr\":\"@reboot\"}\n");

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, testing::StartsWith(R"({"error":{"field":"","column":1,"message":)"
                                               R"("the line is longer)"));
    EXPECT_THAT(ended.out, HasSubstr("\n{\"expr\":\"@reboot\""));
}

TEST(BatchProgramTest, NothingInNothingOut) {
    const Ended ended = quantum({"next", "--batch"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.out, "");
}

TEST(BatchProgramTest, ManyRequestsKeepTheirOrder) {
    std::string input;
    for (int number = 0; number < 20'000; ++number) {
        input +=
            "{\"expr\":\"0 0 * * *\",\"count\":2,\"name\":\"" + std::to_string(number) + "\"}\n";
    }

    const Ended ended = quantum({"next", "--batch"}, input);

    int number = 0;
    for (std::size_t begin = 0; begin < ended.out.size(); ++number) {
        const std::size_t end = ended.out.find('\n', begin);
        const std::string line = ended.out.substr(begin, end - begin);
        ASSERT_THAT(line, HasSubstr("\"name\":\"" + std::to_string(number) + "\""));
        begin = end + 1;
    }
    EXPECT_EQ(number, 20'000);
}

}  // namespace
}  // namespace quantum::test
