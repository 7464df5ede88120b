// `quantum run` on job files: the real program. Tests that are named after a number belong to that
// item of the security checklist.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/answering_server.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct JobFilesProgramTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");

    [[nodiscard]] std::string write(const std::string& text) const {
        const std::string path = scratch.write("site.toml", text);
        chmod(path.c_str(), 0644);  // root takes no other
        return path;
    }
    [[nodiscard]] Program daemon(const std::string& text) const {
        return Program(quantum_argv({"run", "--state", state, write(text)}));
    }
    /// All that it logged until it had ended, after `text` was seen.
    std::string log_until(const std::string& seen, const std::string& text) const {
        Program program = daemon(text);
        EXPECT_TRUE(program.wait_for(seen)) << program.err();
        program.signal(SIGTERM);
        const Ended ended = program.wait();
        EXPECT_EQ(ended.exit_code, 0);
        return ended.err;
    }
    [[nodiscard]] std::string logs(const std::string& job) const {
        const Ended shown = quantum({"logs", "--state", state, job});
        EXPECT_EQ(shown.exit_code, 0) << shown.err;
        return shown.out;
    }
    void secret(const std::string& name, const std::string& value) const {
        mkdir(scratch.path("secrets").c_str(), 0700);
        chmod(scratch.write("secrets/" + name, value).c_str(), 0600);
    }
    /// Whether a file of the state directory holds it.
    [[nodiscard]] bool is_stored(const std::string& text) const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(state)) {
            if (entry.is_regular_file() &&
                read(entry.path().string()).find(text) != std::string::npos) {
                return true;
            }
        }
        return false;
    }
};

