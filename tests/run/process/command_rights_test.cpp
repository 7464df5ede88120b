// What a command may do and see: user, groups, privileges, limits, environment, secrets. Tests
// that are named after a number belong to that item of the security checklist.
#include <csignal>

#include <gmock/gmock.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/process_fixture.hpp"
#include "support/scratch_directory.hpp"

#define QUANTUM_NEEDS_ROOT() \
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct CommandRightsTest : ProcessRunnerTest {
    ScratchDirectory scratch;

    CommandRightsTest() { make_runner(options()); }

    ChildRunnerOptions options() {
        return {.output = {.keep = true},
                .allow_run_as = {"nobody"},
                .secrets_directory = scratch.path("secrets")};
    }
    std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) {
        mkdir(scratch.path("secrets").c_str(), 0700);
        const std::string path = scratch.write(name, text);
        chmod(path.c_str(), mode);
        return path;
    }
    std::string refusal(const Command& command) {
        const RunRecord record = run(command);
        EXPECT_EQ(record.started, 0);
        EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
        return record.outcome.reason;
    }
};

Command as_nobody(std::string script) {
    Command command = shell(std::move(script));
    command.user = "nobody";
    return command;
}

// ---- identity ---------------------------------------------------------------------------------

TEST_F(CommandRightsTest, SecurityItem15EveryIdIsTheUsers) {
    QUANTUM_NEEDS_ROOT();
    const passwd* nobody = getpwnam("nobody");
    const std::string uid = std::to_string(nobody->pw_uid);
    const std::string gid = std::to_string(nobody->pw_gid);
    const RunRecord record =
        run(as_nobody("grep -E '^(Uid|Gid|Groups|CapEff|CapPrm|NoNewPrivs)' /proc/self/status"));
    EXPECT_EQ(record.output,
              (Lines{"Uid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid,
                     "Gid:\t" + gid + "\t" + gid + "\t" + gid + "\t" + gid, "Groups:\t" + gid + " ",
                     "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1"}));
}

TEST_F(CommandRightsTest, SecurityItem15NoGroupOfThisProgramIsLeft) {
    QUANTUM_NEEDS_ROOT();
    std::vector<gid_t> before(static_cast<std::size_t>(getgroups(0, nullptr)));
    getgroups(static_cast<int>(before.size()), before.data());
    const std::vector<gid_t> own{0, 4, 42};
    ASSERT_EQ(setgroups(own.size(), own.data()), 0);
    const RunRecord record = run(as_nobody("id -G"));
    setgroups(before.size(), before.data());
    EXPECT_EQ(record.output, Lines{std::to_string(getpwnam("nobody")->pw_gid)});
}

TEST_F(CommandRightsTest, SecurityItem15WhatTheKernelRefusesDoesNotRun) {
    QUANTUM_NEEDS_ROOT();
    Command sleeper = as_nobody("echo there; exec sleep 60");
    const Execution first = execution_of(sleeper);
    const Execution second = execution_of(sleeper);
    runner->start({&first, 1}, recorder);
    runner->start({&second, 1}, recorder);
    std::size_t there = 0;
    ASSERT_TRUE(run_until([&](const std::function<void()>& done) {
        recorder.on_output([&there, done](const Execution&, std::string_view) {
            if (++there == 2) done();
        });
    }));
    recorder.on_output(nullptr);

    // The user has more processes than this one may be beside.
    Command command = as_nobody("id -u");
    command.limits.processes = 1;
    const Execution refused = execution_of(command);
    runner->start({&refused, 1}, recorder);
    ASSERT_TRUE(run_until_finished(1));
    runner->stop(first.id, StopSignal::kill);
    runner->stop(second.id, StopSignal::kill);
    ASSERT_TRUE(run_until_finished(3));

    EXPECT_EQ(recorder.of(refused).started, 0);
    EXPECT_TRUE(recorder.of(refused).output.empty());
    EXPECT_THAT(recorder.of(refused).outcome.reason,
                HasSubstr("the process limit of the user or the machine"));
}

TEST_F(CommandRightsTest, SecurityItem15NewPrivilegesOnlyWhereAsked) {
    Command command = shell("grep NoNewPrivs /proc/self/status");
    EXPECT_EQ(run(command).output, Lines{"NoNewPrivs:\t1"});
    command.new_privileges = true;
    const Execution again = execution_of(command);
    runner->start({&again, 1}, recorder);
    ASSERT_TRUE(run_until_finished(2));
    EXPECT_EQ(recorder.of(again).output, Lines{"NoNewPrivs:\t0"});
}

