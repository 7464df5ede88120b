// Items of the security checklist that concern the whole program, each named after its number.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/denied_processes.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What the file mode mask is while this lives.
class Umask {
public:
    explicit Umask(mode_t mask) : before_(umask(mask)) {}
    ~Umask() { umask(before_); }
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

private:
    mode_t before_;
};

struct SecurityTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");

    [[nodiscard]] std::vector<std::string> run(const std::string& file) const {
        chmod(file.c_str(), 0644);  // root takes no other
        return quantum_argv({"run", "--state", state, file});
    }
    void secret(const std::string& name, const std::string& value) const {
        mkdir(scratch.path("secrets").c_str(), 0700);
        chmod(scratch.write("secrets/" + name, value).c_str(), 0600);
    }
};

struct Refusal {
    int error;
    const char* reason;
};

TEST_F(SecurityTest, SecurityItem23AProcessThatTheKernelRefusesIsInTheHistory) {
    for (const auto& [error, reason] :
         {Refusal{ENOMEM, "the machine is out of memory (Cannot allocate memory)"},
          Refusal{EAGAIN,
                  "process limit of the user or the machine has been reached (Resource temporarily "
                  "unavailable)"}}) {
        std::filesystem::remove_all(state);
        const std::string file = scratch.write("site.crontab", "# name: job\n@reboot echo ran\n");
        std::thread([&, code = error] {
            deny_processes(code);
            Program program(run(file));
            EXPECT_TRUE(program.wait_for("outcome=failed")) << program.err();
            program.signal(SIGTERM);
            const Ended ended = program.wait();
            EXPECT_EQ(ended.exit_code, 0);
            EXPECT_THAT(ended.err, Not(HasSubstr("line=ran")));
        }).join();
        const Ended history = quantum({"history", "--state", state, "--json", "job"});
        EXPECT_THAT(history.out, HasSubstr("\"failed\""));
        EXPECT_THAT(history.out, HasSubstr(reason));
        EXPECT_EQ(quantum({"verify", "--state", state}).exit_code, 0);
    }
}

TEST_F(SecurityTest, SecurityItem23RunsOfATagShareItsLimit) {
    const std::string lock = scratch.path("lock");
    std::string text = "tag_concurrency = { one = 1 }\n[defaults]\ntags = [\"one\"]\n";
    constexpr int jobs = 4;
    for (int i = 0; i < jobs; ++i) {
        text += "[jobs.job-" + std::to_string(i) + "]\nschedule = \"@reboot\"\nshell = \"mkdir " +
                lock + " && sleep 0.05 && rmdir " + lock + " && echo end of " + std::to_string(i) +
                "\"\n";
    }
    Program program(run(scratch.write("site.toml", text)));
    for (int i = 0; i < jobs; ++i) {
        EXPECT_TRUE(program.wait_for("line=\"end of " + std::to_string(i) + '"'))
            << "two ran at a time: " << program.err();
    }
    program.signal(SIGTERM);
    const std::string log = program.wait().err;
    EXPECT_THAT(log, Not(HasSubstr("outcome=failed")));
}

TEST_F(SecurityTest, SecurityItem26WhatAJobWritesIsNoLineOfTheLog) {
    Program program(run(scratch.write(
        "site.crontab",
        "# name: job\n@reboot printf 'a\\033]52;c;aGk=\\007b\\rtime=fake level=error\\302\\233 "
        "\\342\\200\\256x\\ntime=2026 level=error msg=fake\\n\\377'\n")));
    ASSERT_TRUE(program.wait_for("outcome=")) << program.err();
    program.signal(SIGTERM);
    const std::string log = program.wait().err;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(line, testing::MatchesRegex("time=[0-9:.TZ-]+ level=info (msg|job)=.*"));
        for (const unsigned char c : line) EXPECT_TRUE(c >= 0x20 && c != 0x7F) << line;
    }
    EXPECT_THAT(log, HasSubstr("line=\"time=2026 level=error msg=fake\""));
    EXPECT_THAT(log, Not(HasSubstr("\xC2\x9B")));
    EXPECT_THAT(log, Not(HasSubstr("\xE2\x80\xAE")));
}

TEST_F(SecurityTest, SecurityItem29NobodyElseReadsWhatIsStoredAndNoSecretIsInIt) {
    secret("token", "s3cret-of-a-command");
    chmod(scratch.write("job.env", "KEY=s3cret-of-a-file\n").c_str(), 0600);
    const std::string copy = scratch.path("copy");
    const Umask everything(0);
    Program program(run(scratch.write(
        "site.toml",
        "[jobs.job]\nschedule = \"@reboot\"\nsecrets_directory = \"" + scratch.path("secrets") +
            "\"\nsecrets = { TOKEN = \"token\" }\nenv_file = \"" + scratch.path("job.env") +
            "\"\noutput_file = \"" + scratch.path("job.log") +
            "\"\nshell = \"echo $TOKEN $KEY; echo to be stored\"\n")));
    ASSERT_TRUE(program.wait_for("outcome=succeeded")) << program.err();
    ASSERT_EQ(quantum({"backup", copy, "--state", state}).exit_code, 0);

    std::vector<std::filesystem::path> files{copy, scratch.path("job.log")};
    std::vector<std::filesystem::path> directories{state};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(state)) {
        (entry.is_directory() ? directories : files).push_back(entry.path());
    }
    bool database = false;
    bool log = false;
    for (const auto& file : files) {
        struct stat status {};
        ASSERT_EQ(stat(file.c_str(), &status), 0) << file;
        EXPECT_EQ(status.st_mode & 0177U, 0U) << file;
        EXPECT_THAT(read(file), Not(HasSubstr("s3cret"))) << file;
        database |= read(file).starts_with("SQLite format 3");
        log |= file.string().ends_with("-wal");
    }
    EXPECT_TRUE(database && log) << "they were not looked at";
    for (const auto& directory : directories) {
        struct stat status {};
        ASSERT_EQ(stat(directory.c_str(), &status), 0) << directory;
        EXPECT_EQ(status.st_mode & 0077U, 0U) << directory;
    }
    EXPECT_THAT(read(scratch.path("job.log")), HasSubstr("*** ***\nto be stored\n"));
    program.signal(SIGTERM);
    EXPECT_THAT(program.wait().err, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace quantum::test
