#include "plan/start_preview.hpp"

#include <map>
#include <optional>
#include <utility>

#include "quantum/scheduler.hpp"
#include "quantum/testing/scripted_runner.hpp"
#include "quantum/testing/simulated_clock.hpp"
#include "quantum/testing/simulated_runtime.hpp"

#include "plan/mutant.hpp"

namespace quantum::plan {
namespace {

/// Holds what was loaded, and keeps what would be stored.
class Rehearsal final : public Storage {
public:
    explicit Rehearsal(Snapshot snapshot) : snapshot_(std::move(snapshot)) {
        for (const Entry& entry : snapshot_.open) open_.emplace(entry.id, entry);
        preview.watermark = snapshot_.watermark;
    }

    [[nodiscard]] Result<Snapshot> load() override { return snapshot_; }

    [[nodiscard]] CommitResult commit(const Batch& batch) override {
        preview.changed_jobs += batch.jobs.size();
        for (const Finish& finish : batch.finishes) take(finish);
        for (const Entry& claim : batch.claims) take(claim);
        for (const Start& start : batch.starts) {
            if (const auto known = open_.find(start.id); known != open_.end()) {
                const Entry& entry = known->second;
                const bool is_first = entry.state == EntryState::claimed && entry.attempt == 1;
                add(is_first ? StartStep::Kind::runs : StartStep::Kind::again, entry,
                    SkipReason::none);
            }
        }
        for (const Skip& skip : batch.skips) {
            if (const auto known = open_.find(skip.id); known != open_.end()) {
                add(StartStep::Kind::withdrawn, known->second, skip.reason);
            }
        }
        return {};
    }

    StartPreview preview{};

private:
    void add(StartStep::Kind kind, const Entry& entry, SkipReason reason) {
        preview.steps.push_back({kind, entry.job, entry.due, entry.until, entry.count, reason});
    }

    // Only of what was open before: the runs of the rehearsal end, too.
    void take(const Finish& finish) {
        const auto known = open_.find(finish.id);
        if (known == open_.end() || finish.outcome.kind != OutcomeKind::lost) return;
        add(StartStep::Kind::lost, known->second, SkipReason::none);
    }

    void take(const Entry& claim) {
        if (mutated(PlanMutant::start_decides_nothing)) return;
        switch (claim.state) {
            case EntryState::coalesced:
                return add(StartStep::Kind::covered, claim, SkipReason::none);
            case EntryState::skipped:
                return add(StartStep::Kind::skipped, claim, claim.reason);
            default:
                return add(StartStep::Kind::runs, claim, SkipReason::none);
        }
    }

    const Snapshot snapshot_;
    std::map<ExecutionId, Entry> open_;
};

}  // namespace

std::string_view to_string(StartStep::Kind kind) {
    switch (kind) {
        case StartStep::Kind::runs:
            return "runs";
        case StartStep::Kind::covered:
            return "covered";
        case StartStep::Kind::skipped:
            return "skipped";
        case StartStep::Kind::lost:
            return "lost";
        case StartStep::Kind::again:
            return "again";
        case StartStep::Kind::withdrawn:
            return "withdrawn";
    }
    return "unknown";
}

Result<StartPreview> preview_start(
    Snapshot snapshot, WallTime now,
    const std::function<Result<JobChanges>(std::span<const StoredJob>)>& reconcile) {
    SimulatedClock clock(now);
    SimulatedRuntime runtime(1);
    Rehearsal storage(std::move(snapshot));
    ScriptedRunner runner(clock);
    runner.script_others({.duration = Duration::zero()});
    clock.settle_with([&] { runtime.run_until_idle(); });
    SchedulerConfig config;
    config.seed = 1;
    config.debug_logging = false;
    config.log_executions = false;
    config.reconcile = reconcile;
    Scheduler scheduler({clock, runtime, storage, runner}, std::move(config));
    if (Status started = scheduler.start(); !started) {
        return tl::unexpected(std::move(started).error());
    }
    clock.advance(Duration::zero());
    return std::move(storage.preview);
}

}  // namespace quantum::plan
