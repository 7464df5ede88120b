// The policies as pure functions: grace, admission, the kind of a step.
#include "scheduler/entries/policies.hpp"

#include <chrono>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/minutes.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;

struct GraceRow {
    Duration distance;
    Duration grace;
};

TEST(Policies, DefaultGraceIsHalfTheDistanceWithinBounds) {
    for (const GraceRow& row :
         {GraceRow{1s, 1min}, GraceRow{1min, 1min}, GraceRow{10min, 5min}, GraceRow{1h, 30min},
          GraceRow{2h, 1h}, GraceRow{6h, 1h}, GraceRow{24h - 1us, 1h}, GraceRow{24h, 12h},
          GraceRow{24h * 7, 12h}}) {
        EXPECT_EQ(default_grace(minute(0), minute(0) + row.distance), row.grace)
            << row.distance.count();
    }
    EXPECT_EQ(default_grace(minute(0), std::nullopt), 12h);
}

struct AdmitRow {
    Overlap overlap;
    OpenRuns runs;
    Admission admission;
};

TEST(Policies, AdmissionFollowsTheOpenRuns) {
    for (const AdmitRow& row : {AdmitRow{Overlap::allow, {3, 0}, Admission::go},
                                AdmitRow{Overlap::skip, {0, 0}, Admission::go},
                                AdmitRow{Overlap::skip, {1, 0}, Admission::skip},
                                AdmitRow{Overlap::queue, {1, 0}, Admission::wait},
                                AdmitRow{Overlap::queue, {2, 1}, Admission::wait},
                                AdmitRow{Overlap::queue, {3, 2}, Admission::skip},
                                AdmitRow{Overlap::replace, {0, 0}, Admission::go},
                                AdmitRow{Overlap::replace, {1, 0}, Admission::replace}}) {
        EXPECT_EQ(admit(row.overlap, 2, row.runs), row.admission);
    }
}

TEST(Policies, AStepIsClassedByItsSize) {
    EXPECT_EQ(classify_step(2s), StepKind::none);
    EXPECT_EQ(classify_step(-2s), StepKind::none);
    EXPECT_EQ(classify_step(2s + 1us), StepKind::forward);
    EXPECT_EQ(classify_step(3h), StepKind::forward);
    EXPECT_EQ(classify_step(3h + 1us), StepKind::correction);
    EXPECT_EQ(classify_step(-2s - 1us), StepKind::backward);
    EXPECT_EQ(classify_step(-3h), StepKind::backward);
    EXPECT_EQ(classify_step(-3h - 1us), StepKind::rewind);
}

}  // namespace
}  // namespace quantum::test
