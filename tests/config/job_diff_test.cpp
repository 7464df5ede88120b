#include "config/job_diff.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/run_strategy.hpp"

#include "config/crontab_jobs.hpp"
#include "model/same_definition.hpp"

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Job> jobs_from(std::string_view text, std::string_view zone = "UTC") {
    Crontab crontab = parse_crontab(text, {.stem = "site", .zone = zone});
    return make_jobs(crontab, {.path = "site", .account = {"me", "/"}, .inherited = {}});
}

std::vector<JobRef> refs(const std::vector<Job>& jobs) {
    std::vector<JobRef> result;
    for (const Job& job : jobs) result.push_back(job);
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
    const auto old_jobs = jobs_from("0 1 * * * a\n0 1 * * * b\n0 1 * * * c\n");
    const auto new_jobs = jobs_from("0 1 * * * d\n0 1 * * * a\n0 2 * * * b\n");

    const JobDiff diff = diff_of(old_jobs, new_jobs);

    EXPECT_THAT(names(diff.added), ElementsAre("site:d"));
    EXPECT_THAT(names(diff.changed), ElementsAre("site:b"));
    EXPECT_THAT(diff.removed, ElementsAre("site:c"));
    EXPECT_THAT(diff.unchanged, ElementsAre("site:a"));
}

TEST(JobDiffTest, ANewPlaceInTheFileIsNoChange) {
    const auto old_jobs = jobs_from("0 1 * * * a\n0 1 * * * b\n");
    const auto new_jobs = jobs_from("# comment\n\n0 1 * * * b\n0 1 * * * a\n");

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
    const auto old_jobs = jobs_from(GetParam().before);
    const auto new_jobs = jobs_from(GetParam().after);

    const JobDiff diff = diff_of(old_jobs, new_jobs);

    EXPECT_THAT(names(diff.changed), ElementsAre("x"));
    EXPECT_THAT(diff.unchanged, IsEmpty());
}

const ChangeCase change_cases[] = {
    {"Schedule", "# name: x\n0 1 * * * a\n", "# name: x\n0 2 * * * a\n"},
    {"Command", "# name: x\n0 1 * * * a\n", "# name: x\n0 1 * * * b\n"},
    {"Input", "# name: x\n0 1 * * * a%1\n", "# name: x\n0 1 * * * a%2\n"},
    {"Environment", "# name: x\n0 1 * * * a\n", "Y=1\n# name: x\n0 1 * * * a\n"},
};

INSTANTIATE_TEST_SUITE_P(Table, JobChangeTest, testing::ValuesIn(change_cases),
                         [](const auto& row) { return std::string(row.param.name); });

// Not by CRON_TZ, which the command sees in its environment too.
TEST(JobDiffTest, AnotherZoneIsAChange) {
    const std::string_view text = "# name: x\n0 1 * * * a\n";

    const JobDiff diff = diff_of(jobs_from(text), jobs_from(text, "Asia/Tokyo"));

    EXPECT_THAT(names(diff.changed), ElementsAre("x"));
}

TEST(JobDiffTest, AnotherRunStrategyIsAChange) {
    const std::string_view text = "# name: x\n0 1 * * * a\n";
    auto old_jobs = jobs_from(text);
    old_jobs[0].set_run_strategy(std::make_shared<AllStrategy>());

    const JobDiff diff = diff_of(old_jobs, jobs_from(text));

    EXPECT_THAT(names(diff.changed), ElementsAre("x"));
}

TEST(JobDiffTest, APauseByHandSurvivesAndAStateThatTheFileChangedDoesNot) {
    auto old_jobs = jobs_from("0 1 * * * a\n0 1 * * * b\n");
    for (Job& job : old_jobs) job.set_state(JobState::inactive);
    const auto new_jobs = jobs_from("0 1 * * * a\n0 2 * * * b\n");

    const auto by_hand = diff_jobs(refs(old_jobs), new_jobs, [](const Job&) { return true; });
    EXPECT_THAT(by_hand->unchanged, ElementsAre("site:a"));
    ASSERT_THAT(names(by_hand->changed), ElementsAre("site:b"));
    EXPECT_EQ(by_hand->changed[0].state(), JobState::inactive);

    const JobDiff by_file = diff_of(old_jobs, new_jobs);
    ASSERT_THAT(names(by_file.changed), ElementsAre("site:a", "site:b"));
    EXPECT_EQ(by_file.changed[0].state(), JobState::active);
}

