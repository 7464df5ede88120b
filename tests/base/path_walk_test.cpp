// The way to a file, part by part. Tests that are named after a number belong to that item of the
// security checklist.
#include "base/path_walk.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trusted_file.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::base {
namespace {

using testing::HasSubstr;

std::string content(const FileDescriptor& file) {
    std::string text(64, '\0');
    const ssize_t got = read(file.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

struct PathWalkTest : testing::Test {
    ScratchDirectory scratch;
    const uid_t nobody = getpwnam("nobody")->pw_uid;
    const uid_t games = getpwnam("games")->pw_uid;

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can give files to others";
    }
    std::string directory(const std::string& name, mode_t mode = 0755, uid_t owner = 0) const {
        const std::string path = scratch.path(name);
        mkdir(path.c_str(), 0700);
        chmod(path.c_str(), mode);
        EXPECT_EQ(chown(path.c_str(), owner, 0), 0);
        return path;
    }
    std::string file(const std::string& name, uid_t owner = 0, mode_t mode = 0600) const {
        const std::string path = scratch.write(name, name);
        chmod(path.c_str(), mode);
        EXPECT_EQ(chown(path.c_str(), owner, 0), 0);
        return path;
    }
    std::string link(const std::string& name, const std::string& target, uid_t owner = 0) const {
        const std::string path = scratch.path(name);
        EXPECT_EQ(symlink(target.c_str(), path.c_str()), 0);
        EXPECT_EQ(lchown(path.c_str(), owner, 0), 0);
        return path;
    }
    /// What was opened holds, or why it was not.
    static std::string opened(const std::string& path, FileTrust trust = FileTrust::root,
                              std::optional<uid_t> user = {}) {
        const auto file = open_trusted(path, trust, user);
        return file ? content(*file) : file.error().message;
    }
    [[nodiscard]] std::string of_nobody(const std::string& path) const {
        return opened(path, FileTrust::secret, nobody);
    }
};

TEST_F(PathWalkTest, SecurityItem16NoLinkOfAnotherUserIsFollowedAnywhereOnTheWay) {
    directory("service");
    file("service/secret");
    const std::string theirs = directory("theirs", 0755, nobody);
    link("theirs/way", scratch.path("service"), nobody);
    const std::string on_the_way = opened(theirs + "/way/secret");
    EXPECT_THAT(on_the_way, HasSubstr("theirs is owned by uid " + std::to_string(nobody)));

    link("way", scratch.path("service"), nobody);
    EXPECT_EQ(opened(scratch.path("way/secret")),
              scratch.path("way/secret") + ": the symbolic link " + scratch.path("way") +
                  " on its way is owned by uid " + std::to_string(nobody) +
                  "; it must be owned by root");
    link("last", scratch.path("service/secret"), nobody);
    EXPECT_THAT(opened(scratch.path("last")), HasSubstr("/last on its way is owned by uid"));
    // Root's own link, to a place that another one rules.
    link("root-link", theirs + "/way");
    EXPECT_THAT(opened(scratch.path("root-link/secret")), HasSubstr("theirs is owned by uid"));
}

TEST_F(PathWalkTest, RootsLinksAreFollowed) {
    directory("a");
    directory("a/b");
    file("a/b/file");
    link("absolute", scratch.path("a/b"));
    link("relative", "a/../a//./b");
    link("last", "relative/file");
    EXPECT_EQ(opened(scratch.path("absolute/file")), "a/b/file");
    EXPECT_EQ(opened(scratch.path("relative/file")), "a/b/file");
    EXPECT_EQ(opened(scratch.path("last")), "a/b/file");
    EXPECT_EQ(opened(scratch.path("a/b/../b/file")), "a/b/file");
    EXPECT_EQ(opened("/../.." + scratch.path("last")), "a/b/file");
}

TEST_F(PathWalkTest, ALinkThatLeadsToItselfEnds) {
    link("round", "round");
    EXPECT_THAT(opened(scratch.path("round")), HasSubstr("Too many levels of symbolic links"));
}

TEST_F(PathWalkTest, APathIsTheKernels) {
    EXPECT_FALSE(open_trusted("", FileTrust::root));
    EXPECT_THAT(opened(file("file") + "/"), HasSubstr("Not a directory"));
    EXPECT_THAT(opened(scratch.path("file/below")), HasSubstr("Not a directory"));
    EXPECT_THAT(opened("/"), HasSubstr("is a directory"));
    EXPECT_THAT(opened(scratch.path("")), HasSubstr("is a directory"));
    EXPECT_EQ(open_trusted(scratch.path("no/file"), FileTrust::root).error().code,
              ErrorCode::not_found);
    const int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(chdir(scratch.path("").c_str()), 0);
    const std::string relative = opened("file");
    ASSERT_EQ(fchdir(before), 0);
    close(before);
    EXPECT_EQ(relative, "file");
}

TEST_F(PathWalkTest, SecurityItem16EachDirectoryOnTheWayIsLookedAt) {
    directory("theirs", 0755, games);
    directory("theirs/roots");
    file("theirs/roots/file");
    EXPECT_THAT(opened(scratch.path("theirs/roots/file")), HasSubstr("theirs is owned by uid"));
    directory("group", 0775);
    directory("group/roots");
    file("group/roots/file");
    EXPECT_THAT(opened(scratch.path("group/roots/file")), HasSubstr("(mode 0775)"));
}

TEST_F(PathWalkTest, AStickyDirectoryOfRootsKeepsWhatIsRoots) {
    directory("tmp", 01777);
    EXPECT_EQ(opened(file("tmp/file")), "tmp/file");
    link("tmp/link", scratch.path("tmp/file"));
    EXPECT_EQ(opened(scratch.path("tmp/link")), "tmp/file");
    // What others may do there: give a link of root's another name.
    const std::string elsewhere = link("link", scratch.path("tmp/file"));
    ASSERT_EQ(::link(elsewhere.c_str(), scratch.path("tmp/second").c_str()), 0);
    EXPECT_THAT(opened(scratch.path("tmp/second")), HasSubstr("has several names"));
    file("tmp/theirs", nobody);
    EXPECT_THAT(opened(scratch.path("tmp/theirs")), HasSubstr("is owned by uid"));
}

TEST_F(PathWalkTest, RootMakesNothingInAStickyDirectory) {
    directory("tmp", 01777);
    auto found = FoundPath::find(scratch.path("tmp/new"), own_rules());
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->exists());
    const auto made = found->open_or_make_file(O_WRONLY, 0600);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("root creates no file in"));
    EXPECT_FALSE(open_directory(scratch.path("tmp/state"), own_rules(), true));
    EXPECT_NE(access(scratch.path("tmp/new").c_str(), F_OK), 0);
    EXPECT_NE(access(scratch.path("tmp/state").c_str(), F_OK), 0);
    file("tmp/there");
    found = FoundPath::find(scratch.path("tmp/there"), own_rules());
    EXPECT_TRUE(found->open_or_make_file(O_WRONLY, 0600));
}

