// What users can do to their crontabs, and to no other.
#include "daemon/user_crontabs.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/scratch_directory.hpp"

namespace quantum::daemon {
namespace {

using Kind = CrontabAnswer::Kind;
using testing::HasSubstr;

constexpr const char* good_text = "0 3 * * * backup\n";

struct UserCrontabsTest : testing::Test {
    ScratchDirectory scratch;
    const std::string spool = scratch.path("spool");
    config::LoadOptions load{.zone = "UTC", .account = config::own_account(), .inherited = {}};
    config::Account games;

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root keeps the crontabs of others";
        const auto account = config::find_account("games");
        if (!account) GTEST_SKIP() << "there is no user games";
        games = *account;
        chmod(scratch.path("").c_str(), 0755);
        std::filesystem::create_directory(spool);
        chmod(spool.c_str(), 0700);
    }
    [[nodiscard]] UserCrontabs crontabs() const {
        return UserCrontabs({.spool = spool,
                             .allow = scratch.path("cron.allow"),
                             .deny = scratch.path("cron.deny"),
                             .check = [this](const config::Account& owner, const std::string& path,
                                             std::string text) {
                                 return config::load_user_crontab(owner, path, std::move(text),
                                                                  load);
                             }});
    }
    [[nodiscard]] std::string on_disk() const {
        std::ifstream file(spool + "/games", std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void list(const std::string& name, const std::string& text) const {
        chmod(scratch.write(name, text).c_str(), 0644);
    }
};

TEST_F(UserCrontabsTest, OneIsWrittenReadAndRemoved) {
    UserCrontabs own = crontabs();
    EXPECT_EQ(own.read(games).kind, Kind::none);
    EXPECT_EQ(own.remove(games).kind, Kind::none);
    const CrontabAnswer put = own.replace(games, good_text, "none");
    EXPECT_EQ(put.kind, Kind::done) << put.text;
    EXPECT_EQ(on_disk(), good_text);
    struct stat status {};
    ASSERT_EQ(stat((spool + "/games").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600u);
    EXPECT_EQ(status.st_uid, games.uid);
    const CrontabAnswer read = own.read(games);
    EXPECT_EQ(read.kind, Kind::done);
    EXPECT_EQ(read.text, good_text);
    EXPECT_EQ(read.tag, put.tag);
    EXPECT_EQ(own.remove(games).kind, Kind::done);
    EXPECT_FALSE(std::filesystem::exists(spool + "/games"));
    EXPECT_TRUE(std::filesystem::is_empty(spool));
}

TEST_F(UserCrontabsTest, ABadOneIsRefusedWithAllThatIsWrong) {
    UserCrontabs own = crontabs();
    ASSERT_EQ(own.replace(games, good_text, "").kind, Kind::done);
    const CrontabAnswer bad = own.replace(games, "0 25 * * * a\n1 2 3 x * b\n", "");
    EXPECT_EQ(bad.kind, Kind::refused);
    EXPECT_THAT(bad.text, HasSubstr("line 1, column 3: error: hour field: '25' is out of range"));
    EXPECT_THAT(bad.text, HasSubstr("\nline 2, column 7: error: "));
    EXPECT_EQ(on_disk(), good_text);
    // What cron would take silently is told, and taken.
    const CrontabAnswer warned = own.replace(games, "0 3 * * * date +%Y\n", "");
    EXPECT_EQ(warned.kind, Kind::done);
    EXPECT_THAT(warned.text, HasSubstr("warning: '%' ends the command"));
}

TEST_F(UserCrontabsTest, WhatSomebodyHasChangedMeanwhileIsNotLost) {
    UserCrontabs own = crontabs();
    const std::string tag = own.replace(games, good_text, "none").tag;
    EXPECT_EQ(own.replace(games, "0 4 * * * a\n", "none").kind, Kind::refused);
    ASSERT_EQ(own.replace(games, "0 5 * * * b\n", tag).kind, Kind::done);
    const CrontabAnswer late = own.replace(games, "0 6 * * * c\n", tag);
    EXPECT_EQ(late.kind, Kind::refused);
    EXPECT_THAT(late.text, HasSubstr("changed by somebody else"));
    EXPECT_EQ(on_disk(), "0 5 * * * b\n");
}

TEST_F(UserCrontabsTest, ListsSayWhoMayHaveOne) {
    const UserCrontabs own = crontabs();
    EXPECT_TRUE(own.user(games.uid));
    list("cron.deny", "nobody\n");
    EXPECT_TRUE(own.user(games.uid));
    list("cron.deny", "nobody\ngames \n");
    const auto denied = own.user(games.uid);
    ASSERT_FALSE(denied);
    EXPECT_THAT(denied.error().message, HasSubstr("you (games) may not have a crontab"));
    // Where there is a list of those who may, the other one does not count.
    list("cron.allow", "games\n");
    EXPECT_TRUE(own.user(games.uid));
    list("cron.allow", "game\ngamesx\n");
    EXPECT_FALSE(own.user(games.uid));
    // One that others may write allows nobody.
    list("cron.allow", "games\n");
    chmod(scratch.path("cron.allow").c_str(), 0666);
    EXPECT_FALSE(own.user(games.uid));
    EXPECT_TRUE(own.user(0));
    EXPECT_FALSE(own.user(4'000'000'000));
}

TEST_F(UserCrontabsTest, NothingIsMadeWhereOthersCanMakeFiles) {
    UserCrontabs own = crontabs();
    chmod(spool.c_str(), 01730);
    chown(spool.c_str(), 0, games.uid);
    const CrontabAnswer put = own.replace(games, good_text, "");
    EXPECT_EQ(put.kind, Kind::refused);
    EXPECT_THAT(put.text, HasSubstr("root creates no file in"));
    EXPECT_EQ(on_disk(), "");
}

TEST_F(UserCrontabsTest, ALinkInTheSpoolLeadsNowhere) {
    UserCrontabs own = crontabs();
    const std::string other = scratch.write("other", "secret\n");
    ASSERT_EQ(symlink(other.c_str(), (spool + "/games").c_str()), 0);
    EXPECT_EQ(own.remove(games).kind, Kind::done);
    EXPECT_TRUE(std::filesystem::exists(other));
    ASSERT_EQ(symlink(other.c_str(), (spool + "/games").c_str()), 0);
    EXPECT_EQ(own.replace(games, good_text, "").kind, Kind::done);
    std::ifstream file(other);
    std::string text;
    std::getline(file, text);
    EXPECT_EQ(text, "secret");
    EXPECT_EQ(on_disk(), good_text);
}

TEST_F(UserCrontabsTest, OneThatIsTooLargeIsRefused) {
    EXPECT_EQ(crontabs().replace(games, std::string(256 * 1024 + 1, '#'), "").kind, Kind::refused);
    EXPECT_EQ(crontabs().replace(games, std::string(256 * 1024 - 1, '#') + '\n', "").kind,
              Kind::done);
}

}  // namespace
}  // namespace quantum::daemon