TEST(JobDiffTest, WhatIsFinishedStaysSoUntilItHasAnotherInstant) {
    const auto once_at = [](int hour) {
        Job job;
        EXPECT_TRUE(job.set_name("x"));
        job.set_schedule(Schedule::once(WallTime(std::chrono::hours(hour))));
        job.set_source("site.toml:1");
        return job;
    };
    Job old_job = once_at(1);
    old_job.set_state(JobState::finished);
    for (const bool by_hand : {false, true}) {
        const std::vector<JobRef> known{old_job};
        const auto diff = [&](const Job& job) {
            return diff_jobs(known, std::vector<Job>{job}, [=](const Job&) { return by_hand; })
                .value();
        };
        EXPECT_THAT(diff(once_at(1)).unchanged, ElementsAre("x"));
        const JobDiff again = diff(once_at(2));
        ASSERT_THAT(names(again.changed), ElementsAre("x"));
        EXPECT_EQ(again.changed[0].state(), JobState::active);
    }
    // It ran at once, as it was over when it was asked for.
    old_job.set_schedule(Schedule::once(WallTime(std::chrono::hours(9))));
    old_job.set_asked_for(WallTime(std::chrono::hours(1)));
    EXPECT_THAT(diff_of({old_job}, {once_at(1)}).unchanged, ElementsAre("x"));
    EXPECT_THAT(names(diff_of({old_job}, {once_at(9)}).changed), ElementsAre("x"));
}

TEST(JobDiffTest, AJobThatMovesToAnotherFileHasChanged) {
    const auto old_jobs = jobs_from("0 1 * * * a\n");
    auto new_jobs = old_jobs;
    new_jobs[0].set_source("other:1");

    EXPECT_THAT(names(diff_of(old_jobs, new_jobs).changed), ElementsAre("site:a"));
    EXPECT_EQ(source_file(new_jobs[0]), "other");
    new_jobs[0].set_source("a:b");
    EXPECT_EQ(source_file(new_jobs[0]), "a:b");
}

TEST(JobDiffTest, WhatNoFileDefinedStaysAndItsNameIsTaken) {
    auto others = jobs_from("0 1 * * * a\n0 1 * * * b\n");
    others[0].set_source("");
    others[1].set_source("api:ops");

    EXPECT_TRUE(diff_of(others, {}).empty());

    const auto clash =
        diff_jobs(refs(others), jobs_from("0 1 * * * a\n"), [](const Job&) { return false; });
    ASSERT_FALSE(clash);
    EXPECT_EQ(clash.error().code, ErrorCode::already_exists);
    EXPECT_NE(clash.error().message.find("site:1"), std::string::npos) << clash.error().message;
}

TEST(JobDiffTest, TheAnchorOfAnIntervalIsNoChange) {
    auto old_jobs = jobs_from("@every 1h a\n");
    old_jobs[0].set_schedule(old_jobs[0].schedule()->anchored_at(WallTime(std::chrono::hours(1))));

    EXPECT_TRUE(diff_of(old_jobs, jobs_from("@every 1h a\n")).empty());
    EXPECT_FALSE(diff_of(old_jobs, jobs_from("@every 2h a\n")).empty());
}

TEST(JobDiffTest, FunctionsAreNeverTheSame) {
    Job job;
    ASSERT_TRUE(job.set_name("x"));
    ASSERT_TRUE(job.set_task(Function([] {})));

    EXPECT_FALSE(model::same_definition(job, job));
}

}  // namespace
}  // namespace quantum::config