TEST_F(PathWalkTest, NothingIsMadeOnAForbiddenWay) {
    const std::string theirs = directory("theirs", 0755, nobody);
    directory("service");
    link("way", scratch.path("service"), nobody);
    for (const std::string& path : {theirs + "/new", scratch.path("way/new")}) {
        EXPECT_FALSE(FoundPath::find(path, own_rules())) << path;
        EXPECT_FALSE(open_directory(path, own_rules(), true)) << path;
        EXPECT_NE(access(path.c_str(), F_OK), 0) << path;
    }
}

TEST_F(PathWalkTest, MissingDirectoriesAreMade) {
    const mode_t before = umask(0);
    ASSERT_TRUE(open_directory(scratch.path("a/b/c/"), own_rules(), true));
    ASSERT_TRUE(open_directory(scratch.path("d/e"), own_rules(), true));
    umask(before);
    const auto mode = [this](const char* name) {
        struct stat status {};
        EXPECT_EQ(stat(scratch.path(name).c_str(), &status), 0) << name;
        return status.st_mode & 07777U;
    };
    EXPECT_EQ(mode("a"), 0755U);
    EXPECT_EQ(mode("a/b/c"), 0700U);
    EXPECT_EQ(mode("d"), 0755U);
    EXPECT_EQ(mode("d/e"), 0700U);
    EXPECT_THAT(open_directory(file("file") + "/x", own_rules(), true).error().message,
                HasSubstr("Not a directory"));
}

TEST_F(PathWalkTest, AUsersOwnFileMayBeThatUsersOrRoots) {
    directory("home", 0700, nobody);
    EXPECT_EQ(of_nobody(file("home/own", nobody)), "home/own");
    EXPECT_EQ(of_nobody(file("home/roots", 0)), "home/roots");
    EXPECT_THAT(of_nobody(file("home/other", games)), HasSubstr("is owned by uid"));
    EXPECT_THAT(opened(scratch.path("home/own"), FileTrust::secret), HasSubstr("is owned by uid"));
    link("home/link", "own", nobody);
    EXPECT_EQ(of_nobody(scratch.path("home/link")), "home/own");
}

