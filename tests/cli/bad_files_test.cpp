// What a start does with files that are bad: the real program.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quantum/storage/sqlite.hpp"

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view no_toml = "[jobs.broken\n";

std::string job(const std::string& name, const std::string& more = {}) {
    return "[jobs." + name + "]\nschedule = \"@every 1s\"\nshell = \"echo is-" + name + "\"\n" +
           more;
}

struct BadFilesTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");
    const std::vector<std::string> files{scratch.path("a.toml"), scratch.path("b.toml")};

    void write(std::size_t number, std::string_view text) const {
        scratch.write(std::filesystem::path(files[number]).filename().string(), text);
        chmod(files[number].c_str(), 0644);  // root takes no other
    }
    [[nodiscard]] Program daemon(std::vector<std::string> options = {}) const {
        options.insert(options.begin(), {"run", "--state", state});
        options.insert(options.end(), files.begin(), files.end());
        return Program(quantum_argv(std::move(options)));
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
    /// Both files are good for one life.
    void had_a_good_life() const {
        write(0, job("one") + job("two"));
        write(1, job("three"));
        Program program = daemon();
        ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
        static_cast<void>(stop(program));
    }
    [[nodiscard]] Ended status(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words{"status", "--state", state};
        words.insert(words.end(), more.begin(), more.end());
        return quantum(words);
    }
    [[nodiscard]] std::vector<JobRevision> revisions(const std::string& name) const {
        const auto ledger = SqliteLedger::open(state);
        EXPECT_TRUE(ledger) << ledger.error().message;
        return ledger ? (*ledger)->revisions(name).value_or(std::vector<JobRevision>())
                      : std::vector<JobRevision>();
    }
};

TEST_F(BadFilesTest, TheGoodOnesRunAndOfABadOneWhatIsGood) {
    write(0, job("one") + job("two", "timout = \"1s\"\n"));
    write(1, job("three"));
    Program program = daemon();
    ASSERT_TRUE(program.wait_for("line=is-three")) << program.err();
    ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
    const std::string log = stop(program);
    EXPECT_THAT(log,
                HasSubstr("level=error msg=\"a file is bad; running only its valid jobs\" file=" +
                          files[0]));
    EXPECT_THAT(log, HasSubstr(files[0] + ":7:1"));
    EXPECT_THAT(log, Not(HasSubstr("job=two")));
}

TEST_F(BadFilesTest, ItKeepsAsAWholeWhatTheLedgerHas) {
    had_a_good_life();
    write(0, job("one", "timout = \"1s\"\n") + job("new"));
    Program program = daemon();
    for (const char* name : {"one", "two", "three"}) {
        ASSERT_TRUE(program.wait_for(std::string("line=is-") + name)) << program.err();
    }
    const std::string log = stop(program);
    EXPECT_THAT(log, HasSubstr("a file is bad; keeping its jobs as they are in the ledger"));
    EXPECT_THAT(log, HasSubstr(" added=0 changed=0 removed=0 unchanged=3"));
    EXPECT_THAT(log, Not(HasSubstr("job=new")));
}

TEST_F(BadFilesTest, SoItIsWithOneThatDoesNotParseAndOneThatIsGone) {
    had_a_good_life();
    for (const bool gone : {false, true}) {
        write(0, no_toml);
        if (gone) std::filesystem::remove(files[0]);
        Program program = daemon();
        ASSERT_TRUE(program.wait_for("line=is-two")) << program.err();
        const std::string log = stop(program);
        EXPECT_THAT(log, HasSubstr(" added=0 changed=0 removed=0 unchanged=3")) << gone;
    }
    // Mended, it is what it was: nothing was deleted meanwhile.
    write(0, job("one") + job("two"));
    Program program = daemon();
    ASSERT_TRUE(program.wait_for("line=is-two")) << program.err();
    EXPECT_THAT(stop(program), HasSubstr(" added=0 changed=0 removed=0 unchanged=3"));
    for (const char* name : {"one", "two", "three"}) EXPECT_EQ(revisions(name).size(), 1U);
}

