// Every key of job files, changed alone, is a change.
#include "support/job_key_changes.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/job_diff.hpp"
#include "config/job_file.hpp"
#include "config/job_keys.hpp"

namespace quantum::config {
namespace {

using test::job_key_changes;
using test::JobKeyChange;

Job read(const JobKeyChange& change, bool changed) {
    const JobFile file = parse_job_file("allow_run_as = [\"*\"]\nallow_run_as_group = [\"*\"]\n" +
                                            test::job_table_text(change, changed),
                                        {.path = "site.toml", .account = {"root", "/root", true}});
    for (const Diagnostic& diagnostic : file.diagnostics) {
        ADD_FAILURE() << change.key << ": " << describe(diagnostic);
    }
    return file.entries.empty() ? Job() : file.entries.front().job;
}

struct JobKeyChangeTest : testing::TestWithParam<JobKeyChange> {};

TEST_P(JobKeyChangeTest, IsSeenAndIsNoneWhereNothingChanged) {
    const Job before = read(GetParam(), false);
    const std::vector<JobRef> known{before};
    const auto diff = [&known](const Job& job) {
        return diff_jobs(known, std::vector<Job>{job}, [](const Job&) { return false; }).value();
    };

    EXPECT_EQ(diff(read(GetParam(), false)).unchanged.size(), 1U);
    EXPECT_EQ(diff(read(GetParam(), true)).changed.size(), 1U);
}

std::string test_name(std::string_view key) {
    std::string name(key);
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Keys, JobKeyChangeTest, testing::ValuesIn(job_key_changes),
                         [](const auto& row) { return test_name(row.param.key); });

TEST(JobKeyChanges, LeaveNoKeyOut) {
    std::set<std::string> rows;
    for (const JobKeyChange& change : job_key_changes) rows.emplace(change.key);
    for (const std::string& key : job_key_paths()) {
        EXPECT_EQ(rows.erase(key), 1U) << key << " is in no row of the table";
    }
    EXPECT_THAT(rows, testing::IsEmpty()) << "no such key";
}

}  // namespace
}  // namespace quantum::config
