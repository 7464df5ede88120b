// JobTable: undoing what could not be stored, and the end of its indexes.
#include "scheduler/jobs/job_table.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/builders.hpp"

namespace quantum::scheduler {
namespace {

using namespace std::chrono_literals;
using test::job_named;
using test::noon;

std::string schedule_of(const JobTable& table, const std::string& name) {
    const auto index = table.find(name);
    return index ? std::string(table.row(*index).job->schedule()->text()) : "no job";
}

TEST(JobTable, UndoesWhatCouldNotBeStored) {
    JobTable table;
    const std::uint32_t index = table.put(job_named("kept"), noon + 1min);
    table.keep();
    table.put(job_named("kept"), noon + 2min);
    table.put(job_named("new"), noon + 2min);
    table.remove(index, noon + 3min);
    EXPECT_EQ(table.size(), 1u);
    table.undo();
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.row(*table.find("kept")).since, noon + 1min);
    EXPECT_EQ(table.row(*table.find("kept")).revision, 1u);
    EXPECT_FALSE(table.find("new"));
}

TEST(JobTable, AFunctionThatCameWithARefusedChangeIsGone) {
    JobTable table;
    table.load({JobRef(job_named("report")), 7, noon}, true);
    const std::uint32_t index = *table.find("report");
    table.bind(index, JobRef(job_named("report", "0 1 * * *")));
    EXPECT_FALSE(table.row(index).unbound);
    EXPECT_EQ(table.row(index).revision, 7u);
    EXPECT_EQ(table.row(index).since, noon);
    table.undo();
    EXPECT_TRUE(table.row(index).unbound);
    EXPECT_EQ(schedule_of(table, "report"), "*/5 * * * *");
}

TEST(JobTable, ANameKeepsItsPlaceUntilItIsReleased) {
    JobTable table;
    const std::uint32_t index = table.put(job_named("a"), noon + 1min);
    const JobHandle handle = table.handle_of(index);
    table.remove(index, noon + 2min);
    EXPECT_FALSE(table.find("a"));
    EXPECT_EQ(table.put(job_named("a"), noon + 3min), index);
    table.release(handle);  // it came back: not deleted
    EXPECT_TRUE(table.find("a"));
    table.remove(index, noon + 4min);
    table.keep();
    table.release(handle);
    EXPECT_EQ(table.put(job_named("b"), noon + 5min), index);
    EXPECT_NE(table.handle_of(index), handle);
}

TEST(JobTableUndo, ANewNameIsGoneAndItsIndexIsTakenAgain) {
    JobTable table;
    const std::uint32_t kept = table.put(job_named("kept"), noon);
    table.keep();
    const std::uint32_t index = table.put(job_named("new"), noon);
    table.undo();
    EXPECT_FALSE(table.find("new"));
    EXPECT_FALSE(table.has_index("new"));
    EXPECT_EQ(table.find("kept"), kept);
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.put(job_named("other"), noon), index);
}

TEST(JobTableUndo, AReplacedDefinitionIsBackWithItsRevision) {
    JobTable table;
    const std::uint32_t index = table.put(job_named("job", "0 1 * * *"), noon);
    table.keep();
    EXPECT_EQ(table.put(job_named("job", "0 2 * * *"), noon + 1s), index);
    EXPECT_EQ(table.put(job_named("job", "0 3 * * *"), noon + 2s), index);
    EXPECT_EQ(table.row(index).revision, 3u);
    table.undo();
    EXPECT_EQ(schedule_of(table, "job"), "0 1 * * *");
    EXPECT_EQ(table.row(index).revision, 1u);
    EXPECT_EQ(table.row(index).since, noon);
    EXPECT_EQ(table.size(), 1u);
}

TEST(JobTableUndo, ADeletedJobIsBack) {
    JobTable table;
    const std::uint32_t index = table.put(job_named("job", "0 1 * * *"), noon);
    table.keep();
    table.remove(index, noon + 1s);
    EXPECT_FALSE(table.find("job"));
    EXPECT_EQ(table.size(), 0u);
    table.undo();
    EXPECT_EQ(table.find("job"), index);
    EXPECT_EQ(table.row(index).since, noon);
    EXPECT_EQ(table.size(), 1u);
}

// Undone forwards, the first of the two would be the last word.
TEST(JobTableUndo, GoesBackwardsThroughAChange) {
    JobTable table;
    const std::uint32_t index = table.put(job_named("job", "0 1 * * *"), noon);
    table.keep();
    table.remove(index, noon + 1s);
    EXPECT_EQ(table.put(job_named("job", "0 2 * * *"), noon + 2s), index);
    table.put(job_named("new"), noon + 2s);
    table.put(job_named("new", "0 4 * * *"), noon + 3s);
    table.undo();
    EXPECT_EQ(schedule_of(table, "job"), "0 1 * * *");
    EXPECT_EQ(schedule_of(table, "new"), "no job");
    EXPECT_EQ(table.size(), 1u);
}

TEST(JobTableUndo, WhatIsKeptStays) {
    JobTable table;
    table.put(job_named("job", "0 1 * * *"), noon);
    table.keep();
    table.undo();
    EXPECT_EQ(schedule_of(table, "job"), "0 1 * * *");
}

TEST(JobTableRelease, AnIndexComesBackUnderAnotherHandle) {
    JobTable table;
    const std::uint32_t index = table.put(job_named("job"), noon);
    const JobHandle before = table.handle_of(index);
    table.release(before);  // it exists
    EXPECT_EQ(table.find("job"), index);
    table.remove(index, noon);
    table.keep();
    table.release(before);
    EXPECT_EQ(table.put(job_named("other"), noon), index);
    EXPECT_NE(table.handle_of(index), before);
    table.remove(index, noon);
    table.release(before);  // a late message
    EXPECT_TRUE(table.has_index("other"));
}

TEST(JobTableCapacity, RoomShrinksWithEachNewNameOnly) {
    JobTable table(4);  // one of them is no job's
    EXPECT_EQ(table.capacity(), 3u);
    EXPECT_EQ(table.room(), 3u);
    const std::uint32_t first = table.put(job_named("a"), noon);
    table.put(job_named("b"), noon);
    table.put(job_named("b"), noon);
    table.put(job_named("c"), noon);
    EXPECT_EQ(table.room(), 0u);
    table.put(job_named("c"), noon);
    table.remove(first, noon);
    table.keep();
    EXPECT_EQ(table.room(), 0u) << "runs of the deleted job may still name its index";
    table.release(table.handle_of(first));
    EXPECT_EQ(table.room(), 1u);
}

TEST(JobTableCapacity, HandlesOfDifferentIndexesDiffer) {
    EXPECT_EQ(JobTable().capacity(), 16'777'214u);
    const std::uint32_t last = most_job_indexes - 1;
    EXPECT_EQ(index_of(make_handle(last, 255)), last);
    EXPECT_EQ(generation_of(make_handle(last, 7)), 7);
    EXPECT_NE(make_handle(last, 0), make_handle(orphans_index, 0));
}

}  // namespace
}  // namespace quantum::scheduler