TEST_F(CommandRightsTest, SecurityItem36AUserThatIsNotAllowedHereIsRefused) {
    QUANTUM_NEEDS_ROOT();
    Command command = shell("true");
    command.user = "daemon";
    EXPECT_EQ(refusal(command), "commands are not allowed to run as user 'daemon' here");
}

TEST_F(CommandRightsTest, AnUnknownUserOrGroupIsNamed) {
    Command command = shell("true");
    command.user = "no-such-user";
    EXPECT_EQ(refusal(command), "there is no user 'no-such-user' on this machine");
    command.user = "root";
    command.group = "no-such-group";
    const Execution second = execution_of(command);
    runner->start({&second, 1}, recorder);
    ASSERT_TRUE(run_until_finished(2));
    EXPECT_EQ(recorder.of(second).outcome.reason,
              "there is no group 'no-such-group' on this machine");
}

TEST_F(CommandRightsTest, TheGroupIsTakenInPlaceOfTheUsersOwn) {
    QUANTUM_NEEDS_ROOT();
    make_runner({.allow_run_as = {"nobody"}, .allow_run_as_group = {"daemon"}});
    Command command = as_nobody("id -g");
    command.group = "daemon";
    EXPECT_EQ(run(command).output, Lines{std::to_string(getgrnam("daemon")->gr_gid)});
}

TEST_F(CommandRightsTest, SecurityItem14AGroupThatIsNeitherTheUsersNorAllowedIsRefused) {
    QUANTUM_NEEDS_ROOT();
    Command command = as_nobody("true");
    command.group = "shadow";
    EXPECT_EQ(refusal(command),
              "commands of user 'nobody' are not allowed to run in the group 'shadow' here, which "
              "is none of that user's");
    command.group = std::to_string(getgrnam("shadow")->gr_gid);
    const Execution second = execution_of(command);
    runner->start({&second, 1}, recorder);
    ASSERT_TRUE(run_until_finished(2));
    EXPECT_THAT(recorder.of(second).outcome.reason, HasSubstr("are not allowed to run in"));
    command.group = std::to_string(getpwnam("nobody")->pw_gid);
    const Execution third = execution_of(command);
    runner->start({&third, 1}, recorder);
    ASSERT_TRUE(run_until_finished(3));
    EXPECT_EQ(recorder.of(third).outcome.kind, OutcomeKind::succeeded);
}

TEST_F(CommandRightsTest, TheWorkingDirectoryIsEnteredWithTheRightsOfTheUser) {
    QUANTUM_NEEDS_ROOT();
    Command command = as_nobody("pwd");
    command.working_directory = scratch.path("");
    EXPECT_THAT(refusal(command), HasSubstr("Permission denied"));
}

TEST_F(CommandRightsTest, TheAccountGivesWhatTheCommandDoesNotName) {
    QUANTUM_NEEDS_ROOT();
    Command command = as_nobody("echo $HOME $LOGNAME $USER");
    command.environment.emplace_back("HOME", "/own");
    EXPECT_EQ(run(command).output, Lines{"/own nobody nobody"});
}

// ---- environment, descriptors, limits -----------------------------------------------------------

TEST_F(CommandRightsTest, SecurityItem18TheEnvironmentComesFromNothing) {
    setenv("LD_PRELOAD_OF_DAEMON", "leaked", 1);
    Command command;
    command.argv = {"/usr/bin/env"};
    const Lines output = run(command).output;
    unsetenv("LD_PRELOAD_OF_DAEMON");
    ASSERT_EQ(output.size(), 7U);
    for (const auto& line : output) EXPECT_THAT(line, testing::StartsWith("QUANTUM_"));
}

TEST_F(CommandRightsTest, SecurityItem19UmaskIsTheCommands) {
    const mode_t before = umask(0);
    Command command = shell("umask");
    command.file_mode_mask = 027;
    EXPECT_EQ(run(command).output, Lines{"0027"});
    umask(before);
}

TEST_F(CommandRightsTest, SecurityItem17ArgumentsAreNeverReadByAShell) {
    const std::string hostile = "; rm -rf / $(id) `id` \n -e '\"\\";
    Command command;
    command.argv = {"/usr/bin/printf", "%s", hostile, "--", "-n"};
    EXPECT_EQ(testing::PrintToString(run(command).output),
              testing::PrintToString(Lines{"; rm -rf / $(id) `id` ", " -e '\"\\---n"}));
}

