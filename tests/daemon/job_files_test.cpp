// What a reload of some files does to the jobs, and what it leaves alone.
#include "daemon/job_files.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/testing/simulated_clock.hpp"

namespace quantum::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Job job_of(const std::string& name, const std::string& source, const std::string& word = "x") {
    Job job;
    EXPECT_TRUE(job.set_name(name));
    EXPECT_TRUE(job.set_schedule("0 1 * * *"));
    Command command;
    command.argv = {"/bin/echo", word};
    EXPECT_TRUE(job.set_task(std::move(command)));
    job.set_source(source);
    return job;
}

struct JobFilesTest : testing::Test {
    SimulatedClock clock{WallTime(std::chrono::hours(24 * 365 * 50))};
    Logger logger{-1, LogFormat::logfmt, clock};
    DesiredJobs read;  // by the next load
    FileScope asked;   // by the last one
    DaemonOptions options;
    std::vector<JobRef> jobs{JobRef(job_of("a", "dir/one:1")), JobRef(job_of("b", "dir/one:2")),
                             JobRef(job_of("c", "dir/two:1")), JobRef(job_of("api", ""))};

    JobFilesTest() {
        options.load_jobs = [this](const LoadRequest& request) {
            asked = request.scope;
            return read;
        };
    }

    static std::vector<std::string> put(const FileChanges& changes) {
        std::vector<std::string> names;
        for (const Job& job : changes.changes.put) names.push_back(job.name());
        return names;
    }
};

TEST_F(JobFilesTest, AReloadOfOneFileLeavesTheJobsOfOthersAlone) {
    JobFiles files(options, logger);
    read.files = {{"dir/one", {job_of("a", "dir/one:1", "new"), job_of("d", "dir/one:2")}}};
    const auto changes = files.at_reload(jobs, nullptr, std::set<std::string>{"dir/one"});
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_EQ(asked, FileScope(std::set<std::string>{"dir/one"}));
    EXPECT_THAT(put(*changes), UnorderedElementsAre("a", "d"));
    EXPECT_THAT(changes->changes.remove, ElementsAre("b"));
    EXPECT_EQ(changes->unchanged, 0u);
}

TEST_F(JobFilesTest, TheJobsOfAFileThatIsGoneFromItsDirectoryGo) {
    JobFiles files(options, logger);
    const auto changes = files.at_reload(jobs, nullptr, std::set<std::string>{"./dir/two"});
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_THAT(put(*changes), IsEmpty());
    EXPECT_THAT(changes->changes.remove, ElementsAre("c"));
}

TEST_F(JobFilesTest, ItMayNotTakeTheNameOfAJobOfAnotherFile) {
    JobFiles files(options, logger);
    read.files = {{"dir/one", {job_of("c", "dir/one:1")}}};
    const auto changes = files.at_reload(jobs, nullptr, std::set<std::string>{"dir/one"});
    ASSERT_FALSE(changes);
    EXPECT_THAT(changes.error().message,
                HasSubstr("dir/one:1: the name 'c' is already used by dir/two:1"));
    read.files = {{"dir/one", {job_of("api", "dir/one:1")}}};
    EXPECT_FALSE(files.at_reload(jobs, nullptr, std::set<std::string>{"dir/one"}));
}

TEST_F(JobFilesTest, AFileThatIsBadForItselfStaysSoAndHindersNoOther) {
    JobFiles files(options, logger);
    read.files = {{"dir/one", {}, "dir/one:1: is wrong"}, {"dir/two", {job_of("c", "dir/two:1")}}};
    EXPECT_FALSE(files.at_reload(jobs, nullptr));
    ASSERT_EQ(files.bad().size(), 1u);

    read.files = {{"dir/two", {job_of("c", "dir/two:1", "new")}}};
    const auto changes = files.at_reload(jobs, nullptr, std::set<std::string>{"dir/two"});
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_THAT(put(*changes), ElementsAre("c"));
    EXPECT_EQ(files.bad().size(), 1u);

    read.files = {{"dir/one", {job_of("a", "dir/one:1")}}};
    ASSERT_TRUE(files.at_reload(jobs, nullptr, std::set<std::string>{"dir/one"}));
    EXPECT_THAT(files.bad(), IsEmpty());
}

TEST_F(JobFilesTest, AUsersBadFileStaysAsItWasAndHindersNoOther) {
    JobFiles files(options, logger);
    read.files = {{"dir/one", {job_of("x", "dir/one:9")}, "dir/one:1: is wrong", true},
                  {"dir/two", {job_of("c", "dir/two:1", "new")}}};
    auto changes = files.at_reload(jobs, nullptr);
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_THAT(put(*changes), ElementsAre("c"));
    EXPECT_THAT(changes->changes.remove, IsEmpty());
    ASSERT_EQ(files.bad().size(), 1u);
    EXPECT_EQ(files.bad()[0].path, "dir/one");
    // What it keeps, nobody else can take.
    read.files = {{"dir/one", {}, "dir/one:1: is wrong", true},
                  {"dir/two", {job_of("a", "dir/two:1")}}};
    changes = files.at_reload(jobs, nullptr);
    ASSERT_FALSE(changes);
    EXPECT_THAT(changes.error().message, HasSubstr("'a' is already used by dir/one:1"));
}

TEST_F(JobFilesTest, NorDoesItPreventAStrictStart) {
    options.strict = true;
    read.files = {{"dir/one", {}, "dir/one:1: is wrong", true},
                  {"dir/two", {job_of("c", "dir/two:1")}}};
    EXPECT_TRUE(JobFiles(options, logger).read(nullptr));
    read.files[0].stands_alone = false;
    EXPECT_FALSE(JobFiles(options, logger).read(nullptr));
}

TEST_F(JobFilesTest, WhomOtherFilesAllowStaysAllowed) {
    JobFiles files(options, logger);
    read.allow_run_as = {"backup"};
    read.tag_concurrency = {{"db", 2}};
    ASSERT_TRUE(files.at_reload(jobs, nullptr));
    files.end_reload(true);
    read = {.files = {{"dir/one", {}}}, .allow_run_as = {"alice"}};
    ASSERT_TRUE(files.at_reload(jobs, nullptr, std::set<std::string>{"dir/one"}));
    EXPECT_THAT(files.allowed().users, UnorderedElementsAre("backup", "backup", "alice"));
    files.end_reload(true);
    EXPECT_THAT(files.allowed().users, UnorderedElementsAre("backup", "alice"));
    EXPECT_EQ(files.tag_concurrency().size(), 1u);
}

}  // namespace
}  // namespace quantum::daemon
