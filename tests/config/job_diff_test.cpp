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

std::vector<JobRef> refs(const std::vector<Job>& jobs) {
    std::vector<JobRef> result;
    for (const Job& job : jobs) result.push_back(JobRef(job));
    return result;
}

/// The difference where nobody has paused or resumed anything.
JobDiff diff_of(const std::vector<Job>& old_jobs, const std::vector<Job>& new_jobs) {
    return diff_jobs(refs(old_jobs), new_jobs, [](const Job&) { return false; }).value();
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

    const JobDiff diff = diff_of(old_jobs, new_jobs);

    EXPECT_THAT(names(diff.added), ElementsAre("site:d"));
    EXPECT_THAT(names(diff.changed), ElementsAre("site:b"));
    EXPECT_THAT(diff.removed, ElementsAre("site:c"));
    EXPECT_THAT(diff.unchanged, ElementsAre("site:a"));
}

TEST(JobDiffTest, ANewPlaceInTheFileIsNoChange) {
    const auto old_jobs = jobs_of_text("0 1 * * * a\n0 1 * * * b\n");
    const auto new_jobs = jobs_of_text("# comment\n\n0 1 * * * b\n0 1 * * * a\n");

    const JobDiff diff = diff_of(old_jobs, new_jobs);

    EXPECT_TRUE(diff.empty());
    EXPECT_THAT(diff.unchanged, ElementsAre("site:b", "site:a"));
}

TEST(JobDiffTest, NothingAgainstNothingIsEmpty) { EXPECT_TRUE(diff_of({}, {}).empty()); }

struct ChangeCase {
    std::string_view name;
    std::string_view before;
    std::string_view after;
};

struct JobChangeTest : testing::TestWithParam<ChangeCase> {};

TEST_P(JobChangeTest, IsAChange) {
    const auto old_jobs = jobs_of_text(GetParam().before);
    const auto new_jobs = jobs_of_text(GetParam().after);

    const JobDiff diff = diff_of(old_jobs, new_jobs);

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

TEST(JobDiffTest, APauseByHandSurvivesAndAStateThatTheFileChangedDoesNot) {
    auto old_jobs = jobs_of_text("0 1 * * * a\n0 1 * * * b\n");
    for (Job& job : old_jobs) job.set_state(JobState::inactive);
    const auto new_jobs = jobs_of_text("0 1 * * * a\n0 2 * * * b\n");

    const auto by_hand = diff_jobs(refs(old_jobs), new_jobs, [](const Job&) { return true; });
    EXPECT_THAT(by_hand->unchanged, ElementsAre("site:a"));
    ASSERT_THAT(names(by_hand->changed), ElementsAre("site:b"));
    EXPECT_EQ(by_hand->changed[0].state(), JobState::inactive);

    const JobDiff by_file = diff_of(old_jobs, new_jobs);
    ASSERT_THAT(names(by_file.changed), ElementsAre("site:a", "site:b"));
    EXPECT_EQ(by_file.changed[0].state(), JobState::active);
}

TEST(JobDiffTest, WhatNoFileDefinedStaysAndItsNameIsTaken) {
    auto others = jobs_of_text("0 1 * * * a\n0 1 * * * b\n");
    others[0].set_source("");
    others[1].set_source("api:ops");

    EXPECT_TRUE(diff_of(others, {}).empty());

    const auto clash =
        diff_jobs(refs(others), jobs_of_text("0 1 * * * a\n"), [](const Job&) { return false; });
    ASSERT_FALSE(clash);
    EXPECT_EQ(clash.error().code, ErrorCode::already_exists);
    EXPECT_NE(clash.error().message.find("site:1"), std::string::npos) << clash.error().message;
}

TEST(JobDiffTest, TheAnchorOfAnIntervalIsNoChange) {
    auto old_jobs = jobs_of_text("@every 1h a\n");
    old_jobs[0].set_schedule(old_jobs[0].schedule()->anchored_at(WallTime(std::chrono::hours(1))));

    EXPECT_TRUE(diff_of(old_jobs, jobs_of_text("@every 1h a\n")).empty());
    EXPECT_FALSE(diff_of(old_jobs, jobs_of_text("@every 2h a\n")).empty());
}

TEST(JobDiffTest, FunctionsAreNeverTheSame) {
    Job job;
    ASSERT_TRUE(job.set_name("x"));
    ASSERT_TRUE(job.set_task(Function([] {})));

    EXPECT_FALSE(same_definition(job, job));
}

}  // namespace
}  // namespace quantum::config
