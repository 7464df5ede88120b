// A directory of job files: which of the files in it count, and in what order.
#include "config/job_directory.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(JobDirectoryNames, AreThoseOfRunPartsAndJobFiles) {
    for (const char* name : {"backup", "e2scrub_all", "PHP-8", "2", "etl.toml", "4913"}) {
        EXPECT_TRUE(is_name_in_directory(name)) << name;
    }
    for (const char* name :
         {"", ".toml", "backup.dpkg-old", "backup.dpkg-dist", "backup~", "#backup#", ".backup.swp",
          "etl.toml.bak", "etl.toml~", "a.b.toml", "site.crontab", "b\xC3\xA4r", "two words"}) {
        EXPECT_FALSE(is_name_in_directory(name)) << name;
    }
}

struct JobDirectoryTest : testing::Test {
    ScratchDirectory scratch;
    const std::string directory = scratch.path("cron.d");
    LoadOptions options{.system = false, .zone = "UTC", .account = {"me", "/"}, .inherited = {}};

    JobDirectoryTest() { std::filesystem::create_directory(directory); }

    void write(const std::string& name, const std::string& text = "0 1 * * * one\n") const {
        scratch.write("cron.d/" + name, text);
    }
    [[nodiscard]] std::vector<LoadedFile> load(const std::vector<std::string>& paths) const {
        return load_files(paths, options);
    }
    static std::vector<std::string> names(const std::vector<LoadedFile>& files) {
        std::vector<std::string> all;
        for (const LoadedFile& file : files) {
            for (const Job& job : file.jobs) all.push_back(job.name());
        }
        return all;
    }
};

TEST_F(JobDirectoryTest, IsReadInOrderOfNamesAndSaysWhatItLeavesOut) {
    write("b");
    write("a");
    write("z.toml", "[jobs.z]\nschedule = \"@daily\"\nshell = \"true\"\n");
    write("a.dpkg-old", "this is not read\n");
    write(".placeholder", "nor is this\n");
    std::filesystem::create_directory(directory + "/inner");
    const auto files = load({directory});

    ASSERT_EQ(files.size(), 4u);
    EXPECT_TRUE(files[0].is_directory);
    EXPECT_FALSE(files[0].verdict());
    ASSERT_EQ(files[0].diagnostics().size(), 2u);
    EXPECT_THAT(files[0].diagnostics()[0].message, HasSubstr("'a.dpkg-old' is ignored"));
    EXPECT_EQ(files[0].diagnostics()[0].severity, Severity::warning);
    EXPECT_THAT(files[0].diagnostics()[1].message, HasSubstr("'inner' is ignored: directories"));
    EXPECT_EQ(files[1].path, directory + "/a");
    EXPECT_EQ(files[3].path, directory + "/z.toml");
    EXPECT_THAT(names(files), ElementsAre("a:one", "b:one", "z"));
}

TEST_F(JobDirectoryTest, WithoutAnythingToSayThereAreItsFilesOnly) {
    write("a");
    write("b");
    const auto files = load({directory + '/'});
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].path, directory + "/a");
    EXPECT_EQ(files[0].jobs.at(0).source(), directory + "/a:1");
}

TEST_F(JobDirectoryTest, AnEmptyOneIsNoError) { EXPECT_THAT(load({directory}), IsEmpty()); }

TEST_F(JobDirectoryTest, ItsFilesMayNotTakeNamesOfOthers) {
    write("a", "# name: x\n0 1 * * * one\n");
    const std::string other = scratch.write("other", "# name: x\n0 1 * * * two\n");
    const auto files = load({other, directory});
    ASSERT_EQ(files.size(), 2u);
    ASSERT_TRUE(files[1].verdict());
    EXPECT_THAT(files[1].verdict()->message, HasSubstr("'x' is already used by " + other + ":2"));
}

TEST_F(JobDirectoryTest, OfASomeAskedForTheOthersAreNotRead) {
    write("a");
    write("b");
    write("c.dpkg-new");
    options.only = {directory + "/b", directory + "/gone"};
    EXPECT_THAT(names(load({directory})), ElementsAre("b:one"));
    EXPECT_EQ(load({directory}).size(), 1u);
    // A named file that is gone is bad, one of a directory is just gone.
    EXPECT_EQ(load({directory, directory + "/gone"}).size(), 2u);
}

TEST_F(JobDirectoryTest, OneThatOthersMayWriteToIsNotRootsWord) {
    if (geteuid() != 0) GTEST_SKIP() << "only root's files must be root's";
    write("a");
    chmod(scratch.path("").c_str(), 0755);
    options.trust = base::FileTrust::root;
    EXPECT_THAT(names(load({directory})), ElementsAre("a:one"));
    chmod(directory.c_str(), 0777);
    auto files = load({directory});
    ASSERT_EQ(files.size(), 1u);
    ASSERT_TRUE(files[0].verdict());
    EXPECT_THAT(files[0].verdict()->message, HasSubstr("is writable by users other than"));
    // `check` looks into it all the same.
    options.looks_into_refused = true;
    EXPECT_THAT(names(load({directory})), ElementsAre("a:one"));
}

}  // namespace
}  // namespace quantum::config
