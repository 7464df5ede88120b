// `quantum check` and `quantum run` find the same in files: the real program.
#include <array>
#include <ctime>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// "error site.toml:2:1: message".
using Problems = std::multiset<std::string>;

std::string text_of(const boost::json::object& object, const char* key) {
    const auto* const value = object.if_contains(key);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

/// What the log of `run` said of files.
Problems problems_in_log(const std::string& log) {
    Problems problems;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        const boost::json::object object = boost::json::parse(line).as_object();
        if (const std::string source = text_of(object, "source"); !source.empty()) {
            problems.insert(text_of(object, "level") + ' ' + source + ": " +
                            text_of(object, "msg"));
        }
    }
    return problems;
}

/// What `check` says; a file that cannot be read is no place in it.
Problems problems_of_check(const std::string& out) {
    Problems problems;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) {
        const boost::json::object file = boost::json::parse(line).as_object();
        for (const auto& one : file.at("problems").as_array()) {
            const boost::json::object& problem = one.as_object();
            std::string place = text_of(file, "file");
            if (const auto at = problem.at("line").as_int64(); at > 0) {
                place += ':' + std::to_string(at) + ':' +
                         std::to_string(problem.at("column").as_int64());
            }
            problems.insert(text_of(problem, "severity") + ' ' + place + ": " +
                            text_of(problem, "message"));
        }
    }
    return problems;
}

struct Input {
    std::string name;
    std::map<std::string, std::string> files;  ///< each by its name, in this order
    std::string finds;                         ///< part of one of the problems; empty: none
    bool is_error = true;
    std::vector<std::string> options = {};
    bool needs_root = false;
    mode_t mode = 0644;
};

void PrintTo(const Input& input, std::ostream* out) { *out << input.name; }

struct VerdictTest : testing::TestWithParam<Input> {
    ScratchDirectory scratch;

    std::vector<std::string> write_files() {
        std::vector<std::string> paths;
        for (const auto& [name, text] : GetParam().files) {
            paths.push_back(scratch.path(name));
            if (text == "(none)") continue;
            scratch.write(name, text);
            chmod(paths.back().c_str(), GetParam().mode);
        }
        return paths;
    }
};

TEST_P(VerdictTest, IsOneOfBoth) {
    if (GetParam().needs_root && geteuid() != 0) GTEST_SKIP() << "only root runs them as others";
    std::vector<std::string> words = GetParam().options;
    for (std::string& path : write_files()) words.push_back(std::move(path));

    std::vector<std::string> check{"check", "--json", "--state", scratch.path("none")};
    check.insert(check.end(), words.begin(), words.end());
    const Ended checked = quantum(check);
    const Problems found = problems_of_check(checked.out);
    EXPECT_EQ(checked.exit_code, GetParam().is_error ? 1 : 0) << checked.out;
    if (GetParam().finds.empty()) {
        EXPECT_THAT(found, IsEmpty());
    } else {
        EXPECT_THAT(found, Contains(HasSubstr(GetParam().finds)));
    }

    std::vector<std::string> run{"run", "--log-format", "json", "--ephemeral", "--strict"};
    run.insert(run.end(), words.begin(), words.end());
    Program program(quantum_argv(run));
    if (!GetParam().is_error) {
        ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
        program.signal(SIGTERM);
    }
    const Ended ended = program.wait();
    EXPECT_EQ(ended.exit_code, GetParam().is_error ? 1 : 0) << ended.err;
    EXPECT_EQ(problems_in_log(ended.err), found) << ended.err;
}

const std::string once = "schedule = \"at(2020-01-01T00:00:00)\"\ndialect = \"aws\"\n";
const std::string work = "shell = \"true\"\n";
const std::string daily = "schedule = \"@daily\"\n";

