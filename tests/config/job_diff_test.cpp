#include "config/job_diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/crontab_jobs.hpp"

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Job> jobs_of_text(std::string_view text, std::string_view zone = "UTC") {
    const Crontab crontab = parse_crontab(text, {.stem = "site", .zone = zone});
    return make_jobs(crontab, {.path = "site", .account = {"me", "/"}, .inherited = {}}).value();
}

std::vector<std::string> names(const std::vector<Job>& jobs) {
    std::vector<std::string> result;
    for (const Job& job : jobs) {
        result.push_back(job.name());
    }
    return result;
}

TEST(JobDiffTest, TellsAddedChangedRemovedAndUnchanged) {
    const auto old_jobs = jobs_of_text("0 1 * * * a\n0 1 * * * b\n0 1 * * * c\n");
    const auto new_jobs = jobs_of_text("0 1 * * * d\n0 1 * * * a\n0 2 * * * b\n");

    const JobDiff diff = diff_jobs(old_jobs, new_jobs);

    EXPECT_THAT(names(diff.added), ElementsAre("site:d"));
    EXPECT_THAT(names(diff.changed), ElementsAre("site:b"));
    EXPECT_THAT(diff.removed, ElementsAre("site:c"));
    EXPECT_THAT(diff.unchanged, ElementsAre("site:a"));
}

TEST(JobDiffTest, ANewPlaceInTheFileIsNoChange) {
    const auto old_jobs = jobs_of_text("0 1 * * * a\n0 1 * * * b\n");
    const auto new_jobs = jobs_of_text("# comment\n\n0 1 * * * b\n0 1 * * * a\n");

    const JobDiff diff = diff_jobs(old_jobs, new_jobs);

    EXPECT_TRUE(diff.empty());
    EXPECT_THAT(diff.unchanged, ElementsAre("site:b", "site:a"));
}

TEST(JobDiffTest, NothingAgainstNothingIsEmpty) { EXPECT_TRUE(diff_jobs({}, {}).empty()); }

struct ChangeCase {
    std::string_view name;
    std::string_view before;
    std::string_view after;
};

struct JobChangeTest : testing::TestWithParam<ChangeCase> {};

TEST_P(JobChangeTest, IsAChange) {
    const auto old_jobs = jobs_of_text(GetParam().before);
    const auto new_jobs = jobs_of_text(GetParam().after);

    const JobDiff diff = diff_jobs(old_jobs, new_jobs);

    EXPECT_THAT(names(diff.changed), ElementsAre("x"));
    EXPECT_THAT(diff.unchanged, IsEmpty());
}

const ChangeCase change_cases[] = {
    {"Schedule", "# name: x\n0 1 * * * a\n", "# name: x\n0 2 * * * a\n"},
    {"Command", "# name: x\n0 1 * * * a\n", "# name: x\n0 1 * * * b\n"},
    {"Input", "# name: x\n0 1 * * * a%1\n", "# name: x\n0 1 * * * a%2\n"},
    {"Zone", "# name: x\n0 1 * * * a\n", "CRON_TZ=Asia/Tokyo\n# name: x\n0 1 * * * a\n"},
    {"Environment", "# name: x\n0 1 * * * a\n", "Y=1\n# name: x\n0 1 * * * a\n"},
};

INSTANTIATE_TEST_SUITE_P(Table, JobChangeTest, testing::ValuesIn(change_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(JobDiffTest, FunctionsAreNeverTheSame) {
    Job job;
    ASSERT_TRUE(job.set_name("x"));
    ASSERT_TRUE(job.set_task(Function([] {})));

    EXPECT_FALSE(same_definition(job, job));
}

}  // namespace
}  // namespace quantum::config