TEST_F(BadFilesTest, StatusNamesThemUntilTheyAreMended) {
    write(0, job("one") + "[jobs.x]\n");
    write(1, job("three"));
    Program program = daemon();
    ASSERT_TRUE(program.wait_for("line=is-three")) << program.err();
    const Ended bad = status();
    EXPECT_EQ(bad.exit_code, 1) << bad.out;
    EXPECT_THAT(bad.out, AllOf(HasSubstr("running"), HasSubstr(files[0] + ":4:7")));
    EXPECT_THAT(status({"--json"}).out, AllOf(HasSubstr("\"status\":\"running\""),
                                              HasSubstr("\"bad_files\":[\"" + files[0])));

    // Again at each reload, which changes nothing.
    std::size_t at = program.err().size();
    program.signal(SIGHUP);
    ASSERT_TRUE(says_after(program, at, "reload rejected")) << program.err();
    EXPECT_THAT(program.err().substr(at), HasSubstr("msg=\"a file is bad\" file=" + files[0]));
    EXPECT_EQ(status().exit_code, 1);

    at = program.err().size();
    program.signal(SIGUSR1);
    ASSERT_TRUE(says_after(program, at, "msg=\"a file is bad\" file=" + files[0]));

    write(0, job("one") + job("x"));
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("line=is-x")) << program.err();
    EXPECT_EQ(status().exit_code, 0);

    // A file that is bad at a reload is bad too, though all goes on.
    write(1, no_toml);
    at = program.err().size();
    program.signal(SIGHUP);
    ASSERT_TRUE(says_after(program, at, "reload rejected")) << program.err();
    EXPECT_THAT(status().out, HasSubstr(files[1]));
    static_cast<void>(stop(program));
    EXPECT_EQ(status().exit_code, 4);
}

TEST_F(BadFilesTest, AStartThatGivesNoJobEndsAndLeavesNothingBehind) {
    write(0, no_toml);
    Program program = daemon();
    const Ended ended = program.wait();
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, AllOf(HasSubstr(files[0] + ":1:"), HasSubstr(files[1])));
    EXPECT_FALSE(std::filesystem::exists(state));
}

TEST_F(BadFilesTest, SoDoesOneWithALedgerThatHasNone) {
    write(0, "");
    write(1, "");
    {
        Program program = daemon();
        ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
        static_cast<void>(stop(program));
    }
    write(0, no_toml);
    Program program = daemon();
    EXPECT_EQ(program.wait().exit_code, 1);
    EXPECT_THAT(program.err(), HasSubstr(files[0] + ":1:"));
}

TEST_F(BadFilesTest, StrictIsTheEndAtTheFirst) {
    had_a_good_life();
    write(1, no_toml);
    Program program = daemon({"--strict"});
    EXPECT_EQ(program.wait().exit_code, 1);
    EXPECT_THAT(program.err(), HasSubstr("the jobs could not be loaded: " + files[1] + ":1:"));
    EXPECT_THAT(program.err(), Not(HasSubstr("quantum started")));
    for (const char* name : {"one", "two", "three"}) EXPECT_EQ(revisions(name).size(), 1U);
}

TEST_F(BadFilesTest, OfTwoFilesWithOneNameTheLaterIsBad) {
    write(0, job("one"));
    write(1, job("one") + job("three"));
    Program program = daemon();
    ASSERT_TRUE(program.wait_for("line=is-three")) << program.err();
    const std::string log = stop(program);
    EXPECT_THAT(log, HasSubstr("the name 'one' is already used by " + files[0]));
    EXPECT_THAT(log, HasSubstr("running only its valid jobs\" file=" + files[1]));
    ASSERT_EQ(revisions("one").size(), 1U);
    EXPECT_EQ(revisions("one")[0].stored.job->source(), files[0] + ":1");
}

TEST_F(BadFilesTest, AJobThatMovesBetweenFilesIsThatOfItsNewOne) {
    had_a_good_life();
    write(0, job("two"));
    write(1, job("three") + job("one"));
    {
        Program program = daemon();
        ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
        EXPECT_THAT(stop(program), HasSubstr(" added=0 changed=1 removed=0 unchanged=2"));
    }
    write(1, no_toml);
    Program program = daemon();
    ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
    EXPECT_THAT(stop(program), HasSubstr(" added=0 changed=0 removed=0 unchanged=3"));
}

TEST_F(BadFilesTest, WhatIsKeptRunsAsWhomItDid) {
    if (geteuid() != 0) GTEST_SKIP() << "only root runs jobs as others";
    write(0, "allow_run_as = [\"daemon\"]\n" + job("one", "user = \"daemon\"\n"));
    write(1, job("three"));
    {
        Program program = daemon();
        ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
        static_cast<void>(stop(program));
    }
    write(0, no_toml);
    Program program = daemon();
    ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
    static_cast<void>(stop(program));
}

}  // namespace
}  // namespace quantum::test
