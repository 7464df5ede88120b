// What `quantum run` does as root, and as process 1: the real program. Tests that are named after
// a number belong to that item of the security checklist.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct RootTest : testing::Test {
    ScratchDirectory scratch;

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can give files and commands to others";
    }
    /// Refused, with this reason; and `check` says so beforehand.
    void expect_refused(const std::string& file, const std::string& reason,
                        std::vector<std::string> options = {}) {
        std::vector<std::string> check{"check"};
        check.insert(check.end(), options.begin(), options.end());
        check.push_back(file);
        const Ended checked = quantum(check);
        EXPECT_EQ(checked.exit_code, 1);
        EXPECT_THAT(checked.out + checked.err, HasSubstr(reason));
        options.insert(options.begin(), {"run", "--ephemeral"});
        options.push_back(file);
        const Ended refused = quantum(options);
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_THAT(refused.err, HasSubstr(reason));
        EXPECT_THAT(refused.err, HasSubstr(file));
    }
    std::string crontab(mode_t mode = 0644) {
        const std::string file = scratch.write("site.crontab", "@reboot echo ran\n");
        chmod(file.c_str(), mode);
        return file;
    }
};

TEST_F(RootTest, SecurityItem16RefusesSymlinksOfOthers) {
    const std::string file = crontab();
    const std::string link = scratch.path("link");
    ASSERT_EQ(symlink(file.c_str(), link.c_str()), 0);
    EXPECT_EQ(quantum({"check", link}).exit_code, 0) << "root's own";
    const uid_t nobody = getpwnam("nobody")->pw_uid;
    ASSERT_EQ(lchown(link.c_str(), nobody, 0), 0);
    expect_refused(
        link, "the symbolic link " + link + " on its way belongs to uid " + std::to_string(nobody));
}

TEST_F(RootTest, SecurityItem16RefusesDirectoriesThatALinkOfAnotherUserLeadsTo) {
    const std::string file = crontab();
    const std::string way = scratch.path("way");
    ASSERT_EQ(symlink(scratch.path("").c_str(), way.c_str()), 0);
    ASSERT_EQ(lchown(way.c_str(), getpwnam("nobody")->pw_uid, 0), 0);
    expect_refused(way + "/site.crontab",
                   "the symbolic link " + way + " on its way belongs to uid");
}

TEST_F(RootTest, SecurityItem16RefusesHardLinks) {
    const std::string file = crontab();
    ASSERT_EQ(link(file.c_str(), scratch.path("second").c_str()), 0);
    expect_refused(file, "has 2 hard links");
}

TEST_F(RootTest, SecurityItem16RefusesFifos) {
    ASSERT_EQ(mkfifo(scratch.path("fifo").c_str(), 0644), 0);
    expect_refused(scratch.path("fifo"), "is a FIFO, not a regular file");
}

TEST_F(RootTest, SecurityItem16RefusesWhatOthersCanWrite) {
    expect_refused(crontab(0666), "is writable by others than its owner (mode 0666)");
    expect_refused(crontab(0664), "is writable by others than its owner (mode 0664)");
}

TEST_F(RootTest, SecurityItem16RefusesForeignOwners) {
    const std::string file = crontab();
    const uid_t nobody = getpwnam("nobody")->pw_uid;
    ASSERT_EQ(chown(file.c_str(), nobody, 0), 0);
    expect_refused(file, "belongs to uid " + std::to_string(nobody) + "; it must belong to root");
}

TEST_F(RootTest, SecurityItem16RefusesDirectoriesThatOthersCanWrite) {
    const std::string file = crontab();
    ASSERT_EQ(chmod(scratch.path("").c_str(), 0777), 0);
    expect_refused(file, "is writable by others than its owner (mode 0777)");
}

TEST_F(RootTest, CheckLooksIntoAFileThatRunRefuses) {
    const std::string file = scratch.write("site.crontab", "61 * * * * a\n");
    chmod(file.c_str(), 0666);
    const Ended checked = quantum({"check", file});
    EXPECT_EQ(checked.exit_code, 1);
    EXPECT_THAT(checked.err, HasSubstr("mode 0666"));
    EXPECT_THAT(checked.out, HasSubstr(":1:1: error: "));
}

