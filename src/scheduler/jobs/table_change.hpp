#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"
#include "quantum/telemetry.hpp"

#include "scheduler/common/job_event.hpp"
#include "scheduler/common/job_handle.hpp"
#include "scheduler/jobs/manual_run.hpp"

namespace quantum::scheduler {

/// A definition whose only due time has its entry.
struct FinishedDefinition {
    JobHandle handle{};
    std::uint32_t revision = 0;
};

/// Requests that are stored together: what they do to the table has been done and can be undone;
/// the rest is what follows once the batch is stored, or refused.
///
/// Filled in by JobAcceptance, kept in JobBroadcasterState while it is being stored.
struct TableChange {
    /// Answers one request: as it went if the change is stored, else with the reason.
    using Answer = std::function<void(const Status& stored)>;
    struct Told {
        TelemetryKind kind;
        StoredJob stored;
    };

    std::uint64_t number = 0;
    std::uint64_t accepted = 0;  ///< its mark in PendingChanges; 0: it does not change any job
    WallTime instant;            ///< of the acceptance
    std::shared_ptr<Batch> batch;
    std::vector<Answer> answers;
    std::vector<JobEvent> events;
    std::vector<ManualRun> runs;
    std::vector<Told> told;  ///< reported by telemetry, once it is stored
    std::vector<FinishedDefinition> finished;
    bool until_stored = false;
    Duration pause{};    ///< before the next attempt of such a change; zero: none has failed yet
    std::string reason;  ///< why the last attempt failed
};

}  // namespace quantum::scheduler
