// What docs/design/0005 says that a job costs.
#include <cstddef>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/job.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/jobs/job_table.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;

// What docs/design/0005 says that a million jobs cost is made of these.
TEST(Sizes, StayWhatAMillionJobsCanAfford) {
    EXPECT_LE(sizeof(Job), 112u);
    EXPECT_LE(sizeof(JobRow), 24u);
    EXPECT_LE(sizeof(JobRecord), 32u);
}

}  // namespace
}  // namespace quantum::test