const Input inputs[] = {
    {"AGoodCrontab", {{"a", "0 1 * * * true\n"}}, "", false},
    {"AGoodJobFile", {{"a.toml", "[jobs.a]\n" + daily + work}}, "", false},
    {"AWarning", {{"a", "0 1 * * * date +%Y\n"}}, "warning", false},
    {"ABadLine", {{"a", "0 1 * * * true\n61 1 * * * true\n"}}, "minute field"},
    {"ABadKey", {{"a.toml", "[jobs.a]\ntimout = \"1s\"\n" + daily + work}}, "timout"},
    {"NoToml", {{"a.toml", "[jobs.a\n"}}, "a.toml:1:"},
    {"ANameOfTwoFiles",
     {{"a", "# name: x\n0 1 * * * true\n"}, {"b", "# name: x\n0 1 * * * true\n"}},
     "b:2:11: the name 'x' is already used"},
    {"AnInstantThatIsOver", {{"a.toml", "[jobs.a]\n" + once + work}}, "run_if_past = true"},
    {"AnInstantThatIsOverAndRuns",
     {{"a.toml", "[jobs.a]\nrun_if_past = true\n" + once + work}},
     "",
     false},
    {"AWindowThatIsOver",
     {{"a.toml", "[jobs.a]\nuntil = 2020-01-01T00:00:00Z\n" + daily + work}},
     "until: has passed",
     false},
    {"YearsThatAreOver",
     {{"a.toml", "[jobs.a]\nschedule = \"cron(0 0 1 1 ? 2020)\"\ndialect = \"aws\"\n" + work}},
     "is never due again",
     false},
    {"InstantsThatAreOver",
     {{"a.toml",
       "[jobs.a]\nschedule = [\"at(2020-01-01T00:00:00)\", \"at(2020-01-02T00:00:00)\"]\n"
       "dialect = \"aws\"\n" +
           work}},
     "is never due again",
     false},
    {"MillisecondsOfRobfig",
     {{"a.toml", "[jobs.a]\nschedule = \"@every 1500ms\"\ndialect = \"kubernetes\"\n" + work}},
     "robfig",
     false},
    {"AnUnknownUserOfALine",
     {{"a", "0 1 * * * nobody-we-know true\n0 1 * * * root true\n"}},
     "'nobody-we-know' does not exist",
     true,
     {"--system"},
     true},
    {"AnUnknownUserOfAJob",
     {{"a.toml", "allow_run_as = [\"*\"]\n[jobs.a]\nuser = \"nobody-we-know\"\n" + daily + work}},
     "not a user on this machine",
     true,
     {},
     true},
    {"AUserWhomTheFileDoesNotAllow",
     {{"a.toml", "[jobs.a]\nuser = \"daemon\"\n" + daily + work}},
     "may not run as 'daemon'",
     true,
     {},
     true},
    {"AFileThatOthersMayWrite",
     {{"a", "0 1 * * * true\n"}},
     "writable by users other",
     true,
     {},
     true,
     0666},
    {"AFileThatIsGone", {{"a", "(none)"}, {"b", "0 1 * * * true\n"}}, "cannot open"},
    {"NestedTooDeep", {{"a.toml", "a = " + std::string(40'000, '[')}}, "100 levels"},
};

INSTANTIATE_TEST_SUITE_P(Inputs, VerdictTest, testing::ValuesIn(inputs),
                         [](const auto& row) { return row.param.name; });

/// A civil time of UTC, so many seconds from now.
std::string civil_time(int seconds) {
    const std::time_t then = std::time(nullptr) + seconds;
    std::tm parts{};
    gmtime_r(&then, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return text.data();
}

TEST(VerdictOfAKnownInstant, IsNoErrorOnceItHasRun) {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");
    const std::string job = "[jobs.once]\nschedule = \"at(" + civil_time(2) +
                            ")\"\ndialect = \"aws\"\nzone = \"UTC\"\nshell = \"echo done\"\n";
    const std::string file = scratch.write("site.toml", job);
    chmod(file.c_str(), 0644);
    Program program(quantum_argv({"run", "--state", state, file}));
    ASSERT_TRUE(program.wait_for("outcome=succeeded")) << program.err();

    // The others of its file can be changed, and it does not run again.
    scratch.write("site.toml", job + "[jobs.b]\nschedule = \"@daily\"\nshell = \"true\"\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("msg=reload")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("added=1 changed=0 removed=0 unchanged=1"));
    EXPECT_EQ(quantum({"check", "--state", state, file}).exit_code, 0);
    EXPECT_EQ(quantum({"check", "--state", scratch.path("none"), file}).exit_code, 1);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);

    Program again(quantum_argv({"run", "--strict", "--state", state, file}));
    ASSERT_TRUE(again.wait_for("quantum started")) << again.err();
    EXPECT_THAT(again.err(), HasSubstr("changed=0 removed=0 unchanged=2"));
    // Defined anew it is due anew.
    scratch.write("site.toml", "[jobs.once]\nschedule = \"at(" + civil_time(2) +
                                   ")\"\ndialect = \"aws\"\nzone = \"UTC\"\nshell = \"true\"\n");
    again.signal(SIGHUP);
    ASSERT_TRUE(again.wait_for("outcome=succeeded")) << again.err();
    again.signal(SIGTERM);
    EXPECT_EQ(again.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::test
