// `quantum run` on directories, and on files that change while it runs: the real program.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct WatchTest : testing::Test {
    ScratchDirectory scratch;
    const std::string directory = scratch.path("cron.d");

    WatchTest() { fs::create_directory(directory); }

    /// By another name and then renamed, as packages and editors do.
    void write(const std::string& name, const std::string& text) const {
        const std::string path = scratch.write("new", text);
        chmod(path.c_str(), 0644);  // root takes no other
        fs::rename(path, scratch.path(name));
    }
    [[nodiscard]] Program daemon(std::vector<std::string> more) const {
        more.insert(more.begin(), {"run", "--state", scratch.path("state")});
        return Program(quantum_argv(std::move(more)));
    }
    static std::string echo(const std::string& name, const std::string& word) {
        return "# name: " + name + "\n@every 1s echo " + word + "\n";
    }
    static bool says_after(Program& program, std::size_t from, std::string_view text) {
        while (program.err().find(text, from) == std::string::npos) {
            if (!program.wait_for_more()) return false;
        }
        return true;
    }
    static std::string stop(Program& program) {
        program.signal(SIGTERM);
        const Ended ended = program.wait();
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
        return ended.err;
    }
};

TEST_F(WatchTest, TheFilesOfADirectoryRunAndThoseThatComeGoAndChangeAreSeen) {
    write("cron.d/one", echo("one", "first"));
    write("cron.d/old.dpkg-old", echo("old", "never"));
    Program program = daemon({directory});
    ASSERT_TRUE(program.wait_for("line=first")) << program.err();
    write("cron.d/one", echo("one", "second"));
    write("cron.d/two", echo("two", "third"));
    ASSERT_TRUE(program.wait_for("line=second")) << program.err();
    ASSERT_TRUE(program.wait_for("line=third")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("msg=\"changed files were reloaded\""));
    fs::remove(directory + "/two");
    ASSERT_TRUE(program.wait_for(" added=0 changed=0 removed=1 unchanged=0")) << program.err();
    const std::string log = stop(program);
    EXPECT_THAT(log, Not(HasSubstr("never")));
    EXPECT_THAT(log, HasSubstr("'old.dpkg-old' is ignored"));
}

TEST_F(WatchTest, ABadFileHindersNoChangeOfAnother) {
    write("cron.d/bad", "0 25 * * * true\n");
    write("cron.d/one", echo("one", "first"));
    Program program = daemon({directory});
    ASSERT_TRUE(program.wait_for("line=first")) << program.err();
    write("cron.d/one", echo("one", "second"));
    ASSERT_TRUE(program.wait_for("line=second")) << program.err();
    // One that becomes bad keeps what it had.
    write("cron.d/one", echo("one", "third") + "0 25 * * * true\n");
    ASSERT_TRUE(program.wait_for("reload rejected")) << program.err();
    EXPECT_TRUE(says_after(program, program.err().size(), "line=second"));
    EXPECT_THAT(stop(program), Not(HasSubstr("third")));
}

TEST_F(WatchTest, AJobFileWaitsUntilSomebodyAsks) {
    const auto job = [](const std::string& word) {
        return "[jobs.job]\nschedule = \"@every 1s\"\nshell = \"echo " + word + "\"\n";
    };
    write("cron.d/job.toml", job("first"));
    write("cron.d/one", echo("one", "other"));
    Program program = daemon({directory});
    ASSERT_TRUE(program.wait_for("line=first")) << program.err();
    write("cron.d/job.toml", job("second"));
    write("cron.d/one", echo("one", "changed"));
    ASSERT_TRUE(program.wait_for("line=changed")) << program.err();
    EXPECT_TRUE(says_after(program, program.err().size(), "line=first"));
    EXPECT_THAT(program.err(), Not(HasSubstr("line=second")));
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("line=second")) << program.err();
    static_cast<void>(stop(program));
}

TEST_F(WatchTest, UnlessJobFilesAreWatchedToo) {
    const auto job = [](const std::string& word) {
        return "[jobs.job]\nschedule = \"@every 1s\"\nshell = \"echo " + word + "\"\n";
    };
    write("job.toml", job("first"));
    Program program = daemon({"--watch", "all", scratch.path("job.toml")});
    ASSERT_TRUE(program.wait_for("line=first")) << program.err();
    write("job.toml", job("second"));
    ASSERT_TRUE(program.wait_for("line=second")) << program.err();
    static_cast<void>(stop(program));
}

TEST_F(WatchTest, ADirectoryThatIsGoneKeepsItsJobsAlsoOverAStart) {
    write("cron.d/one", echo("one", "first"));
    {
        Program program = daemon({directory});
        ASSERT_TRUE(program.wait_for("line=first")) << program.err();
        fs::rename(directory, scratch.path("elsewhere"));
        ASSERT_TRUE(program.wait_for("reload rejected")) << program.err();
        EXPECT_TRUE(says_after(program, program.err().size(), "line=first"));
        static_cast<void>(stop(program));
    }
    Program program = daemon({directory});
    ASSERT_TRUE(program.wait_for("line=first")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("keeping its jobs as they are in the ledger"));
    fs::rename(scratch.path("elsewhere"), directory);
    write("cron.d/one", echo("one", "second"));
    ASSERT_TRUE(program.wait_for("line=second")) << program.err();
    static_cast<void>(stop(program));
}

TEST_F(WatchTest, CheckReadsADirectoryToo) {
    write("cron.d/one", "0 25 * * * true\n");
    write("cron.d/two.bak", "nothing\n");
    const Ended ended = quantum({"check", directory});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out, HasSubstr(directory + "/one:1:3: error: "));
    EXPECT_THAT(ended.out, HasSubstr(directory + ": warning: 'two.bak' is ignored"));
}

}  // namespace
}  // namespace quantum::test