TEST_F(RootTest, ASystemCrontabRunsItsLinesAsTheirUsers) {
    const std::string file = scratch.write(
        "system.crontab",
        "HOME=/\n@reboot nobody echo \"$(id -un) $(id -G) $HOME $LOGNAME\"; echo end\n");
    Program program(quantum_argv({"run", "--ephemeral", "--system", file}));
    ASSERT_TRUE(program.wait_for("line=end")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    const passwd* nobody = getpwnam("nobody");
    EXPECT_THAT(program.err(),
                HasSubstr("line=\"nobody " + std::to_string(nobody->pw_gid) + " / nobody\""));
}

TEST_F(RootTest, ALineWhoseHomeIsMissingRunsInTheRootAsWithCron) {
    const std::string file =
        scratch.write("system.crontab", "HOME=/no/such/home\n@reboot nobody pwd\n");
    chmod(file.c_str(), 0644);
    Program program(quantum_argv({"run", "--ephemeral", "--system", file}));
    EXPECT_TRUE(program.wait_for("outcome=succeeded")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("line=/\n"));
    EXPECT_THAT(program.err(), HasSubstr("quantum: cannot enter the working directory "
                                         "'/no/such/home': No such file or directory"));
}

TEST_F(RootTest, AUserThatDoesNotExistIsNamedAtItsPlace) {
    const std::string file = scratch.write("system.crontab", "@reboot no-such-user true\n");
    expect_refused(file, "the user 'no-such-user' does not exist", {"--system"});
    EXPECT_THAT(quantum({"check", "--system", file}).out, HasSubstr("system.crontab:1:9: error: "));
}

/// The program as process 1 of a namespace of its own.
TEST_F(RootTest, AsProcess1ItReapsWhatJobsLeaveAndDrainsOnTerm) {
    if (Program probe({"/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "/bin/true"});
        probe.wait().exit_code != 0) {
        GTEST_SKIP() << "no namespace of processes can be made here";
    }
    // Orphans by the dozen, then a look at what is left of them.
    const std::string orphans =
        "# name: orphans\n@every 1s for i in 1 2 3 4 5 6 7 8; do (true & exec true) & done\n";
    const std::string quiet =
        "# name: zombies\n@every 1s echo zombies $(grep -l '^State:.Z' /proc/[0-9]*/status | wc "
        "-l) of $$\n"
        "# name: long\n@reboot trap 'echo told; exit 0' TERM; echo waits; sleep 60 & wait\n";
    const std::string file = scratch.write("site.crontab", quiet);
    Program program({"/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
                     quantum_path(), "run", "--ephemeral", file});
    ASSERT_TRUE(program.wait_for("line=waits")) << program.err();
    // unshare passes no signals on: the program is its only child.
    pid_t first = 0;
    std::ifstream("/proc/" + std::to_string(program.pid()) + "/task/" +
                  std::to_string(program.pid()) + "/children") >>
        first;
    ASSERT_GT(first, 0);
    // How many zombies the next look finds.
    const auto look = [&program] {
        constexpr std::string_view said = "line=\"zombies ";
        const std::size_t before = program.err().size();
        std::size_t at = std::string::npos;
        while (at == std::string::npos || program.err().find('\n', at) == std::string::npos) {
            if (!program.wait_for_more()) throw std::runtime_error(program.err());
            at = program.err().find(said, before);
        }
        return std::stoi(program.err().substr(at + said.size()));
    };
    // The least of several looks: what runs at one is over at another.
    const auto descriptors = [&](std::size_t enough) {
        std::size_t least = std::string::npos;
        for (int i = 0; i < (enough > 0 ? 30 : 4) && (enough == 0 || least > enough); ++i) {
            static_cast<void>(look());
            const std::filesystem::directory_iterator open("/proc/" + std::to_string(first) +
                                                           "/fd");
            least =
                std::min(least, static_cast<std::size_t>(std::distance(begin(open), end(open))));
        }
        return least;
    };
    const std::size_t before = descriptors(0);

    scratch.write("site.crontab", orphans + quiet);
    kill(first, SIGHUP);
    int most = 0;
    for (int i = 0; i < 5; ++i) most = std::max(most, look());
    EXPECT_LT(most, 30) << "as many as one second brings, and no more";
    scratch.write("site.crontab", quiet);
    kill(first, SIGHUP);
    int left = look();
    for (int i = 0; i < 5 && left > 0; ++i) left = look();
    EXPECT_EQ(left, 0);
    EXPECT_LE(descriptors(before), before);

    kill(first, SIGTERM);
    ASSERT_TRUE(program.wait_for("msg=stopping")) << program.err();
    kill(first, SIGTERM);
    const Ended ended = program.wait();
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("line=told"));
    EXPECT_THAT(ended.err, HasSubstr("quantum stopped"));
}

TEST_F(RootTest, WithoutDevNullARunSaysSoAndTheNextThatFindsItRuns) {
    const std::string file = scratch.write("site.crontab", "@every 1s echo ran\n");
    chmod(file.c_str(), 0644);
    Program program(
        {"/usr/bin/unshare", "-m", "/bin/sh", "-c",
         "mount -t tmpfs tmpfs /dev && exec " + quantum_path() + " run --ephemeral " + file});
    if (!program.wait_for("quantum started")) GTEST_SKIP() << "no namespaces here";
    ASSERT_TRUE(program.wait_for("outcome=failed")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("cannot open /dev/null for standard input"));
    const std::string device = "/proc/" + std::to_string(program.pid()) + "/root/dev/null";
    ASSERT_EQ(mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
    EXPECT_TRUE(program.wait_for("line=ran")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::test
