// OpenEntries: who is first in line, and handles that find nothing any more.
#include "scheduler/entries/open_entries.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/builders.hpp"
#include "scheduler/minutes.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;

OpenEntry open_entry(std::uint32_t place, int due, Phase phase) {
    OpenEntry entry;
    entry.job = JobRef(job_named("job"));
    entry.handle = make_handle(place, 0);
    entry.due = minute(due);
    entry.phase = phase;
    return entry;
}

TEST(OpenEntries, GivesPlacesToTheOldestDueTimeFirst) {
    scheduler::OpenEntries open_entries(1);
    const EntryHandle running = open_entries.add(open_entry(1, 1, Phase::running));
    const EntryHandle late = open_entries.add(open_entry(2, 9, Phase::waiting_for_slot));
    const EntryHandle early = open_entries.add(open_entry(3, 5, Phase::waiting_for_slot));
    EXPECT_FALSE(open_entries.may_start_at_once());
    EXPECT_EQ(open_entries.first_waiting(), std::nullopt);
    open_entries.set_phase(running, Phase::ending);
    EXPECT_EQ(open_entries.first_waiting(), early);
    open_entries.remove(early);
    EXPECT_EQ(open_entries.first_waiting(), late);
    EXPECT_EQ(open_entries.running(), 0u);
    EXPECT_FALSE(open_entries.may_start_at_once());
}

TEST(OpenEntries, ATicketOfAnEntryThatIsGoneFindsNothing) {
    scheduler::OpenEntries open_entries(0);
    const EntryHandle first = open_entries.add(open_entry(1, 1, Phase::running));
    open_entries.remove(first);
    const EntryHandle second = open_entries.add(open_entry(1, 2, Phase::running));
    EXPECT_EQ(open_entries.find(first), nullptr);
    EXPECT_NE(open_entries.find(second), nullptr);
    EXPECT_EQ(open_entries.runs_of(1).open, 1u);
}

TEST(OpenEntries, ATurnIsHeldUpByOlderRunsOnly) {
    scheduler::OpenEntries open_entries(0);
    const EntryHandle oldest = open_entries.add(open_entry(1, 1, Phase::running));
    const EntryHandle waits = open_entries.add(open_entry(1, 2, Phase::queued));
    open_entries.add(open_entry(1, 3, Phase::running));
    EXPECT_EQ(open_entries.whose_turn(1), std::nullopt);
    open_entries.set_phase(oldest, Phase::ending);
    EXPECT_EQ(open_entries.whose_turn(1), waits);
}

TEST(OpenEntries, WhatWaitsForItsFunctionTakesNoPlaceAndHasADeadline) {
    scheduler::OpenEntries open_entries(1);
    EXPECT_EQ(open_entries.deadline(), std::nullopt);
    OpenEntry entry = open_entry(1, 1, Phase::unbound);
    entry.grace = 5min;
    const EntryHandle first = open_entries.add(std::move(entry));
    open_entries.add(open_entry(1, 2, Phase::unbound));  // with all the time of the world
    EXPECT_TRUE(open_entries.may_start_at_once());
    EXPECT_EQ(open_entries.unbound(), 2u);
    EXPECT_EQ(open_entries.unbound_of(1).size(), 2u);
    EXPECT_EQ(open_entries.deadline(), minute(6));
    EXPECT_TRUE(open_entries.take_expired(minute(6)).empty());
    EXPECT_THAT(open_entries.take_expired(minute(7)), testing::ElementsAre(first));
    open_entries.set_phase(first, Phase::ending);
    EXPECT_TRUE(open_entries.take_expired(minute(8)).empty());
    EXPECT_EQ(open_entries.deadline(), std::nullopt);
    EXPECT_EQ(open_entries.unbound(), 1u);
    // It was taken back.
    open_entries.set_phase(first, Phase::unbound);
    EXPECT_THAT(open_entries.take_expired(minute(9)), testing::ElementsAre(first));
}

}  // namespace
}  // namespace quantum::test
