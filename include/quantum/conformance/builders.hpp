#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

/// What the conformance suite for storages is built from; also of use in an adapter's own tests.
namespace quantum::conformance {

/// 2026-11-22 12:00 UTC, which the tests count from.
inline constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} +
                               std::chrono::hours{12}};

/// An id that begins with the milliseconds of `time`, as UUIDv7 does, and ends with `number`.
inline ExecutionId id_at(WallTime time, std::uint64_t number) {
    ExecutionId id;
    const auto ms = static_cast<std::uint64_t>(time.time_since_epoch().count()) / 1000;
    for (std::size_t i = 0; i < 6; ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    }
    id.bytes[6] = 0x70;
    for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[8 + i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    }
    return id;
}

inline Entry entry_at(WallTime due, std::string job, std::uint64_t number,
                      EntryState state = EntryState::started) {
    Entry entry;
    entry.id = id_at(due, number);
    entry.job = std::move(job);
    entry.due = due;
    entry.until = due;
    entry.state = state;
    entry.claimed_at = due + std::chrono::milliseconds(1);
    if (state == EntryState::started) entry.handed_at = entry.claimed_at;
    if (!entry.open()) entry.ended_at = entry.claimed_at;
    return entry;
}

inline Finish finish_of(const Entry& entry, OutcomeKind kind = OutcomeKind::succeeded) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.duration = std::chrono::milliseconds(20);
    return {entry.id, entry.attempt, std::move(outcome), entry.due + std::chrono::seconds(1),
            entry.due + std::chrono::milliseconds(3)};
}

inline Job job_named(std::string name, std::string_view schedule = "*/5 * * * *",
                     std::string_view zone = "UTC") {
    Job job;
    EXPECT_TRUE(job.set_name(std::move(name)));
    EXPECT_TRUE(job.set_schedule(schedule, {.zone = zone}));
    Command command;
    command.argv = {"/bin/true"};
    EXPECT_TRUE(job.set_task(std::move(command)));
    return job;
}

inline JobChange added(Job job, WallTime from, std::uint32_t revision = 1) {
    JobChange change;
    change.kind = revision == 1 ? JobChangeKind::added : JobChangeKind::updated;
    change.name = job.name();
    change.stored = {JobRef(std::move(job)), revision, from};
    return change;
}

inline JobChange deleted(std::string name, WallTime when) {
    JobChange change;
    change.kind = JobChangeKind::deleted;
    change.name = std::move(name);
    change.stored.effective_from = when;
    return change;
}

inline bool same(const Entry& a, const Entry& b) {
    return a.id == b.id && a.job == b.job && a.revision == b.revision && a.due == b.due &&
           a.pass == b.pass && a.kind == b.kind && a.target == b.target && a.state == b.state &&
           a.reason == b.reason && a.attempt == b.attempt && a.covered_by == b.covered_by &&
           a.claimed_at == b.claimed_at && a.handed_at == b.handed_at &&
           a.started_at == b.started_at && a.not_before == b.not_before &&
           a.retry_at == b.retry_at && a.outcome == b.outcome && a.ended_at == b.ended_at &&
           a.until == b.until && a.count == b.count;
}

}  // namespace quantum::conformance