TEST_F(CommandRightsTest, SecurityItem22EveryLimitIsSet) {
    Command command = shell("cat /proc/self/limits");
    command.limits = {.address_space = std::uint64_t{1} << 30U,
                      .cpu_seconds = 7,
                      .open_files = 33,
                      .processes = 444,
                      .file_size = 5'555'555,
                      .core_size = 0};
    const std::string text = testing::PrintToString(run(command).output);
    EXPECT_THAT(text, testing::ContainsRegex("Max address space +1073741824 +1073741824"));
    EXPECT_THAT(text, testing::ContainsRegex("Max cpu time +7 +12"));
    EXPECT_THAT(text, testing::ContainsRegex("Max open files +33 +33"));
    EXPECT_THAT(text, testing::ContainsRegex("Max processes +444 +444"));
    EXPECT_THAT(text, testing::ContainsRegex("Max file size +5555555 +5555555"));
    EXPECT_THAT(text, testing::ContainsRegex("Max core file size +0 +0"));
}

TEST_F(CommandRightsTest, SecurityItem22CpuTimeIsBounded) {
    Command command = shell("while :; do :; done");
    command.limits.cpu_seconds = 1;
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.signal, SIGXCPU);
    EXPECT_GE(record.outcome.cpu, 300ms);  // the limit counts by ticks, what was used is exact
    EXPECT_LT(record.outcome.cpu, 5s);
}

TEST_F(CommandRightsTest, SecurityItem22MemoryIsBounded) {
    Command command = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}");
    command.limits.address_space = std::uint64_t{64} << 20U;
    EXPECT_EQ(run(command).outcome.kind, OutcomeKind::failed);
}

TEST_F(CommandRightsTest, PeakMemoryAndCpuTimeAreRecorded) {
    const RunRecord record =
        run(shell("x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo ${#x}"));
    EXPECT_EQ(record.output, Lines{"100000000"});
    EXPECT_GT(record.outcome.peak_memory, 100'000'000U);
    EXPECT_LT(record.outcome.peak_memory, 1'000'000'000U);
    EXPECT_GT(record.outcome.cpu, 1ms);
}

TEST_F(CommandRightsTest, NiceIsSet) {
    Command command = shell("nice");
    command.nice = 7;
    EXPECT_EQ(run(command).output, Lines{"7"});
}

TEST_F(CommandRightsTest, OtherExitCodesCanBeSuccess) {
    Command command = shell("exit 24");
    command.success_codes = {0, 24};
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded);
    EXPECT_EQ(record.outcome.exit_code, 24);
    EXPECT_EQ(record.outcome.reason, "");
}

TEST_F(CommandRightsTest, ZeroIsAFailureWhereItIsNotNamed) {
    Command command = shell("exit 0");
    command.success_codes = {1};
    EXPECT_EQ(run(command).outcome.kind, OutcomeKind::failed);
}

// ---- secrets ----------------------------------------------------------------------------------

TEST_F(CommandRightsTest, SecurityItem28TheCommandSeesItsSecretsAndItsOutputDoesNot) {
    file("secrets/token", "hunter2\n");
    Command command = shell("echo \"$TOKEN ${#TOKEN}\"; echo $TOKEN >&2");
    command.environment.emplace_back("TOKEN", "replaced");
    command.secrets = {{"TOKEN", "token"}};
    const Execution execution = execution_of(command);
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(1));
    const RunRecord record = recorder.of(execution);
    EXPECT_EQ(record.output, Lines{"*** 7"});
    EXPECT_EQ(record.errors, Lines{"***"});
    ASSERT_TRUE(record.kept);
    EXPECT_THAT(record.kept->head, testing::Not(HasSubstr("hunter")));
}

TEST_F(CommandRightsTest, SecurityItem28ASecretThatIsCutInTwoWritesIsMasked) {
    file("secrets/token", "hunter2");
    // The second part goes out when the first has been read.
    Command command = shell("printf 'a hun'; read -r line <\"$GO\"; printf 'ter2 b'");
    ASSERT_EQ(mkfifo(scratch.path("go").c_str(), 0600), 0);
    command.environment.emplace_back("GO", scratch.path("go"));
    command.secrets = {{"TOKEN", "token"}};
    const Execution execution = execution_of(command);
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until(
        [&](const std::function<void()>& done) { recorder.on_started([done] { done(); }); }));
    std::ofstream(scratch.path("go")) << "go\n";
    ASSERT_TRUE(run_until_finished(1));
    EXPECT_EQ(recorder.of(execution).output, Lines{"a *** b"});
}

