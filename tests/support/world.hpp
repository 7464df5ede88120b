#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/quantum.hpp"
#include "quantum/testing.hpp"

#include "support/instants.hpp"

namespace quantum::test {

struct WorldOptions {
    std::string start = "2024-03-01 11:59:30";
    std::uint64_t seed = 1;
    SimulatedRuntimeOptions runtime = {};
    SchedulerConfig config = {};
};

/// A whole scheduler on simulated time, over the memory storage, with a scripted runner.
struct World {
    explicit World(WorldOptions options = {})
        : clock(at(options.start)), runtime(options.seed, options.runtime), runner(clock) {
        options.config.seed = options.seed;
        config = options.config;
        clock.settle_with([this] { runtime.run_until_idle(); });
        scheduler = std::make_unique<Scheduler>(parts(), config);
    }

    [[nodiscard]] SchedulerParts parts() { return {clock, runtime, storage, runner}; }

    /// A new scheduler on what the storage holds, as after a crash of the process.
    void crash_and_load() {
        scheduler.reset(new Scheduler(parts(), config));
        static_cast<void>(scheduler->start());
        settle();
    }

    void settle() { clock.advance(Duration::zero()); }

    /// A job with a task that the scripted runner knows by its name.
    static Job job(const std::string& name, const std::string& schedule,
                   const std::string& zone = "UTC", Dialect dialect = Dialect::cron) {
        Job made;
        if (!made.set_name(name)) std::abort();
        if (!made.set_schedule(schedule, {.dialect = dialect, .zone = zone})) std::abort();
        if (!made.set_task(HandlerCall{name, {}})) std::abort();
        return made;
    }

    void add(Job job) {
        const auto added = scheduler->add_job(std::move(job));
        if (!added) std::abort();
        settle();
    }

    /// Due times of the runs of a job, in the order of their starts.
    [[nodiscard]] std::vector<std::string> dues(const std::string& name) const {
        std::vector<std::string> found;
        for (const auto& run : runner.runs_of(name)) found.push_back(text_of(run.execution.due));
        return found;
    }

    /// "due state" or "due state(reason)" of the entries of a job, in the order of due times.
    [[nodiscard]] std::vector<std::string> ledger(const std::string& name) const {
        std::vector<std::string> found;
        const auto entries = storage.entries({.job = name, .limit = 1'000'000});
        for (const Entry& entry : *entries) {
            std::string line = text_of(entry.due) + " " + std::string(to_string(entry.state));
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
    MemoryStorage storage;
    ScriptedRunner runner;
    SchedulerConfig config;
    std::unique_ptr<Scheduler> scheduler;
};

}  // namespace quantum::test
