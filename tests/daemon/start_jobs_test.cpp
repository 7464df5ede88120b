#include "daemon/start_jobs.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"

namespace quantum::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Job make_job(const std::string& name, const std::string& source, const std::string& user = {}) {
    Job job;
    EXPECT_TRUE(job.set_name(name));
    EXPECT_TRUE(job.set_schedule("0 1 * * *"));
    Command command;
    command.argv = {"/bin/true"};
    command.user = user;
    EXPECT_TRUE(job.set_task(std::move(command)));
    job.set_source(source);
    return job;
}

/// "name@source", so that it shows whose definition it is.
std::vector<std::string> shown(const std::vector<Job>& jobs) {
    std::vector<std::string> texts;
    for (const Job& job : jobs) texts.push_back(job.name() + '@' + job.source());
    return texts;
}

WantedFile good(const std::string& path, const std::vector<std::string>& names) {
    WantedFile file{path};
    std::size_t line = 0;
    for (const std::string& name : names) {
        file.jobs.push_back(make_job(name, path + ":" + std::to_string(++line)));
    }
    return file;
}

WantedFile bad(const std::string& path, const std::vector<std::string>& names) {
    WantedFile file = good(path, names);
    file.bad = path + ":9:1: is wrong";
    return file;
}

struct StartJobsTest : testing::Test {
    std::vector<JobRef> ledger;

    void knows(const std::string& name, const std::string& source, const std::string& user = {}) {
        ledger.emplace_back(make_job(name, source, user));
    }
    [[nodiscard]] StartJobs settle(std::vector<WantedFile> files) const {
        return settle_start(std::move(files), ledger);
    }
};

TEST_F(StartJobsTest, GoodFilesRuleWhateverTheLedgerHas) {
    knows("a", "one:7");
    knows("gone", "one:8");
    const StartJobs start = settle({good("one", {"a", "b"}), good("two", {"c"})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@one:1", "b@one:2", "c@two:1"));
    EXPECT_THAT(start.bad, IsEmpty());
}

TEST_F(StartJobsTest, ABadFileKeepsAsAWholeWhatTheLedgerHasOfIt) {
    knows("a", "one:7");
    knows("b", "one:8");
    knows("c", "two:1");
    const StartJobs start = settle({bad("one", {"a", "new"}), good("two", {"c"})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@one:7", "b@one:8", "c@two:1"));
    ASSERT_EQ(start.bad.size(), 1U);
    EXPECT_EQ(start.bad[0].path, "one");
    EXPECT_EQ(start.bad[0].why, "one:9:1: is wrong");
    EXPECT_EQ(start.bad[0].kept, 2U);
    EXPECT_EQ(start.bad[0].taken, 0U);
    EXPECT_THAT(start.kept, UnorderedElementsAre("a", "b"));
}

TEST_F(StartJobsTest, WhereTheLedgerHasNoneItsGoodJobsRun) {
    knows("c", "two:1");
    const StartJobs start = settle({bad("one", {"a"}), good("two", {"c"}), bad("three", {})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@one:1", "c@two:1"));
    ASSERT_EQ(start.bad.size(), 2U);
    EXPECT_EQ(start.bad[0].taken, 1U);
    EXPECT_EQ(start.bad[1].taken, 0U);
}

TEST_F(StartJobsTest, AFileIsTheSameHoweverItsPathIsWritten) {
    knows("a", "dir/one:7");
    knows("b", "./dir/one:8");
    const StartJobs start = settle({bad("dir/../dir/one", {})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@dir/one:7", "b@./dir/one:8"));
}

TEST_F(StartJobsTest, ADirectoryThatCannotBeReadKeepsTheJobsOfAllItsFiles) {
    knows("a", "dir/one:7");
    knows("b", "./dir/two:8");
    knows("c", "dir/inner/three:1");
    knows("d", "directory:1");
    const StartJobs start = settle({bad("dir/", {})});
    EXPECT_THAT(shown(start.jobs), UnorderedElementsAre("a@dir/one:7", "b@./dir/two:8"));
    EXPECT_EQ(start.bad.at(0).kept, 2U);
    // One that is named besides rules what is its own.
    EXPECT_THAT(shown(settle({good("dir/one", {"x"}), bad("dir", {})}).jobs),
                UnorderedElementsAre("x@dir/one:1", "b@./dir/two:8"));
}

TEST_F(StartJobsTest, ALaterFileThatHasTheNameOfAKeptJobIsBadItself) {
    knows("a", "one:7");
    knows("x", "two:3");
    const StartJobs start = settle({bad("one", {}), good("two", {"a", "y"})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@one:7", "x@two:3"));
    ASSERT_EQ(start.bad.size(), 2U);
    EXPECT_THAT(start.bad[1].why, HasSubstr("two:1: the name 'a' is already used by one:7"));
}

TEST_F(StartJobsTest, AnEarlierFileGoesBeforeWhatABadOneKeeps) {
    knows("a", "two:7");
    knows("b", "two:8");
    const StartJobs start = settle({good("one", {"a"}), bad("two", {})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@one:1", "b@two:8"));
    EXPECT_EQ(start.bad.size(), 1U);
}

TEST_F(StartJobsTest, AFileThatIsNamedTwiceKeepsNothingBesides) {
    knows("a", "one:1");
    knows("gone", "one:2");
    const StartJobs start = settle({good("one", {"a"}), bad("./one", {"a"})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("a@one:1"));
}

TEST_F(StartJobsTest, ANameThatNoFileDefinesMakesAFileBad) {
    knows("api", "");
    knows("b", "one:2");
    const StartJobs start = settle({good("one", {"api", "c"}), good("two", {"d"})});
    EXPECT_THAT(shown(start.jobs), ElementsAre("b@one:2", "d@two:1"));
    ASSERT_EQ(start.bad.size(), 1U);
    EXPECT_THAT(start.bad[0].why, HasSubstr("a job that no file defines"));
    EXPECT_EQ(bad_files(std::vector{good("one", {"api"})}, ledger).size(), 1U);
    EXPECT_EQ(bad_files(std::vector{good("one", {"c"}), bad("two", {})}, ledger).size(), 1U);
    EXPECT_THAT(bad_files(std::vector{good("one", {"c"})}, ledger), IsEmpty());
}

TEST_F(StartJobsTest, WhatIsKeptMayRunAsWhomItDid) {
    knows("a", "one:1", "backup");
    knows("b", "one:2");
    knows("c", "two:1", "daemon");
    const StartJobs start = settle({bad("one", {}), good("two", {"c"})});
    EXPECT_THAT(start.allowed.users, ElementsAre("backup"));
}

}  // namespace
}  // namespace quantum::daemon