TEST_F(CommandRightsTest, SecurityItem28ASecretAtThePlaceOfTheCutIsMasked) {
    file("secrets/token", "hunter2");
    Command command = shell(
        "head -c 65533 /dev/zero | tr '\\0' x; printf hunter2;"
        "head -c 500000 /dev/zero | tr '\\0' y; printf hunter2;"
        "head -c 196605 /dev/zero | tr '\\0' z");
    command.secrets = {{"TOKEN", "token"}};
    const auto kept = run(command).kept;
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->head.substr(65530), "xxx***");
    EXPECT_EQ(kept->tail.substr(0, 6), "***zzz");
}

TEST_F(CommandRightsTest, SecurityItem28ValuesOfAnEnvironmentFileAreMaskedToo) {
    Command command = shell("echo $A-$B-$C-$D");
    command.environment_file =
        file("job.env", "# comment\n\nA=long enough\nB=no\r\n C = 'quoted value' \nD=last=one");
    const RunRecord record = run(command);
    EXPECT_EQ(record.output, Lines{"***-no-***-***"});
}

TEST_F(CommandRightsTest, SecurityItem28AMissingSecretIsNamedAndNothingRuns) {
    file("secrets/other", "x");
    Command command = shell("true");
    command.secrets = {{"TOKEN", "token"}};
    EXPECT_THAT(refusal(command), HasSubstr("cannot read the secret 'token'"));
}

struct EnvironmentFileCase {
    std::string name;
    std::string text;
    mode_t mode;
    std::string message;
};
struct EnvironmentFileTest : CommandRightsTest, testing::WithParamInterface<EnvironmentFileCase> {};

TEST_P(EnvironmentFileTest, IsRefusedWithTheReason) {
    Command command = shell("true");
    command.environment_file = file("job.env", GetParam().text, GetParam().mode);
    EXPECT_EQ(refusal(command),
              "cannot read the environment: " + command.environment_file + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    SecurityItem28, EnvironmentFileTest,
    testing::Values(
        EnvironmentFileCase{"ReadByAll", "A=1", 0644,
                            ": is world-readable (mode 0644), but contains secrets; fix it "
                            "with chmod 600"},
        EnvironmentFileCase{
            "WrittenByTheGroup", "A=1", 0660,
            ": is writable by users other than its owner (mode 0660); fix it with chmod "
            "go-w"},
        EnvironmentFileCase{"NoAssignment", "A=1\nsecret words\n", 0600,
                            ":2: is not of the form NAME=value"},
        EnvironmentFileCase{"Nul", std::string("A=\0", 3), 0600,
                            ": contains a NUL byte, which variables cannot"},
        EnvironmentFileCase{"Huge", "A=" + std::string(200'000, 'x'), 0600,
                            ": is larger than 128 KiB"}),
    [](const auto& test) { return test.param.name; });

TEST_F(CommandRightsTest, SecurityItem16AnotherUsersLinkToAnEnvironmentFileIsRefused) {
    QUANTUM_NEEDS_ROOT();
    const std::string target = file("real.env", "A=1");
    ASSERT_EQ(symlink(target.c_str(), scratch.path("job.env").c_str()), 0);
    ASSERT_EQ(lchown(scratch.path("job.env").c_str(), getpwnam("nobody")->pw_uid, 0), 0);
    Command command = shell("true");
    command.environment_file = scratch.path("job.env");
    EXPECT_THAT(refusal(command), HasSubstr("on its way is owned by uid"));
}

TEST_F(CommandRightsTest, TheEnvironmentFileMayBelongToWhomTheCommandRunsAs) {
    QUANTUM_NEEDS_ROOT();
    const std::string path = file("job.env", "A=theirs\n");
    ASSERT_EQ(chown(path.c_str(), getpwnam("nobody")->pw_uid, 0), 0);
    Command command = as_nobody("echo ${#A}");
    command.environment_file = path;
    EXPECT_EQ(run(command).output, Lines{"6"});
    Command roots = shell("true");
    roots.environment_file = path;
    const Execution second = execution_of(roots);
    runner->start({&second, 1}, recorder);
    ASSERT_TRUE(run_until_finished(2));
    EXPECT_THAT(recorder.of(second).outcome.reason, HasSubstr("it must be owned by root"));
}

}  // namespace
}  // namespace quantum::run
