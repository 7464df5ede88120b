// Why a child did not execute its program: each reason says what was attempted, and tells no value
// of a variable.
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/process_fixture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

struct SpawnFailureTest : ProcessRunnerTest {
    ScratchDirectory scratch;

    std::string reason(const Command& command) {
        const RunRecord record = run(command);
        EXPECT_EQ(record.started, 0);
        EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
        return record.outcome.reason;
    }
};

TEST_F(SpawnFailureTest, NamesAMissingProgram) {
    EXPECT_EQ(reason(program({"/no/such/program"})),
              "cannot run '/no/such/program': No such file or directory");
}

TEST_F(SpawnFailureTest, SaysThatItSearchedAndKeepsTheValueOfPathToItself) {
    Command command;
    command.argv = {"nosuchprogram"};
    command.environment = {{"PATH", "/token-of-a-secret-file:/bin"}};
    EXPECT_EQ(reason(command),
              "cannot run 'nosuchprogram': not found in any directory of its PATH");
}

TEST_F(SpawnFailureTest, TheDirectoryThatPathLedToIsNotTold) {
    Command command;
    command.argv = {"passwd"};
    command.environment = {{"PATH", "/etc"}};
    EXPECT_EQ(reason(command), "cannot run 'passwd', found by its PATH: Permission denied");
}

TEST_F(SpawnFailureTest, ANulByteInAVariableDoesNotTellItsValue) {
    Command command = shell("true");
    command.environment = {{"TOKEN", std::string("hunter2\0b", 9)}};
    EXPECT_EQ(
        reason(command),
        "a NUL byte in the variable 'TOKEN': arguments, environment and directory must not contain "
        "one");
}

TEST_F(SpawnFailureTest, GoesOnInTheRootWhereACommandSaysSoAndSaysIt) {
    make_runner({.output = {.keep = true}});
    Command command = shell("pwd");
    command.working_directory = "/no/such/home";
    command.or_in_root = true;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded);
    EXPECT_EQ(record.output, Lines{"/"});
    const std::string note =
        "quantum: cannot enter the working directory '/no/such/home': No such file or directory; "
        "running in /";
    EXPECT_EQ(record.errors, Lines{note});
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, note + "\n/\n");
}

TEST_F(SpawnFailureTest, NamesAFileThatIsNotExecutable) {
    const std::string file = scratch.write("plain", "echo hello\n");
    chmod(file.c_str(), 0644);
    EXPECT_EQ(reason(program({file})), "cannot run '" + file + "': Permission denied");
}

TEST_F(SpawnFailureTest, SaysThatAForbiddenFileWasFoundInThePath) {
    chmod(scratch.write("forbidden", "").c_str(), 0644);
    Command command;
    command.argv = {"forbidden"};
    command.environment = {{"PATH", "/nowhere:" + scratch.path("") + ":/elsewhere"}};
    EXPECT_EQ(reason(command), "cannot run 'forbidden', found by its PATH: Permission denied");
}

TEST_F(SpawnFailureTest, NamesAMissingInterpreter) {
    const std::string file = scratch.write("script", "#!/no/such/shell\n");
    chmod(file.c_str(), 0755);
    EXPECT_EQ(reason(program({file})),
              "cannot run '" + file +
                  "': its interpreter, named in its first line or header, was not found");
}

TEST_F(SpawnFailureTest, SaysThatAFileIsNoProgram) {
    const std::string file = scratch.write("text", "just words\n");
    chmod(file.c_str(), 0755);
    EXPECT_EQ(reason(program({file})), "cannot run '" + file + "': Exec format error");
}

TEST_F(SpawnFailureTest, NamesADirectory) {
    EXPECT_EQ(reason(program({"/tmp"})), "cannot run '/tmp': Permission denied");
}

TEST_F(SpawnFailureTest, NamesABadWorkingDirectory) {
    Command command = shell("true");
    command.working_directory = "/no/such/directory";
    EXPECT_EQ(reason(command),
              "cannot enter the working directory '/no/such/directory': No such file or directory");
}

TEST_F(SpawnFailureTest, NamesAWorkingDirectoryThatIsAFile) {
    Command command = shell("true");
    command.working_directory = "/etc/passwd";
    EXPECT_EQ(reason(command), "cannot enter the working directory '/etc/passwd': Not a directory");
}

TEST_F(SpawnFailureTest, RefusesANulByteInsteadOfCuttingTheText) {
    Command command;
    command.argv = {"/bin/echo", std::string("a\0b", 3)};
    EXPECT_THAT(reason(command), testing::HasSubstr("a NUL byte after 'a'"));
}

TEST_F(SpawnFailureTest, SaysThatArgumentsAreTooLong) {
    Command command = program({"/bin/true"});
    command.environment = {{"LONG", std::string(200'000, 'x')}};
    EXPECT_EQ(reason(command), "cannot run '/bin/true': Argument list too long");
}

TEST_F(SpawnFailureTest, SaysThatNoDescriptorIsLeft) {
#if defined(__SANITIZE_ADDRESS__)  // of the preset that has ubsan too, for which GCC has no macro
    GTEST_SKIP() << "ubsan's vptr check makes a pipe of its own, and reports a bug where it cannot";
#endif
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const int free = dup(0);
    close(free);
    const rlimit tight{static_cast<rlim_t>(free), before.rlim_max};
    loop.post([&] { setrlimit(RLIMIT_NOFILE, &tight); });
    const std::string text = reason(shell("true"));
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(text, "cannot make a pipe: Too many open files");
}

}  // namespace
}  // namespace quantum::run
