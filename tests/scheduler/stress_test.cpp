// Eight threads that start, stop, add, remove, pause and trigger, all at once, on real threads: for
// the thread sanitizer above all. QUANTUM_STRESS_ROUNDS makes it longer.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/quantum.hpp"
#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage_threads.hpp"
#include "quantum/storage/memory_storage.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum {
namespace {

using namespace std::chrono_literals;

constexpr unsigned threads = 8;
constexpr int steps = 150;

std::uint64_t rounds() {
    const char* wanted = std::getenv("QUANTUM_STRESS_ROUNDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 5;
}

struct Seen {
    std::mutex mutex;
    std::set<std::pair<ExecutionId, std::uint32_t>> started;
    std::size_t doubled = 0;
    std::vector<ExecutionId> accepted;

    void note(const Execution& execution) {
        const std::lock_guard lock(mutex);
        if (!started.emplace(execution.id, execution.attempt).second) ++doubled;
    }
};

/// Carries out executions, at once.
class Carrier final : public Consumer<Execution> {
public:
    Carrier(Scheduler* scheduler, Seen* seen) : scheduler_(scheduler), seen_(seen) {}
    Reaction<> handle_events(std::vector<Execution> executions, const Subscription&) override {
        for (const Execution& execution : executions) {
            seen_->note(execution);
            static_cast<void>(scheduler_->finish(execution.id));
        }
        return none();
    }

private:
    Scheduler* scheduler_;
    Seen* seen_;
};

class Listener final : public Consumer<SchedulerEvent> {
public:
    Reaction<> handle_events(std::vector<SchedulerEvent>, const Subscription&) override {
        return none();
    }
};

class Hand {
public:
    /// `stages`: where its subscribers run; null: it has none.
    Hand(Scheduler& scheduler, Seen& seen, std::uint64_t seed, StageSystem* stages)
        : scheduler_(scheduler), seen_(seen), random_(seed), stages_(stages) {}

    void run() {
        for (int step = 0; step < steps; ++step) act();
    }

private:
    std::uint64_t draw(std::uint64_t below) { return random_() % below; }
    std::string name() { return "job " + std::to_string(draw(20)); }

    Job job() {
        static constexpr const char* schedules[] = {"@every 1s", "* * * * *", "@reboot"};
        Job job = scheduler_.new_job();
        EXPECT_TRUE(job.set_name(name()));
        EXPECT_TRUE(job.set_schedule(schedules[draw(3)]));
        job.set_overlap(static_cast<Overlap>(draw(4)));
        EXPECT_TRUE(job.set_task(
            ExecutionFunction([this](const Execution& execution) { seen_.note(execution); })));
        return job;
    }

    /// The one of before goes.
    void subscribe() {
        const std::size_t demand = 1 + draw(3);
        if (const auto events = scheduler_.events()) {
            listener_.ask_to_stop();
            if (auto begun = stages_->start<Listener>(
                    {.subscribe_to = {{*events, {.max_demand = demand}}}})) {
                listener_ = *begun;
            }
        }
        if (const auto executions = scheduler_.executions()) {
            carrier_.ask_to_stop();
            if (auto begun = stages_->start<Carrier>(
                    {.subscribe_to = {{*executions, {.max_demand = demand}}}}, &scheduler_,
                    &seen_)) {
                carrier_ = *begun;
            }
        }
    }

    void act() {
        if (stages_ != nullptr && draw(6) == 0) return subscribe();
        switch (draw(12)) {
            case 0:
                if (draw(4) == 0) static_cast<void>(scheduler_.stop(draw(2) * 10ms));
                return;
            case 1:
            case 2:
                static_cast<void>(scheduler_.start());
                return;
            case 3:
                static_cast<void>(scheduler_.add_job(job()));
                return;
            case 4:
                static_cast<void>(scheduler_.add_jobs(std::vector<Job>{job(), job(), job()}));
                return;
            case 5:
                static_cast<void>(scheduler_.delete_job(name(), {.kill = draw(2) == 0}));
                return;
            case 6:
                static_cast<void>(draw(2) == 0 ? scheduler_.activate_job(name())
                                               : scheduler_.deactivate_job(name()));
                return;
            case 7:
                static_cast<void>(draw(2) == 0 ? scheduler_.pause_job(name())
                                               : scheduler_.resume_job(name()));
                return;
            case 8:
                static_cast<void>(scheduler_.jobs());
                static_cast<void>(scheduler_.job_status(name()));
                static_cast<void>(scheduler_.state());
                return;
            case 9:
                scheduler_.detach(scheduler_.attach([this](const TelemetryEvent&) { ++heard_; }));
                return;
            default:
                if (const auto id = scheduler_.trigger(name())) {
                    const std::lock_guard lock(seen_.mutex);
                    seen_.accepted.push_back(*id);
                }
        }
    }

    Scheduler& scheduler_;
    Seen& seen_;
    std::mt19937_64 random_;
    StageSystem* stages_;
    StageHandle listener_;
    StageHandle carrier_;
    std::atomic<std::size_t> heard_{0};
};

struct SchedulerStress : testing::TestWithParam<ExecutorKind> {};

TEST_P(SchedulerStress, EightThreadsThatDoEverythingAtOnce) {
    const bool subscribes = GetParam() == ExecutorKind::external;
    std::size_t accepted = 0;
    for (std::uint64_t round = 0; round < rounds(); ++round) {
        const auto storage = std::make_shared<MemoryStorage>();
        Seen seen;
        std::vector<std::unique_ptr<Hand>> hands;  // outlive the scheduler: its tasks use them
        {
            SchedulerConfig config;
            config.storage = storage;
            config.executor = GetParam();
            if (subscribes) config.kill_after = 10ms;
            Scheduler scheduler(std::move(config));
            const auto stage_threads = StageThreads::start(2);
            ASSERT_TRUE(stage_threads);
            StageSystem stages((*stage_threads)->runtime(), (*stage_threads)->clock());
            for (unsigned i = 0; i < threads; ++i) {
                hands.push_back(std::make_unique<Hand>(scheduler, seen, round * threads + i,
                                                       subscribes ? &stages : nullptr));
            }
            std::vector<std::thread> workers;
            for (const auto& hand : hands) workers.emplace_back([&hand] { hand->run(); });
            for (std::thread& worker : workers) worker.join();
            ASSERT_TRUE(stages.shutdown());
            static_cast<void>(scheduler.start());
            // What nobody has taken over is waited for, though nobody will.
            ASSERT_TRUE(scheduler.stop(subscribes ? 1s : 18s));
        }
        EXPECT_EQ(seen.doubled, 0u) << "round " << round;
        accepted += seen.accepted.size();
        const auto entries = storage->entries({});
        ASSERT_TRUE(entries);
        for (const Entry& entry : *entries) {
            EXPECT_NE(entry.state, EntryState::started) << entry.job << ", round " << round;
        }
        for (const ExecutionId& id : seen.accepted) {
            EXPECT_TRUE(storage->entry(id.text())) << id.text() << ", round " << round;
        }
    }
    EXPECT_GT(accepted, 0u);
}

INSTANTIATE_TEST_SUITE_P(Executors, SchedulerStress,
                         testing::Values(ExecutorKind::built_in, ExecutorKind::external),
                         [](const auto& row) {
                             return row.param == ExecutorKind::external ? "External" : "BuiltIn";
                         });

}  // namespace
}  // namespace quantum
