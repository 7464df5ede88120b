#include "run/process/command_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.hpp"
#include "run/run_fixture.hpp"

namespace quantum::run {
namespace {

using Texts = std::vector<std::string>;

TEST(CommandEnvironment, AddsTheExecutionsNamesAndReplacesTheCommandsOwn) {
    Command command = shell("true");
    command.environment = {{"B", "2"}, {"QUANTUM_ATTEMPT", "99"}, {"A", "1=1"}, {"EMPTY", ""}};
    Execution execution = execution_of(command, "backup:daily");
    execution.attempt = 3;
    EXPECT_EQ(command_environment({command, execution, "node-1", "12:34"}),
              (Texts{"B=2", "A=1=1", "EMPTY=", "QUANTUM_JOB=backup:daily",
                     "QUANTUM_EXECUTION_ID=" + execution.id.text(),
                     "QUANTUM_DUE=2025-11-22T00:05:00Z", "QUANTUM_ATTEMPT=3", "QUANTUM_NODE=node-1",
                     "QUANTUM_TIMEZONE=UTC", "QUANTUM_SCHEDULER=12:34"}));
}

TEST(CommandEnvironment, NamesTheZoneOfTheSchedule) {
    Job job;
    ASSERT_TRUE(job.set_name("zoned"));
    ASSERT_TRUE(job.set_schedule("0 3 * * *", {.zone = "Europe/Zurich"}));
    Execution execution = execution_of(shell("true"));
    execution.job = JobRef(job);
    const Texts environment = command_environment({Command(), execution, "n", "12:34"});
    EXPECT_THAT(environment, testing::Contains("QUANTUM_TIMEZONE=Europe/Zurich"));
}

struct CandidatesCase {
    std::string name;
    std::string program;
    Texts environment;
    Texts candidates;
};
struct ProgramCandidates : testing::TestWithParam<CandidatesCase> {};

TEST_P(ProgramCandidates, FollowsThePath) {
    EXPECT_EQ(program_candidates(GetParam().program, GetParam().environment),
              GetParam().candidates);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, ProgramCandidates,
    testing::Values(CandidatesCase{"Absolute", "/bin/ls", {"PATH=/a"}, {"/bin/ls"}},
                    CandidatesCase{"Relative", "./ls", {"PATH=/a"}, {"./ls"}},
                    CandidatesCase{"InOrder", "ls", {"X=1", "PATH=/a:/b"}, {"/a/ls", "/b/ls"}},
                    CandidatesCase{"FirstPathCounts", "ls", {"PATH=/a", "PATH=/b"}, {"/a/ls"}},
                    CandidatesCase{
                        "EmptyElementIsHere", "ls", {"PATH=:/b:"}, {"ls", "/b/ls", "ls"}},
                    CandidatesCase{"TrailingSlash", "ls", {"PATH=/a/"}, {"/a/ls"}},
                    CandidatesCase{"NoPath", "ls", {"PATHS=/x"}, {"/usr/bin/ls", "/bin/ls"}},
                    CandidatesCase{"EmptyProgram", "", {}, {""}}),
    [](const auto& test) { return test.param.name; });

struct TimeCase {
    std::string name;
    long long micros;
    std::string text;
};
struct Rfc3339 : testing::TestWithParam<TimeCase> {};

TEST_P(Rfc3339, PrintsUtc) {
    EXPECT_EQ(base::rfc3339(WallTime(Duration(GetParam().micros))), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Times, Rfc3339,
    testing::Values(TimeCase{"Epoch", 0, "1970-01-01T00:00:00Z"},
                    TimeCase{"LeapDay", 951'827'696'000'000, "2000-02-29T12:34:56Z"},
                    TimeCase{"Micros", 1, "1970-01-01T00:00:00.000001Z"},
                    TimeCase{"Quarter", 250'000, "1970-01-01T00:00:00.25Z"},
                    TimeCase{"BeforeEpoch", -1, "1969-12-31T23:59:59.999999Z"},
                    TimeCase{"FarFuture", 253'402'300'800'000'000, "10000-01-01T00:00:00Z"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace quantum::run
