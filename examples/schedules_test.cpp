// How a program tests its own schedules: the jobs as they will run, a hundred bad weeks, one check.
//
// Link quantum::testing and GTest::gtest_main.
#include <chrono>
#include <vector>

#include <gtest/gtest.h>
#include <quantum/quantum.hpp>
#include <quantum/testing.hpp>

using namespace std::chrono_literals;

namespace {

// In a real program this is the function that main() calls, too.
std::vector<quantum::Job> my_jobs() {
    std::vector<quantum::Job> jobs(2);
    jobs[0].set_overlap(quantum::Overlap::queue).set_misfire(quantum::Misfire::all);
    EXPECT_TRUE(jobs[0].set_name("report"));
    EXPECT_TRUE(jobs[0].set_schedule("30 2 * * *", {.zone = "America/New_York"}));
    EXPECT_TRUE(jobs[0].set_task([] { /* write the report */ }));
    EXPECT_TRUE(jobs[1].set_name("sync"));
    EXPECT_TRUE(jobs[1].set_schedule("*/10 * * * *"));
    EXPECT_TRUE(jobs[1].set_task([] { /* fetch what is new */ }));
    return jobs;
}

TEST(MySchedules, KeepTheirPromiseWhateverGoesWrong) {
    for (const std::uint64_t seed : quantum::simulation_seeds(100)) {
        quantum::Simulation simulation(seed, {.faults = quantum::SimulatedFaults::all()});
        simulation.add(my_jobs());
        simulation.run(24h * 7);
        const quantum::SimulationReport report = simulation.finish();
        ASSERT_TRUE(report.clean()) << report.text();
    }
}

TEST(MySchedules, TheReportRunsOnceOnTheNightWithoutHalfPastTwo) {
    quantum::Simulation simulation(1);  // begins on 2027-03-13: no faults, a day before
    simulation.add(my_jobs());
    simulation.script("report", {.duration = 40min});
    simulation.run(48h);
    const quantum::SimulationReport report = simulation.finish();
    ASSERT_TRUE(report.clean()) << report.text();
    int reports = 0;
    for (const quantum::Entry& entry : simulation.history().entries) {
        if (entry.job == "report") ++reports;
    }
    EXPECT_EQ(reports, 2);
}

}  // namespace