std::string http_answer(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(JobFilesProgramTest, LogsShowWhatAServerAnswered) {
    AnsweringServer server(http_answer("line one\nline two\n"));
    const std::string log =
        log_until("outcome=", "[jobs.hook]\nschedule = \"@reboot\"\nhttp = { url = \"" +
                                  server.url() + "\" }\n");
    EXPECT_THAT(log, HasSubstr("outcome=succeeded"));
    EXPECT_THAT(log, HasSubstr("line=\"line one\""));
    EXPECT_EQ(logs("hook"), "line one\nline two\n");
}

TEST_F(JobFilesProgramTest, SecurityItem28ASecretHeaderIsNowhereButInTheRequest) {
    secret("token", "s3cret-header-value\n");
    AnsweringServer server(http_answer("you said s3cret-header-value\n"));
    const std::string log = log_until(
        "outcome=", "[jobs.hook]\nschedule = \"@reboot\"\nsecrets_directory = \"" +
                        scratch.path("secrets") + "\"\n[jobs.hook.http]\nurl = \"" + server.url() +
                        "\"\nsecret_headers = { Authorization = { secret = \"token\", before = "
                        "\"Bearer \" } }\n");
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_THAT(server.requests()[0],
                HasSubstr("\r\nAuthorization: Bearer s3cret-header-value\r\n"));
    EXPECT_EQ(logs("hook"), "you said ***\n");
    EXPECT_THAT(log, Not(HasSubstr("s3cret")));
    EXPECT_TRUE(is_stored("you said ***"));
    EXPECT_FALSE(is_stored("s3cret"));
}

TEST_F(JobFilesProgramTest, AnOutputFileHoldsAllThatRunsWrite) {
    const std::string file = scratch.path("job.log");
    const std::string log = log_until(
        "outcome=", "[jobs.a]\nschedule = \"@reboot\"\nshell = \"seq 1 100000\"\noutput_file = \"" +
                        file + "\"\n");
    EXPECT_THAT(log, HasSubstr("outcome=succeeded"));
    const std::string all = read(file);
    EXPECT_EQ(all.size(), 588'895U);
    EXPECT_THAT(all, testing::StartsWith("1\n2\n"));
    EXPECT_THAT(all, testing::EndsWith("\n100000\n"));
    EXPECT_LT(logs("a").size(), 300'000U);
}

TEST_F(JobFilesProgramTest, AFailureIsTriedAgain) {
    const std::string marker = scratch.path("marker");
    const std::string log =
        log_until("outcome=succeeded", "[jobs.a]\nschedule = \"@reboot\"\nshell = \"test -e " +
                                           marker + " || { touch " + marker +
                                           "; exit 3; }\"\nretries = 2\nbackoff = \"10ms\"\n");
    EXPECT_THAT(log, HasSubstr("attempt=1"));
    EXPECT_THAT(log, HasSubstr("exit code 3"));
    EXPECT_THAT(log, HasSubstr("attempt=2"));
}

TEST_F(JobFilesProgramTest, AReloadTakesAChangedFile) {
    Program program = daemon("[jobs.old]\nschedule = \"@yearly\"\nshell = \"true\"\n");
    ASSERT_TRUE(program.wait_for("next_job=old")) << program.err();

    static_cast<void>(write("[jobs.new]\nschedule = \"@every 1s\"\nshell = \"echo it is new\"\n"));
    program.signal(SIGHUP);

    EXPECT_TRUE(program.wait_for("added=1 changed=0 removed=1")) << program.err();
    EXPECT_TRUE(program.wait_for("line=\"it is new\"")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
}

TEST_F(JobFilesProgramTest, AReloadOfABrokenFileKeepsTheJobsAndSaysWhereItIsBroken) {
    const std::string marker = scratch.path("marker");
    const std::string good = "[jobs.old]\nschedule = \"@every 1s\"\nshell = \"test -e " + marker +
                             " && echo still running\"\n";
    for (const auto& [broken, where] : std::vector<std::pair<std::string, std::string>>{
             {"[jobs.old]\nschedule = \"@every 1s\"\nshell = \"true\"\ntimout = \"1s\"\n",
              "site.toml:4:1: 'timout' is not a key of a job"},
             {"[jobs.old\n", "site.toml:1:"},
             {"[jobs.old]\nschedule = \"99 * * * *\"\nshell = \"true\"\n", "site.toml:2:13: "}}) {
        std::filesystem::remove(marker);
        Program program = daemon(good);
        ASSERT_TRUE(program.wait_for("next_job=old")) << program.err();

        static_cast<void>(write(broken));
        program.signal(SIGHUP);

        ASSERT_TRUE(program.wait_for("reload rejected, keeping the current jobs")) << program.err();
        scratch.write("marker", "");
        EXPECT_TRUE(program.wait_for("line=\"still running\"")) << program.err();
        program.signal(SIGTERM);
        const Ended ended = program.wait();
        EXPECT_EQ(ended.exit_code, 0);
        EXPECT_THAT(ended.err, HasSubstr(where));
    }
}

TEST_F(JobFilesProgramTest, SecurityItem14RootRunsJobsAsThoseWhomTheFileAllows) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user";
    const std::string job =
        "[jobs.a]\nschedule = \"@reboot\"\nuser = \"nobody\"\nshell = \"id -un\"\n"
        "working_directory = \"/\"\n";
    const Ended refused = quantum({"run", "--ephemeral", write(job)});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("site.toml:3:8: user: jobs in this file may not run as"));

    EXPECT_THAT(log_until("outcome=", "allow_run_as = [\"nobody\"]\n" + job),
                HasSubstr("line=nobody"));
}

TEST_F(JobFilesProgramTest, SecurityItem14AReloadChangesWhomTheFileAllows) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user";
    Program program = daemon("[jobs.a]\nschedule = \"@yearly\"\nshell = \"true\"\n");
    ASSERT_TRUE(program.wait_for("next_job=a")) << program.err();
    static_cast<void>(
        write("allow_run_as = [\"nobody\"]\n[jobs.b]\nschedule = \"@every 1s\"\nuser = \"nobody\"\n"
              "shell = \"id -un\"\nworking_directory = \"/\"\n"));
    program.signal(SIGHUP);
    EXPECT_TRUE(program.wait_for("line=nobody")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::test
