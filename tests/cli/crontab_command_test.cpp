// `quantum crontab` of ordinary users beside a daemon of root's: the real program.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "cli/two_users.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CrontabCommandTest : TwoUsers {
    const std::string spool = scratch.path("spool");
    const std::string socket = scratch.path("run/crontab.sock");

    void SetUp() override {
        TwoUsers::SetUp();
        if (IsSkipped()) return;
        std::filesystem::create_directory(spool);
        chmod(spool.c_str(), 0700);
    }
    [[nodiscard]] std::vector<std::string> daemon_argv() const {
        return argv({}, {"--spool", spool, "--crontab-socket", socket});
    }
    /// `quantum crontab` with these arguments and input, by a user.
    [[nodiscard]] Ended crontab(const std::string& user, std::vector<std::string> arguments,
                                std::string_view input = {},
                                const Program::Environment& environment = {}) const {
        std::vector<std::string> words{quantum_path(), "crontab", "--socket", socket};
        words.insert(words.end(), arguments.begin(), arguments.end());
        Program program(as(user, words), "/", environment);
        program.write(input);
        return program.wait();
    }
    static bool says_after(Program& program, std::size_t from, std::string_view text) {
        while (program.err().find(text, from) == std::string::npos) {
            if (!program.wait_for_more()) return false;
        }
        return true;
    }
};

TEST_F(CrontabCommandTest, WhatAUserInstallsRunsAsHimAtOnceAndWhatHeRemovesStops) {
    Program daemon(daemon_argv());
    ASSERT_TRUE(daemon.wait_for("line=beat")) << daemon.err();
    EXPECT_EQ(crontab("nobody", {"-l"}).exit_code, 1);

    const std::string text = "# name: mine\nHOME=/\n@every 500ms id -un\n";
    const Ended put = crontab("nobody", {"-"}, text);
    EXPECT_EQ(put.exit_code, 0) << put.err;
    ASSERT_TRUE(daemon.wait_for("line=nobody")) << daemon.err();
    EXPECT_THAT(daemon.err(), HasSubstr("msg=\"a user replaces his crontab\" user=nobody"));
    EXPECT_THAT(daemon.err(), HasSubstr("job=nobody:id-un"));
    EXPECT_EQ(crontab("nobody", {"-l"}).out, text);
    // The other one has none, and sees none.
    EXPECT_EQ(crontab("games", {"-l"}).exit_code, 1);
    EXPECT_THAT(crontab("games", {"-l"}).err, HasSubstr("you have no crontab"));

    const std::size_t before = daemon.err().size();
    EXPECT_EQ(crontab("nobody", {"-r"}).exit_code, 0);
    ASSERT_TRUE(says_after(daemon, before, " removed=1 ")) << daemon.err();
    EXPECT_EQ(crontab("nobody", {"-r"}).exit_code, 1);
    end(daemon);
}

TEST_F(CrontabCommandTest, ABadOneIsRefusedAndTheOldOneStays) {
    Program daemon(daemon_argv());
    ASSERT_TRUE(daemon.wait_for("line=beat")) << daemon.err();
    const std::string good = "0 3 * * * true\n";
    ASSERT_EQ(crontab("nobody", {"-"}, good).exit_code, 0);
    const Ended bad = crontab("nobody", {"-"}, "0 25 * * * true\n");
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.err, HasSubstr("line 1, column 3: error: hour field: '25'"));
    EXPECT_EQ(crontab("nobody", {"-l"}).out, good);
    const Ended large = crontab("nobody", {"-"}, std::string(300'000, '#'));
    EXPECT_EQ(large.exit_code, 1);
    EXPECT_THAT(large.err, HasSubstr("larger than 256 KiB"));
    end(daemon);
}

TEST_F(CrontabCommandTest, AnEditorChangesItAndARefusedChangeIsKept) {
    Program daemon(daemon_argv());
    ASSERT_TRUE(daemon.wait_for("line=beat")) << daemon.err();
    const auto edit = [&](const std::string& editor) {
        return crontab("nobody", {"-e"}, {}, {"VISUAL=" + editor, "TMPDIR=" + home});
    };
    EXPECT_EQ(edit("sh -c 'echo \"0 3 * * * true\" > \"$1\"' edit").exit_code, 0);
    EXPECT_EQ(crontab("nobody", {"-l"}).out, "0 3 * * * true\n");
    const Ended same = edit("true");
    EXPECT_EQ(same.exit_code, 0);
    EXPECT_THAT(same.err, HasSubstr("nothing is changed"));
    EXPECT_EQ(edit("false").exit_code, 1);
    EXPECT_TRUE(std::filesystem::is_empty(home));

    const Ended bad = edit("sed -i s/3/25/");
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.err, HasSubstr("hour field"));
    const std::size_t at = bad.err.find("your changes are kept in ");
    ASSERT_NE(at, std::string::npos) << bad.err;
    const std::string path = bad.err.substr(at + 25, bad.err.find('\n', at) - at - 25);
    EXPECT_EQ(text_of_file(path), "0 25 * * * true\n");
    end(daemon);
}

TEST_F(CrontabCommandTest, AUserReachesNothingOfOthers) {
    file("spool/games", "# name: secret\n0 3 * * * of-games\n", getpwnam("games")->pw_uid, 0600);
    Program daemon(daemon_argv());
    ASSERT_TRUE(daemon.wait_for("line=beat")) << daemon.err();
    // A name of another's, and that of the system's job, are his own.
    ASSERT_EQ(
        crontab("nobody", {"-"}, "# name: beat\n0 3 * * * a\n# name: games:secret\n0 4 * * * b\n")
            .exit_code,
        0);
    ASSERT_TRUE(daemon.wait_for(" added=2 ")) << daemon.err();
    EXPECT_EQ(crontab("games", {"-l"}).out, "# name: secret\n0 3 * * * of-games\n");
    EXPECT_THAT(crontab("nobody", {"-l"}).out, Not(HasSubstr("of-games")));
    for (const char* option : {"-u", "--user"}) {
        EXPECT_EQ(crontab("nobody", {option, "games", "-l"}).exit_code, 2);
    }
    EXPECT_EQ(access((spool + "/nobody").c_str(), F_OK), 0);
    end(daemon);
}

TEST_F(CrontabCommandTest, ABadFileOfOneUserHindersNoReload) {
    file("spool/games", "0 25 * * * broken\n", getpwnam("games")->pw_uid, 0600);
    Program daemon(daemon_argv());
    ASSERT_TRUE(daemon.wait_for("line=beat")) << daemon.err();
    file("system.crontab",
         "HOME=/\n# name: beat\n@every 500ms games echo beat\n# name: new\n@every 500ms games echo "
         "new\n",
         0, 0644);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.wait_for("line=new")) << daemon.err();
    end(daemon);
}

TEST_F(CrontabCommandTest, WithoutADaemonNobodyIsReached) {
    const Ended ended = crontab("nobody", {"-l"});
    EXPECT_EQ(ended.exit_code, 4);
    EXPECT_THAT(ended.err, HasSubstr("no scheduler with a crontab for every user can be reached"));
}

}  // namespace
}  // namespace quantum::test
