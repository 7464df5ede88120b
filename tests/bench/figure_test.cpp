#include "compare/figure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(FigureTest, ReadsTheBenchmarkLibrarysJson) {
    const auto figures = read_figures(R"({"context": {}, "benchmarks": [
        {"name": "next/fixed/UTC/0 3 * * *", "run_type": "iteration", "iterations": 100,
         "real_time": 14.5, "cpu_time": 12.25, "time_unit": "ns"},
        {"name": "pipeline/batch:1/real_time", "run_type": "iteration", "iterations": 2,
         "real_time": 150, "cpu_time": 1, "time_unit": "ms", "items_per_second": 6e6},
        {"name": "next/fixed/UTC/0 3 * * *_median", "run_type": "aggregate",
         "real_time": 14.5, "cpu_time": 12.25, "time_unit": "ns"}]})");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(*figures,
                ElementsAre(Figure{"next/fixed/UTC/0 3 * * *", 12.25, "ns", Better::lower},
                            Figure{"pipeline/batch:1", 150, "ms", Better::lower}));
}

TEST(FigureTest, OfASingleIterationTheCountersAreTheAnswer) {
    const auto figures = read_figures(R"({"benchmarks": [
        {"name": "durable_executions/group:10/iterations:1", "run_type": "iteration",
         "iterations": 1, "real_time": 9, "cpu_time": 9, "time_unit": "s",
         "bare/s": 100, "direct/s": 80, "direct/bare": 0.8},
        {"name": "pipeline_cost/batch:50/iterations:1", "run_type": "iteration", "iterations": 1,
         "real_time": 9, "cpu_time": 9, "time_unit": "ns", "posts_a_batch": 3.5}]})");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(
        *figures,
        ElementsAre(Figure{"durable_executions/group:10 direct/s", 80, "", Better::higher},
                    Figure{"pipeline_cost/batch:50 posts_a_batch", 3.5, "", Better::lower}));
}

TEST(FigureTest, OfSeveralIterationsTheTimeCountsToo) {
    const auto figures = read_figures(R"({"benchmarks": [
        {"name": "start_with_jobs/jobs:1000000/iterations:3", "run_type": "iteration",
         "iterations": 3, "real_time": 2, "cpu_time": 1.5, "time_unit": "s"},
        {"name": "start_and_stop/real_time", "run_type": "iteration", "iterations": 5,
         "real_time": 80, "cpu_time": 1, "time_unit": "ms", "idle_bytes": 600}]})");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(*figures,
                ElementsAre(Figure{"start_with_jobs/jobs:1000000", 1.5, "s", Better::lower},
                            Figure{"start_and_stop", 80, "ms", Better::lower},
                            Figure{"start_and_stop idle_bytes", 600, "", Better::lower}));
}

TEST(FigureTest, LeavesOutFloors) {
    const auto figures = read_figures(R"({"benchmarks": [
        {"name": "floor/cctz_lookup", "run_type": "iteration", "iterations": 9, "real_time": 8,
         "cpu_time": 8, "time_unit": "ns"},
        {"name": "mutex_queue/batch:1/real_time", "run_type": "iteration", "iterations": 9,
         "real_time": 8, "cpu_time": 8, "time_unit": "ms"},
        {"name": "asio_post/batch:1/real_time", "run_type": "iteration", "iterations": 9,
         "real_time": 8, "cpu_time": 8, "time_unit": "ms"},
        {"name": "call_round_trip/real_time", "run_type": "iteration", "iterations": 9,
         "real_time": 8, "cpu_time": 1, "time_unit": "ns"}]})");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(*figures, ElementsAre(Figure{"call_round_trip", 8, "ns", Better::lower}));
}

