// Where jobs come from: told as it was said, and held once a file.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/job.hpp"

#include "model/common_parts.hpp"
#include "model/job_parts.hpp"

namespace quantum::test {
namespace {

TEST(JobOrigin, IsToldAsItWasSaid) {
    for (const std::string source :
         {"", "site.crontab:12", "site.crontab", "a:01", "a:0", "a:", ":5", ":", "5", "a:-5",
          "a:+5", "a:4294967295", "a:4294967296", "a:99999999999999999999", "api:192.0.2.1:80",
          "a:1:2", "a: 5", "a:5 "}) {
        Job job;
        job.set_source(source);
        EXPECT_EQ(model::JobParts::source(job), source);
        EXPECT_EQ(job.source(), source);
        const Job copy = job;
        EXPECT_EQ(copy.source(), source);
        job.set_source("other:7");
        EXPECT_EQ(job.source(), "other:7");
        EXPECT_EQ(copy.source(), source);
    }
}

TEST(JobOrigin, ATextOnceGivenStays) {
    Job first;
    first.set_source("site.crontab:1");
    const std::string& text = first.source();
    Job second = first;
    for (int line = 2; line < 1000; ++line) {
        second.set_source("site.crontab:" + std::to_string(line));
        EXPECT_EQ(second.source(), "site.crontab:" + std::to_string(line));
    }
    EXPECT_EQ(text, "site.crontab:1");
    EXPECT_EQ(&first.source(), &text);
}

TEST(JobOrigin, IsHeldOnceAFile) {
    model::CommonParts common;
    std::vector<Job> jobs(40);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        jobs[i].set_source("file-" + std::to_string(i % 2) + ":" + std::to_string(i + 1));
        common.share(jobs[i]);
    }
    for (std::size_t i = 2; i < jobs.size(); ++i) {
        EXPECT_EQ(model::JobParts::origin(jobs[i]), model::JobParts::origin(jobs[i % 2]));
        EXPECT_EQ(jobs[i].source(), "file-" + std::to_string(i % 2) + ":" + std::to_string(i + 1));
    }
    EXPECT_NE(model::JobParts::origin(jobs[0]), model::JobParts::origin(jobs[1]));
}

}  // namespace
}  // namespace quantum::test
