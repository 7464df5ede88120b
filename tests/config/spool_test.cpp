// Crontabs of users in a spool, one file each.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quantum/command.hpp"

#include "config/file_list.hpp"
#include "config/load.hpp"
#include "config/read_file.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct SpoolTest : testing::Test {
    ScratchDirectory scratch;
    const std::string spool = scratch.path("spool");
    LoadOptions options{.system = true,
                        .zone = "UTC",
                        .account = own_account(),
                        .inherited = {{"SECRET", "of-root"}},
                        .trust = base::FileTrust::root,
                        .spool = spool};

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root reads the crontabs of others";
        if (getpwnam("games") == nullptr) GTEST_SKIP() << "there is no user games";
        chmod(scratch.path("").c_str(), 0755);
        std::filesystem::create_directory(spool);
        chmod(spool.c_str(), 01730);  // as Debian's cron has it
    }
    void write(const std::string& user, const std::string& text, const std::string& owner) const {
        const std::string path = scratch.write("spool/" + user, text);
        chmod(path.c_str(), 0600);
        const passwd* const account = getpwnam(owner.c_str());
        ASSERT_NE(account, nullptr);
        ASSERT_EQ(chown(path.c_str(), account->pw_uid, account->pw_gid), 0);
    }
    [[nodiscard]] std::vector<LoadedFile> load(std::vector<std::string> more = {}) const {
        return load_files(more, options);
    }
};

TEST_F(SpoolTest, LinesHaveNoUserColumnAndRunAsTheUser) {
    write("games", "A=b\n0 1 * * * root-has-no-say here\n", "games");
    const auto files = load();
    ASSERT_EQ(files.size(), 1u);
    EXPECT_FALSE(files[0].verdict()) << files[0].verdict()->message;
    EXPECT_EQ(files[0].owner, "games");
    ASSERT_EQ(files[0].jobs.size(), 1u);
    const Command& command = *command_of(files[0].jobs[0].task());
    EXPECT_EQ(command.user, "games");
    EXPECT_EQ(command.argv.back(), "root-has-no-say here");
    EXPECT_EQ(find_variable(command.environment, "LOGNAME"), "games");
    EXPECT_EQ(find_variable(command.environment, "HOME"), find_account("games")->home);
    EXPECT_EQ(find_variable(command.environment, "A"), "b");
    EXPECT_EQ(find_variable(command.environment, "SECRET"), std::nullopt);
}

TEST_F(SpoolTest, RootsOwnRunsAsRoot) {
    write("root", "0 1 * * * date\n", "root");
    const auto files = load();
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(command_of(files[0].jobs.at(0).task())->user, "");
    EXPECT_EQ(files[0].jobs[0].name(), "root:date");
}

TEST_F(SpoolTest, NamesBeginWithTheUserSoThatNobodyTakesThoseOfOthers) {
    const std::string system = scratch.write(
        "system", "# name: etl\n0 1 * * * root etl\n# name: games:own\n0 1 * * * root x\n");
    chmod(system.c_str(), 0644);
    write("games", "# name: etl\n0 1 * * * a\n0 2 * * * b\n# name: own\n0 3 * * * c\n", "games");
    const auto files = load({system});
    ASSERT_EQ(files.size(), 2u);
    EXPECT_FALSE(files[0].verdict());
    ASSERT_EQ(files[1].jobs.size(), 2u);
    EXPECT_EQ(files[1].jobs[0].name(), "games:etl");
    EXPECT_EQ(files[1].jobs[1].name(), "games:b");
    // The later one is wrong, which is the user's.
    ASSERT_TRUE(files[1].verdict());
    EXPECT_THAT(files[1].verdict()->message, HasSubstr("'games:own' is already used"));
}

TEST_F(SpoolTest, AFileIsItsUsersOrRootsAndNobodyElses) {
    write("games", "0 1 * * * a\n", "nobody");
    write("daemon", "0 1 * * * a\n", "root");
    const auto files = load();
    ASSERT_EQ(files.size(), 2u);
    EXPECT_FALSE(files[0].verdict());
    ASSERT_TRUE(files[1].verdict());
    EXPECT_THAT(files[1].verdict()->message, HasSubstr("it must be owned by root or by uid"));
    std::filesystem::create_hard_link(spool + "/daemon", spool + "/bin");
    EXPECT_TRUE(load().at(0).verdict());
}

TEST_F(SpoolTest, OneThatIsTooLargeIsRefused) {
    write("games", std::string(config::max_user_crontab + 1, '#'), "games");
    const auto files = load();
    ASSERT_EQ(files.size(), 1u);
    EXPECT_THAT(files[0].verdict()->message, HasSubstr("larger than 256 KiB"));
}

TEST_F(SpoolTest, FilesOfNobodyAreToldAndHiddenOnesAreNot) {
    write("no-such-user", "0 1 * * * a\n", "root");
    write("tmp.AbCdEf", "0 1 * * * a\n", "root");
    write(".games.quantum-new", "0 1 * * * a\n", "root");
    const auto files = load();
    ASSERT_EQ(files.size(), 1u);
    EXPECT_TRUE(files[0].is_directory);
    EXPECT_FALSE(files[0].verdict());
    std::vector<std::string> said;
    for (const Diagnostic& one : files[0].diagnostics()) said.push_back(one.message);
    EXPECT_THAT(said, ElementsAre(HasSubstr("'tmp.AbCdEf' is ignored"),
                                  HasSubstr("'no-such-user' is ignored: there is no user")));
}

TEST_F(SpoolTest, ATextIsCheckedAsTheFileWouldBe) {
    const auto games = find_account("games");
    const LoadedFile good =
        load_user_crontab(*games, spool + "/games", "# name: x\n0 1 * * * a\n", options);
    EXPECT_FALSE(good.verdict());
    EXPECT_EQ(good.jobs.at(0).name(), "games:x");
    EXPECT_EQ(good.jobs[0].source(), spool + "/games:2");
    const LoadedFile bad = load_user_crontab(*games, spool + "/games", "0 25 * * * a\n", options);
    ASSERT_TRUE(bad.verdict());
    EXPECT_THAT(bad.verdict()->message, HasSubstr("hour field"));
}

}  // namespace
}  // namespace quantum::config
