#pragma once

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/quantum.hpp"
#include "quantum/testing.hpp"

#include "model/job_parts.hpp"
#include "support/instants.hpp"

namespace quantum::test {

struct WorldOptions {
    std::string start = "2024-03-01 11:59:30";
    std::uint64_t seed = 1;
    SimulatedRuntimeOptions runtime = {};
    SchedulerConfig config = {};
    /// What the storage holds before the start; none: nothing.
    std::unique_ptr<MemoryStorage> storage = nullptr;
};

/// A storage in front of another: may refuse, lose the answer or the batch, count.
class StorageGate final : public Storage {
public:
    explicit StorageGate(Storage& storage) : storage_(&storage) {}

    void open_on(Storage& storage) { storage_ = &storage; }
    /// What is done with each batch, before and instead of storing it. Empty: it is stored.
    enum class Fault { none, failed, unknown_lost, unknown_stored, fatal };
    void fail_with(std::function<Fault(const Batch&)> choose) { choose_ = std::move(choose); }
    void heal() { choose_ = {}; }
    [[nodiscard]] std::size_t commits() const { return commits_; }

    /// From now on the jobs for which `is_forgotten` are loaded without their tasks, as from a
    /// file.
    void forget_functions(std::function<bool(const Job&)> is_forgotten = [](const Job&) {
        return true;
    }) {
        is_forgotten_ = std::move(is_forgotten);
    }

    [[nodiscard]] Result<Snapshot> load() override {
        Result<Snapshot> snapshot = storage_->load();
        if (!snapshot || !snapshot->jobs || !is_forgotten_) return snapshot;
        for (StoredJob& stored : *snapshot->jobs) {
            if (!is_forgotten_(*stored.job)) continue;
            Job forgotten = *stored.job;
            model::JobParts::task(forgotten) = Task();
            stored.job = std::move(forgotten);
        }
        return snapshot;
    }
    [[nodiscard]] CommitResult commit(const Batch& batch) override {
        ++commits_;
        switch (choose_ ? choose_(batch) : Fault::none) {
            case Fault::none:
                return storage_->commit(batch);
            case Fault::failed:
                return {CommitStatus::failed, "disk full"};
            case Fault::unknown_lost:
                return {CommitStatus::unknown, "connection lost"};
            case Fault::unknown_stored:
                static_cast<void>(storage_->commit(batch));
                return {CommitStatus::unknown, "connection lost"};
            case Fault::fatal:
                return {CommitStatus::fatal, "the store is another's"};
        }
        return {};
    }

private:
    Storage* storage_;
    std::function<Fault(const Batch&)> choose_;
    std::function<bool(const Job&)> is_forgotten_;
    std::size_t commits_ = 0;
};

/// A whole scheduler on simulated time, over the memory storage, with a scripted runner.
struct World {
    explicit World(WorldOptions options = {})
        : clock(at(options.start)),
          runtime(options.seed, std::move(options.runtime)),
          storage(options.storage ? std::move(options.storage) : std::make_unique<MemoryStorage>()),
          gate(*storage),
          runner(std::make_unique<ScriptedRunner>(clock)),
          config(std::move(options.config)) {
        if (!config.seed) config.seed = options.seed;
        clock.settle_with([this] { runtime.run_until_idle(); });
        scheduler = std::make_unique<Scheduler>(parts(), config);
        attach();
    }

