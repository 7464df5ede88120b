// What a file cannot hold of a job, and how the job gets it back.
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"
#include "quantum/testing.hpp"

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A strategy that no file knows.
struct OwnStrategy final : RunStrategy {
    std::vector<std::string> nodes(const Placement&) const override { return {"local"}; }
};

class UnboundInAFile : public testing::Test {
protected:
    std::unique_ptr<SqliteStorage> open(SqliteOptions options = {}) {
        auto opened = SqliteStorage::open(directory_.path() / "state", std::move(options));
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    static void store(SqliteStorage& storage, const Batch& batch) {
        const auto result = storage.commit(batch);
        ASSERT_EQ(result.status, CommitStatus::done) << result.reason;
    }

    TemporaryDirectory directory_;
};

Job tick() {
    Job job = job_named("tick", "*/10 * * * *");
    EXPECT_TRUE(job.set_task(Function([] {})));
    EXPECT_TRUE(job.set_grace(1h));
    return job;
}

TEST_F(UnboundInAFile, WhatCouldNotBeStoredIsToldEvenAfterAChange) {
    Job job = tick();
    job.set_run_strategy(std::make_shared<OwnStrategy>());
    store(*open(), {.id = 1, .jobs = {added(job, noon), added(job_named("plain"), noon)}});
    Job unbound;
    {
        const auto storage = open();
        const auto snapshot = storage->load();
        ASSERT_TRUE(snapshot && snapshot->jobs);
        ASSERT_THAT(*snapshot->jobs, SizeIs(2));
        const StoredJob& stored = snapshot->jobs->at(0);
        EXPECT_EQ(stored.job->task().kind(), TaskKind::none);
        EXPECT_TRUE(stored.lacks_run_strategy);
        EXPECT_FALSE(stored.lacks_schedule);
        EXPECT_FALSE(snapshot->jobs->at(1).lacks_run_strategy);
        unbound = *stored.job;
    }
    // Paused, for example, before anybody gave the function.
    unbound.set_pause(Pause{});
    store(*open(), {.id = 2, .jobs = {added(unbound, noon, 2)}});
    std::size_t asked = 0;
    const auto storage = open({.rebind = [&](Job&) -> Status {
        ++asked;
        return {};
    }});
    ASSERT_TRUE(storage->load());
    EXPECT_EQ(asked, 1u);
}

/// Lives of a process over the same file; the runner only writes down what it was to run.
class LivesOverAFile : public UnboundInAFile {
protected:
    struct Life {
        std::unique_ptr<SqliteStorage> storage;
        std::unique_ptr<ScriptedRunner> runner;
        std::unique_ptr<Scheduler> scheduler;
        StartReport report;
    };

    LivesOverAFile() {
        clock_.settle_with([this] { runtime_.run_until_idle(); });
    }
    ~LivesOverAFile() override { end(); }
    LivesOverAFile(const LivesOverAFile&) = delete;
    LivesOverAFile& operator=(const LivesOverAFile&) = delete;

    /// `given`: jobs of the configuration.
    void begin(std::vector<ConfiguredJob> given = {}) {
        end();
        life_.storage = open();
        life_.runner = std::make_unique<ScriptedRunner>(clock_);
        SchedulerConfig config;
        config.seed = ++lives_;
        config.jobs = std::move(given);
        life_.scheduler = std::make_unique<Scheduler>(
            SchedulerParts{clock_, runtime_, *life_.storage, *life_.runner}, std::move(config));
        auto started = life_.scheduler->start();
        ASSERT_TRUE(started) << started.error().message;
        life_.report = *std::move(started);
        clock_.advance(0s);
    }
    void end() {
        if (life_.runner) life_.runner->abandon();
        life_ = {};
    }
    [[nodiscard]] std::vector<std::string> ledger() const {
        std::vector<std::string> found;
        const auto entries = life_.storage->entries({});
        if (!entries) return {entries.error().message};
        for (const Entry& entry : *entries) {
            std::string line = std::to_string((entry.due - noon) / 1min) + " " +
                               std::string(to_string(entry.state));
            if (entry.reason != SkipReason::none) {
                line += "(" + std::string(to_string(entry.reason)) + ")";
            }
            found.push_back(std::move(line));
        }
        return found;
    }

    SimulatedClock clock_{noon - 30s};
    SimulatedRuntime runtime_{1};
    std::uint64_t lives_ = 0;
    Life life_;
};

TEST_F(LivesOverAFile, AJobWaitsForItsFunctionAndFindsIt) {
    begin({tick()});
    clock_.advance(1min);
    EXPECT_THAT(ledger(), ElementsAre("0 succeeded"));

    begin();  // without
    EXPECT_THAT(life_.report.unbound, ElementsAre("tick"));
    clock_.advance(20min);
    EXPECT_THAT(ledger(), ElementsAre("0 succeeded", "10 claimed(unbound)", "20 claimed(unbound)"));

    begin({tick()});
    EXPECT_THAT(life_.report.unbound, IsEmpty());
    EXPECT_THAT(ledger(), ElementsAre("0 succeeded", "10 coalesced", "20 succeeded(unbound)"));
    const auto entries = life_.storage->entries({});
    EXPECT_EQ(entries->at(1).covered_by, entries->at(2).id);
    EXPECT_EQ(life_.scheduler->job_status("tick")->revision, 1u);
    EXPECT_THAT(life_.runner->runs_of("tick"), SizeIs(1));
}

TEST_F(LivesOverAFile, AStrategyOfTheProgramsOwnIsFoundAgainAtTheStart) {
    Job job = tick();
    job.set_run_strategy(std::make_shared<OwnStrategy>());
    begin({job});
    begin({job});
    EXPECT_THAT(life_.report.unbound, IsEmpty());
    EXPECT_TRUE((*life_.scheduler->find_job("tick"))->run_strategy());
    begin();
    EXPECT_THAT(life_.report.unbound, ElementsAre("tick"));
}

}  // namespace
}  // namespace quantum::test
