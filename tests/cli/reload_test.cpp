// What a reload and a restart take up of job files: the real program.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/job_key_changes.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;

/// The last line of a log that holds `text`.
std::string last_line(const std::string& log, std::string_view text) {
    const std::size_t at = log.rfind(text);
    if (at == std::string::npos) return {};
    const std::size_t begin = log.rfind('\n', at) + 1;
    return log.substr(begin, log.find('\n', at) - begin);
}

struct ReloadTest : testing::Test {
    ScratchDirectory scratch;

    [[nodiscard]] std::string file(const std::string& text) const {
        const std::string path = scratch.write("site.toml", text);
        chmod(path.c_str(), 0644);  // root takes no other
        return path;
    }
    [[nodiscard]] Program daemon(const std::string& text) const {
        return Program(quantum_argv({"run", "--state", scratch.path("state"), file(text)}));
    }
    /// The line of the reload that took up `text`.
    std::string reload(Program& program, const std::string& text) const {
        static_cast<void>(file(text));
        const std::size_t before = program.err().size();
        program.signal(SIGHUP);
        while (program.err().find("unchanged=", before) == std::string::npos) {
            if (!program.wait_for_more()) break;
        }
        return last_line(program.err(), "unchanged=");
    }
    static void stop(Program& program) {
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0) << program.err();
    }
};

/// A file of one job for each key, of which those in [0, changed) say something else.
std::string all_keys(std::size_t changed) {
    std::string text =
        geteuid() == 0 ? "allow_run_as = [\"*\"]\nallow_run_as_group = [\"*\"]\n" : "";
    std::size_t at = 0;
    for (const JobKeyChange& change : job_key_changes) {
        const bool needs_root = change.key == "user" || change.key == "group";
        if (needs_root && geteuid() != 0) continue;
        text += job_table_text(change, at++ < changed);
    }
    return text;
}

std::size_t number_of_keys() {
    const std::string text = all_keys(0);
    std::size_t jobs = 0;
    for (std::size_t at = text.find("[jobs."); at != std::string::npos;
         at = text.find("[jobs.", at + 1)) {
        ++jobs;
    }
    return jobs;
}

std::string counts(std::size_t changed, std::size_t unchanged) {
    return " added=0 changed=" + std::to_string(changed) +
           " removed=0 unchanged=" + std::to_string(unchanged);
}

TEST_F(ReloadTest, EachKeyThatChangesAloneIsSeenAndAnUnchangedFileIsNone) {
    const std::size_t keys = number_of_keys();
    Program program = daemon(all_keys(0));
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    EXPECT_THAT(reload(program, all_keys(0)), HasSubstr(counts(0, keys)));
    for (std::size_t changed = 1; changed <= keys; ++changed) {
        EXPECT_THAT(reload(program, all_keys(changed)), HasSubstr(counts(1, keys - 1)))
            << "key number " << changed;
    }
    stop(program);
}

TEST_F(ReloadTest, ARestartSeesTheSame) {
    const std::size_t keys = number_of_keys();
    const auto line_of_start = [this](std::size_t changed) {
        Program program = daemon(all_keys(changed));
        EXPECT_TRUE(program.wait_for("quantum started")) << program.err();
        stop(program);
        return last_line(program.err(), "quantum started");
    };
    EXPECT_THAT(line_of_start(0), HasSubstr(" added=" + std::to_string(keys) + " changed=0"));
    EXPECT_THAT(line_of_start(0), HasSubstr(counts(0, keys)));
    EXPECT_THAT(line_of_start(keys), HasSubstr(counts(keys, 0)));
    EXPECT_THAT(line_of_start(keys), HasSubstr(counts(0, keys)));
}

std::string tick(const std::string& word) {
    return "[jobs.tick]\nschedule = \"@every 1s\"\nshell = \"echo " + word + "\"\n";
}

TEST_F(ReloadTest, TheSecondOneCountsAsTheFirstDid) {
    const std::string other = "[jobs.other]\nschedule = \"@yearly\"\nshell = \"true\"\n";
    Program program = daemon(tick("one"));
    ASSERT_TRUE(program.wait_for("line=one")) << program.err();
    EXPECT_THAT(reload(program, tick("two") + other),
                HasSubstr(" added=1 changed=1 removed=0 unchanged=0"));
    ASSERT_TRUE(program.wait_for("line=two")) << program.err();
    EXPECT_THAT(reload(program, tick("three")),
                HasSubstr(" added=0 changed=1 removed=1 unchanged=0"));
    ASSERT_TRUE(program.wait_for("line=three")) << program.err();
    EXPECT_THAT(reload(program, tick("three") + other),
                HasSubstr(" added=1 changed=0 removed=0 unchanged=1"));
    EXPECT_THAT(reload(program, tick("three") + other), HasSubstr(counts(0, 2)));
    stop(program);
}

TEST_F(ReloadTest, AStateThatAFileSaysCountsEachTimeItSaysAnother) {
    const std::string off = tick("one") + "state = \"inactive\"\n";
    Program program = daemon(tick("one"));
    ASSERT_TRUE(program.wait_for("line=one")) << program.err();
    EXPECT_THAT(reload(program, off), HasSubstr(counts(1, 0)));
    EXPECT_THAT(reload(program, off), HasSubstr(counts(0, 1)));
    EXPECT_THAT(reload(program, tick("one")), HasSubstr(counts(1, 0)));
    const std::size_t active_at = program.err().size();
    while (program.err().find("line=one", active_at) == std::string::npos) {
        ASSERT_TRUE(program.wait_for_more()) << program.err();
    }
    stop(program);
}

TEST_F(ReloadTest, Usr2ReloadsAsHupDoes) {
    Program program = daemon(tick("one"));
    ASSERT_TRUE(program.wait_for("line=one")) << program.err();
    static_cast<void>(file(tick("two")));
    program.signal(SIGUSR2);
    ASSERT_TRUE(program.wait_for("line=two")) << program.err();
    stop(program);
}

std::string too_deep() {
    std::string text;
    for (int level = 0; level < 31'500; ++level) text += "a.";
    return text + "b = 1\n";
}

TEST_F(ReloadTest, AFileThatNestsTooDeepIsRefusedAndTheOldJobsGoOn) {
    Program program = daemon(tick("one"));
    ASSERT_TRUE(program.wait_for("line=one")) << program.err();
    static_cast<void>(file(too_deep()));
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("reload rejected")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("more than 100 levels deep"));
    const std::size_t refused_at = program.err().size();
    while (program.err().find("line=one", refused_at) == std::string::npos) {
        ASSERT_TRUE(program.wait_for_more()) << program.err();
    }
    stop(program);
}

TEST_F(ReloadTest, ASmallStackIsEnoughForWhatMayNest) {
    std::string deepest = "[jobs.a]\nschedule = \"@daily\"\nshell = \"true\"\nenv = { A = ";
    for (int level = 0; level < 97; ++level) deepest += '[';
    for (int level = 0; level < 97; ++level) deepest += ']';
    deepest += " }\n";
    for (const auto& [text, found] :
         {std::pair{too_deep(), "100 levels"}, std::pair{deepest, "A: is a list"}}) {
        Program program(
            {"/bin/sh", "-c", "ulimit -s 1024; exec " + quantum_path() + " check " + file(text)});
        const Ended ended = program.wait();
        EXPECT_EQ(ended.exit_code, 1) << ended.err;
        EXPECT_THAT(ended.out, HasSubstr(found));
    }
}

}  // namespace
}  // namespace quantum::test