    /// A scheduler outlives its runs; those that would never end are lost here.
    ~World() {
        scheduler.reset();
        runner->abandon();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    [[nodiscard]] SchedulerParts parts() { return {clock, runtime, gate, *runner}; }

    void start() {
        StartResult started = scheduler->start();
        if (!started) {
            std::cerr << started.error().message << '\n';
            std::abort();
        }
        report = *std::move(started);
        settle();
    }

    /// The process dies at once: what was not stored is gone, and so are the runs. Another one
    /// starts after `pause` on what is stored. The old scripts are the new runner's. `before_start`
    /// is called with the next scheduler.
    void crash_process(Duration pause = Duration::zero(),
                       const std::function<void(Scheduler&)>& before_start = {}) {
        auto survived = storage->clone();
        auto next_runner = std::make_unique<ScriptedRunner>(clock);
        next_runner->copy_scripts(*runner);
        scheduler->detach(listener_);
        runner->abandon();
        scheduler.reset();
        past_runners.push_back(std::exchange(runner, std::move(next_runner)));
        storage = std::move(survived);
        gate.open_on(*storage);
        clock.suspend(pause);
        scheduler = std::make_unique<Scheduler>(parts(), config);
        attach();
        if (before_start) before_start(*scheduler);
        start();
    }

    void settle() { clock.advance(Duration::zero()); }

    /// A job with a task that the scripted runner knows by its name.
    static Job job(const std::string& name, const std::string& schedule,
                   const std::string& zone = "UTC", Dialect dialect = Dialect::cron) {
        Job made;
        if (!made.set_name(name)) std::abort();
        if (const Status set = made.set_schedule(schedule, {.dialect = dialect, .zone = zone});
            !set) {
            std::cerr << set.error().message << '\n';
            std::abort();
        }
        if (!made.set_task(HandlerCall{name, {}})) std::abort();
        return made;
    }

    void add(Job job) {
        const auto added = scheduler->add_job(std::move(job));
        if (!added) {
            std::cerr << added.error().message << '\n';
            std::abort();
        }
        settle();
    }

    /// Due times of the runs of a job in this life of the process, in the order of their starts.
    [[nodiscard]] std::vector<std::string> dues(const std::string& name) const {
        std::vector<std::string> found;
        for (const auto& run : runner->runs_of(name)) found.push_back(spaced(run.execution.due));
        return found;
    }
    /// When they were started.
    [[nodiscard]] std::vector<std::string> starts(const std::string& name) const {
        std::vector<std::string> found;
        for (const auto& run : runner->runs_of(name)) found.push_back(spaced(run.started));
        return found;
    }

    [[nodiscard]] std::vector<Entry> entries(const std::string& name) const {
        EntryQuery query;
        query.job = name;
        query.limit = 1'000'000;
        return *storage->entries(query);
    }

    /// "12:00:00 succeeded", "12:01:00 skipped(overlap)" … of the entries of a job, by due time.
    [[nodiscard]] std::vector<std::string> ledger(const std::string& name) const {
        std::vector<std::string> found;
        for (const Entry& entry : entries(name)) {
            std::string line = spaced(entry.due) + " " + std::string(to_string(entry.state));
            if (entry.reason != SkipReason::none) {
                line += "(" + std::string(to_string(entry.reason)) + ")";
            }
            if (entry.count > 1) line += " x" + std::to_string(entry.count);
            if (entry.pass > 0) line += " pass " + std::to_string(entry.pass);
            found.push_back(std::move(line));
        }
        return found;
    }

    SimulatedClock clock;
    SimulatedRuntime runtime;
    std::unique_ptr<MemoryStorage> storage;
    StorageGate gate;
    std::unique_ptr<ScriptedRunner> runner;
    SchedulerConfig config;
    std::vector<std::unique_ptr<ScriptedRunner>> past_runners;
    std::vector<std::string> events;  ///< "job.start report", "job.skip report overlap" …
    std::unique_ptr<Scheduler> scheduler;
    StartReport report;  ///< of the last start

private:
    ListenerId listener_{};

    void attach() {
        listener_ = scheduler->attach([this](const TelemetryEvent& event) {
            std::string line(to_string(event.kind));
            if (event.job != nullptr) line += " " + event.job->name();
            if (!event.text.empty()) line += " " + std::string(event.text);
            events.push_back(std::move(line));
        });
    }
};

}  // namespace quantum::test