TEST(FigureTest, ABenchmarkThatFailedIsAnError) {
    const auto figures = read_figures(R"({"benchmarks": [
        {"name": "pipeline/batch:1/real_time", "run_type": "iteration", "error_occurred": true,
         "error_message": "events were lost or doubled", "iterations": 0, "real_time": 0,
         "cpu_time": 0, "time_unit": "ms"}]})");
    ASSERT_FALSE(figures);
    EXPECT_EQ(figures.error().message, "pipeline/batch:1/real_time: events were lost or doubled");
}

TEST(FigureTest, ReadsTheJsonOfProgramsWithATableOfTheirOwn) {
    const auto figures = read_figures(
        R"({"figures": [{"name": "true: starts", "value": 812.5, "unit": "a second",
        "better": "higher"}, {"name": "resident, few instants", "value": 239, "unit": "B a job",
        "better": "lower"}]})");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(*figures,
                ElementsAre(Figure{"true: starts", 812.5, "a second", Better::higher},
                            Figure{"resident, few instants", 239, "B a job", Better::lower}));
}

TEST(FigureTest, ReadsTheTableThatTheSchedulersBenchmarkPrinted) {
    const auto figures = read_figures(
        "add_jobs, few instants                               0.21 s          target "
        "< 2 s a million            met\n"
        "single synchronous adds                             41234 a second   target "
        ">= 30,000                  met\n"
        "wake-ups in 5 s with 100000 jobs                     0.00            target "
        "0                          met\n"
        "100000 due at once, 512 at most                      2.10 M/s        target "
        "-                          met\n"
        "    first start                                      0.09 ms         target "
        "<= 1 ms                    met\n"
        "    processor time 391 ns a run, of all threads\n"
        "    lateness p50 1.20  p99 4.00  max 4.10 ms\n");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(*figures,
                ElementsAre(Figure{"add_jobs, few instants", 0.21, "s", Better::lower},
                            Figure{"single synchronous adds", 41234, "a second", Better::higher},
                            Figure{"100000 due at once, 512 at most", 2.1, "M/s", Better::higher},
                            Figure{"100000 due at once, 512 at most: processor time", 391,
                                   "ns a run", Better::lower}));
}

TEST(FigureTest, ReadsTheTableThatTheSpawnersBenchmarkPrinted) {
    const auto figures = read_figures(
        "true           bare   1510 starts/s   120 us own CPU a start; ours   1402 starts/s   131 "
        "us; median of 3 pairs: rate 0.93, CPU 1.09\n");
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_THAT(*figures, ElementsAre(Figure{"true: starts", 1402, "a second", Better::higher},
                                      Figure{"true: own CPU a start", 131, "us", Better::lower}));
}

TEST(FigureTest, WhatIsNoResultIsAnError) {
    for (const char* text :
         {"", "bench_scheduler: the machine is too slow\n", "{}",
          "{\"figures\":", "{\"figures\": []}", "{\"benchmarks\": [{\"name\": 7}]}"}) {
        const auto figures = read_figures(text);
        ASSERT_FALSE(figures) << text;
        EXPECT_EQ(figures.error().code, ErrorCode::corrupt) << text;
        EXPECT_THAT(figures.error().message,
                    testing::AnyOf(HasSubstr("no figure"), HasSubstr("not a benchmark's JSON")));
    }
}

TEST(FigureTest, ExpressionsOfOneQuestionAreAGroup) {
    EXPECT_EQ(group_of("next/fixed/UTC/*/5 * * * *"), "next/fixed/UTC");
    EXPECT_EQ(group_of("next/random/America/New_York/0 0 1 1 *"), "next/random/America/New_York");
    EXPECT_EQ(group_of("harder/stream/Europe/Zurich/L"), "harder/stream/Europe/Zurich");
    EXPECT_EQ(group_of("parse/*/5 * * * *"), "parse");
    EXPECT_EQ(group_of("parse_schedule/0 3 * * *"), "parse_schedule");
    EXPECT_EQ(group_of("pipeline/batch:50/threads:2"), "pipeline/batch:50/threads:2");
}

}  // namespace
}  // namespace quantum::compare
