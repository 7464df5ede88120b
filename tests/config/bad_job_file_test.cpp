// What is left of a job file that is bad, and what is found when its time is over.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/job_file.hpp"

namespace quantum::config {
namespace {

/// The names of the jobs that could be run although the file is bad.
std::vector<std::string> good_ones(std::string_view text) {
    std::vector<std::string> names;
    const JobFile file = parse_job_file(text, {.path = "site.toml"});
    EXPECT_TRUE(has_errors(file.diagnostics)) << text;
    for (const JobFileEntry& entry : file.entries) {
        if (entry.good) names.push_back(entry.job.name());
    }
    return names;
}

TEST(BadJobFile, OfABadFileThoseJobsAreGoodThatHaveNoErrorOfTheirOwn) {
    using Names = std::vector<std::string>;
    const std::string a = "[jobs.a]\nschedule = \"@daily\"\nshell = \"true\"\n";
    const std::string b = "[jobs.b]\nschedule = \"@daily\"\nshell = \"true\"\n";
    EXPECT_EQ(good_ones(a + "timout = \"1s\"\n" + b), Names({"b"}));
    EXPECT_EQ(good_ones(a + b + "retries = \"3\"\n"), Names({"a"}));
    EXPECT_EQ(good_ones(a + "[jobs.b]\nschedule = \"61 * * * *\"\nshell = \"true\"\n"),
              Names({"a"}));
    EXPECT_EQ(good_ones(a + "[jobs.b]\n"), Names({"a"}));
    EXPECT_EQ(good_ones(a + "[tables]\nx = 1\n" + b), Names({"a", "b"}));
    // What concerns all of them is wrong.
    EXPECT_EQ(good_ones("[defaults]\ntimout = \"1s\"\n" + a), Names());
    EXPECT_EQ(good_ones("[defaults]\ntimeout = \"1\"\n" + a), Names());
    EXPECT_EQ(good_ones("timeout = \"1m\"\n" + a), Names());
    EXPECT_EQ(good_ones("allow_run_as = \"backup\"\n" + a), Names());
    EXPECT_EQ(good_ones("tag_concurrency = { t = 0 }\n" + a), Names());
    EXPECT_EQ(good_ones(a + "["), Names());
}

TEST(BadJobFile, FindsWhatIsOverByNow) {
    const auto problems = [](const std::string& words, const KnownJobs& known) {
        const JobFile file = parse_job_file("[jobs.a]\nshell = \"true\"\n" + words,
                                            {.path = "site.toml",
                                             .now = WallTime(std::chrono::hours(24 * 365 * 60)),
                                             .known = known});
        std::string all;
        for (const Diagnostic& one : file.diagnostics) {
            all += std::string(to_string(one.severity)) + ' ' + describe(one) + '\n';
        }
        return all;
    };
    const std::string once = "schedule = \"at(2020-01-01T00:00:00)\"\ndialect = \"aws\"\n";
    EXPECT_EQ(
        problems(once, {}),
        "error line 3, column 12: schedule: its only due time, 2020-01-01T00:00:00Z, has passed; "
        "with run_if_past = true it would run at once\n");
    EXPECT_EQ(problems(once + "run_if_past = true\n", {}), "");
    Job had_it;
    ASSERT_TRUE(had_it.set_name("a"));
    had_it.set_schedule(
        parse_schedule("at(2020-01-01T00:00:00)", {.dialect = Dialect::aws}).value());
    EXPECT_EQ(problems(once, [&](const std::string&) { return had_it; }), "");
    EXPECT_NE(problems("schedule = \"at(2021-01-01T00:00:00)\"\ndialect = \"aws\"\n",
                       [&](const std::string&) { return had_it; }),
              "");
    EXPECT_EQ(problems("schedule = \"@daily\"\nuntil = 2020-01-01T00:00:00Z\n", {}),
              "warning line 4, column 9: until: has passed: the job is never due again\n");
    EXPECT_EQ(problems("schedule = \"@daily\"\nuntil = 2020-01-01T00:00:00Z\n"
                       "state = \"inactive\"\n",
                       {}),
              "");
    EXPECT_EQ(problems("schedule = \"@reboot\"\n", {}), "");
}

}  // namespace
}  // namespace quantum::config
