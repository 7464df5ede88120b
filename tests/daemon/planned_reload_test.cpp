// A reload that is told which plan it is to carry out changes nothing if it is another by then.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/testing.hpp"

#include "daemon/job_files.hpp"
#include "daemon/logger.hpp"
#include "daemon/plan_digest.hpp"
#include "support/instants.hpp"

namespace quantum::daemon {
namespace {

struct PlannedReloadTest : testing::Test {
    DesiredJobs on_disk = wanted(1);
    SimulatedClock clock{test::at("2027-03-02 00:00:00")};
    Logger logger{-1, LogFormat::logfmt, clock, [](Duration) {}};
    DaemonOptions options;
    JobFiles files{options, logger};

    PlannedReloadTest() {
        options.load_jobs = [this](const LoadRequest&) { return on_disk; };
    }

    static Job job(const std::string& name) {
        Job made;
        EXPECT_TRUE(made.set_name(name));
        EXPECT_TRUE(made.set_schedule("0 1 * * *"));
        EXPECT_TRUE(made.set_task(HandlerCall{name, {}}));
        made.set_source("a.crontab:1");
        return made;
    }
    static DesiredJobs wanted(std::uint64_t fingerprint) {
        DesiredJobs made;
        made.files.push_back({"a.crontab", {job("report")}, {}, false, fingerprint});
        made.read_as = "zone=UTC";
        return made;
    }
    [[nodiscard]] Result<FileChanges> reload(const std::string& planned) {
        return files.at_reload({}, {}, {}, [&planned](const DesiredJobs& read) -> Status {
            if (plan_digest(read, {}).is(planned)) return {};
            return fail(ErrorCode::invalid_argument, "the files are others than were planned");
        });
    }
};

TEST_F(PlannedReloadTest, TakesWhatWasPlanned) {
    const std::string planned = plan_digest(on_disk, {}).text();
    const auto changes = reload(planned);
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_EQ(changes->added, 1u);
    EXPECT_TRUE(reload(planned.substr(0, 8))) << "as it is shown";
}

TEST_F(PlannedReloadTest, RefusesAnEditThatCameInBetween) {
    const std::string planned = plan_digest(on_disk, {}).text();
    on_disk = wanted(2);
    const auto refused = reload(planned);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "the files are others than were planned");
}

TEST_F(PlannedReloadTest, WhatAFileMeansIsPartOfThePlan) {
    const std::string planned = plan_digest(on_disk, {}).text();
    on_disk.read_as = "zone=UTC system";
    EXPECT_FALSE(reload(planned));
}

}  // namespace
}  // namespace quantum::daemon