TEST_F(PathWalkTest, SecurityItem16AUsersLinkLeadsToNothingThatIsNotTheUsers) {
    directory("home", 0700, nobody);
    directory("service");
    file("service/secret");
    link("home/link", scratch.path("service/secret"), nobody);
    link("home/way", scratch.path("service"), nobody);
    const std::string refusal = "leads to a file that is not that user's";
    EXPECT_THAT(of_nobody(scratch.path("home/link")), HasSubstr(refusal));
    EXPECT_THAT(of_nobody(scratch.path("home/way/secret")), HasSubstr(refusal));
    link("home/roots-link", scratch.path("service/secret"));  // moved about by the user
    EXPECT_THAT(of_nobody(scratch.path("home/roots-link")), HasSubstr(refusal));
}

TEST_F(PathWalkTest, WhatIsDoneGoesThroughTheDirectoryThatWasFound) {
    directory("here");
    directory("there");
    auto found = FoundPath::find(scratch.path("here/file"), own_rules());
    ASSERT_TRUE(found);
    ASSERT_EQ(rename(scratch.path("here").c_str(), scratch.path("aside").c_str()), 0);
    ASSERT_EQ(rename(scratch.path("there").c_str(), scratch.path("here").c_str()), 0);
    EXPECT_TRUE(found->open_or_make_file(O_WRONLY, 0600));
    EXPECT_EQ(found->rename("file", "other"), 0);
    EXPECT_EQ(found->link("other", "second"), 0);
    EXPECT_EQ(access(scratch.path("aside/other").c_str(), F_OK), 0);
    EXPECT_EQ(found->remove("second"), 0);
    EXPECT_EQ(found->remove("second"), ENOENT);
    EXPECT_EQ(sync_names(found->directory()), 0);
    EXPECT_NE(access(scratch.path("here/other").c_str(), F_OK), 0);
}

TEST_F(PathWalkTest, SecurityItem16AFileHasOneNameAndOneWhoWritesToIt) {
    file("file");
    EXPECT_EQ(opened(scratch.path("file")), "file");
    for (const mode_t mode : {mode_t{0620}, mode_t{0602}}) {
        chmod(scratch.path("file").c_str(), mode);
        EXPECT_THAT(opened(scratch.path("file")),
                    HasSubstr("is writable by users other than its owner"))
            << mode;
    }
    chmod(scratch.path("file").c_str(), 0600);
    ASSERT_EQ(::link(scratch.path("file").c_str(), scratch.path("second").c_str()), 0);
    EXPECT_THAT(opened(scratch.path("file")), HasSubstr("has 2 hard links"));
}

TEST_F(PathWalkTest, SecurityItem16WhatTookThePlaceOfAFileIsLookedAtToo) {
    file("file");
    file("theirs", nobody);
    auto found = FoundPath::find(scratch.path("file"), own_rules());
    ASSERT_TRUE(found);
    ASSERT_EQ(rename(scratch.path("theirs").c_str(), scratch.path("file").c_str()), 0);
    const auto taken = found->open_file(O_RDONLY);
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr("is owned by uid"));
    // One that root has put there is as good as the first.
    file("roots");
    ASSERT_EQ(rename(scratch.path("roots").c_str(), scratch.path("file").c_str()), 0);
    found = FoundPath::find(scratch.path("file"), own_rules());
    file("newer");
    ASSERT_EQ(rename(scratch.path("newer").c_str(), scratch.path("file").c_str()), 0);
    const auto newer = found->open_file(O_RDONLY);
    ASSERT_TRUE(newer);
    EXPECT_EQ(content(*newer), "newer");
}

TEST_F(PathWalkTest, SecurityItem16SpecialFilesAreNotEvenOpened) {
    ASSERT_EQ(mkfifo(scratch.path("fifo").c_str(), 0600), 0);
    for (const char* name : {"fifo"}) {
        auto found = FoundPath::find(scratch.path(name), own_rules());
        ASSERT_TRUE(found);
        EXPECT_THAT(found->open_or_make_file(O_WRONLY, 0600).error().message,
                    HasSubstr("is a FIFO"));
    }
    EXPECT_THAT(opened("/dev/null"), HasSubstr("is a device"));
}

}  // namespace
}  // namespace quantum::base
