// Whole schedulers under seeded faults: stages that crash at any message, storage that fails or
// loses answers, the process dying, machines asleep, jobs changed while they run. A failing seed is
// printed and replays exactly: --gtest_filter with QUANTUM_SEED=<seed> in the environment.
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/schedule_checker.hpp"
#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct Outcomes {
    std::vector<std::string> faults;
    std::uint64_t crashes = 0;
    std::size_t entries = 0;
    std::uint64_t trace = 0;
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : draw_(seed), world_(options(seed)) {}

    Outcomes run(int jobs, Duration length) {
        world_.runner->script_with([this](const Execution&) -> std::optional<Script> {
            Script script;
            script.duration = std::chrono::seconds(number(0, 200));
            if (chance(20)) script.outcome = OutcomeKind::failed;
            return script;
        });
        world_.gate.fail_with([this](const Batch&) { return storage_fault(); });
        world_.start();
        for (int i = 0; i < jobs; ++i) change_job("job " + std::to_string(i));
        const WallTime end = world_.clock.wall_now() + length;
        while (world_.clock.wall_now() < end) {
            world_.clock.advance(std::chrono::seconds(number(1, 600)));
            disturb(jobs);
        }
        // Heal, and let everything come to rest.
        calm_ = true;
        world_.runtime.set_crash_probability(0);
        world_.clock.advance(10min);
        Outcomes outcomes;
        const auto entries = *world_.storage->entries({.limit = 100'000'000});
        outcomes.entries = entries.size();
        outcomes.faults = check(plan(), entries, *world_.storage->watermark());
        if (world_.scheduler->state() != SchedulerState::running) {
            outcomes.faults.emplace_back("the scheduler is dead");
        }
        if (world_.clock.wall_now() - *world_.storage->watermark() > 61min) {
            outcomes.faults.push_back("the watermark stays behind at " +
                                      spaced(*world_.storage->watermark()));
        }
        for (const Entry& entry : entries) {
            // No grace here is longer than 90 minutes, no run longer than four.
            if (entry.state == EntryState::claimed &&
                world_.clock.wall_now() - entry.due > 100min) {
                outcomes.faults.push_back("waits for ever: " + entry.job + " " + spaced(entry.due));
            }
        }
        if (const char* name = std::getenv("QUANTUM_JOB")) {
            for (const PlainJob& job : plan()) {
                if (job.name != name) continue;
                std::cerr << "plan " << job.every_minutes << "m " << spaced(job.from) << " until "
                          << (job.until == WallTime::max() ? "" : spaced(job.until)) << '\n';
            }
            for (const Entry& entry : world_.entries(name)) {
                std::cerr << spaced(entry.due) << " x" << entry.count << ' '
                          << to_string(entry.state) << ' ' << to_string(entry.reason) << " claimed "
                          << spaced(entry.claimed_at) << " revision " << entry.revision
                          << (entry.kind == ExecutionKind::manual ? " manual" : "") << '\n';
            }
        }
        outcomes.crashes = world_.runtime.crashes();
        outcomes.trace = world_.runtime.trace_hash();
        return outcomes;
    }

private:
    WorldOptions options(std::uint64_t seed) {
        WorldOptions options;
        options.seed = seed;
        // Each seed has its own mix of faults: some none of a kind, some much of it.
        if (chance(60)) options.runtime.crash_probability = 0.0005 * number(1, 20);
        failing_ = chance(60) ? number(1, 15) : 0;
        dying_ = chance(50) ? number(1, 5) : 0;
        sleeping_ = chance(50) ? number(1, 10) : 0;
        options.config.max_restarts = 1'000'000;
        options.config.concurrency = chance(50) ? static_cast<std::size_t>(number(2, 10)) : 512;
        options.storage = std::make_unique<MemoryStorage>(100'000'000);
        return options;
    }

    int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(draw_); }
    bool chance(int percent) { return number(1, 100) <= percent; }

    StorageGate::Fault storage_fault() {
        using Fault = StorageGate::Fault;
        if (calm_ || !chance(failing_)) return Fault::none;
        const int kind = number(0, 2);
        return kind == 0 ? Fault::failed : kind == 1 ? Fault::unknown_lost : Fault::unknown_stored;
    }

    void disturb(int jobs) {
        if (chance(dying_)) world_.crash_process(std::chrono::seconds(number(0, 1000)));
        if (chance(sleeping_)) world_.clock.suspend(std::chrono::seconds(number(1, 4000)));
        if (chance(10)) change_job("job " + std::to_string(number(0, jobs - 1)));
        if (chance(3)) delete_job("job " + std::to_string(number(0, jobs - 1)));
        if (chance(5)) {
            static_cast<void>(
                world_.scheduler->run_job("job " + std::to_string(number(0, jobs - 1))));
        }
    }

    // Adds or replaces a job; what the storage says counts, an answer may be lost.
    void change_job(const std::string& name) {
        static constexpr int periods[] = {1, 2, 5, 15, 60};
        const int every = periods[number(0, 4)];
        Job job =
            World::job(name, every == 60 ? "0 * * * *" : "*/" + std::to_string(every) + " * * * *");
        static constexpr Overlap overlaps[] = {Overlap::allow, Overlap::skip, Overlap::queue,
                                               Overlap::replace};
        static constexpr Misfire misfires[] = {Misfire::one, Misfire::all, Misfire::skip};
        job.set_overlap(overlaps[number(0, 3)]).set_misfire(misfires[number(0, 2)]);
        if (chance(30)) static_cast<void>(job.set_grace(std::chrono::minutes(number(0, 90))));
        static_cast<void>(world_.scheduler->add_job(std::move(job)));
    }

    void delete_job(const std::string& name) {
        static_cast<void>(world_.scheduler->delete_job(name));
    }

    // The plan is what the storage was told, whatever its callers heard of it.
    [[nodiscard]] std::vector<PlainJob> plan() const {
        std::vector<PlainJob> plan;
        for (const JobChange& change : world_.storage->job_history()) {
            for (PlainJob& job : plan) {
                if (job.name != change.name || job.until != WallTime::max()) continue;
                job.until = change.stored.effective_from;
            }
            if (!change.stored.job) continue;
            const std::string text(change.stored.job->schedule()->text());
            const int every = text == "0 * * * *" ? 60 : std::atoi(text.c_str() + 2);
            plan.push_back({change.name, every, change.stored.effective_from, WallTime::max()});
        }
        return plan;
    }

    std::mt19937_64 draw_;
    int failing_ = 0;
    int dying_ = 0;
    int sleeping_ = 0;
    bool calm_ = false;
    World world_;
};

std::uint64_t seeds() {
    const char* wanted = std::getenv("QUANTUM_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 300;
}

TEST(WholeScheduler, DecidesEveryDueTimeExactlyOnceUnderFaults) {
    if (const char* one = std::getenv("QUANTUM_SEED")) {
        const Outcomes outcomes = Simulation(std::strtoull(one, nullptr, 10)).run(12, 6h);
        EXPECT_THAT(outcomes.faults, testing::IsEmpty());
        return;
    }
    std::uint64_t crashes = 0;
    std::size_t entries = 0;
    for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
        const Outcomes outcomes = Simulation(seed).run(12, 6h);
        crashes += outcomes.crashes;
        entries += outcomes.entries;
        ASSERT_THAT(outcomes.faults, testing::IsEmpty()) << "seed " << seed;
    }
    EXPECT_GT(crashes, seeds());
    EXPECT_GT(entries, seeds() * 500);
}

TEST(WholeScheduler, ASeedReplaysExactly) {
    for (const std::uint64_t seed : {3U, 14U, 159U}) {
        const Outcomes first = Simulation(seed).run(8, 3h);
        const Outcomes second = Simulation(seed).run(8, 3h);
        EXPECT_EQ(first.trace, second.trace);
        EXPECT_EQ(first.entries, second.entries);
    }
}

// The checker itself: what it is there to find, it finds.
TEST(ScheduleChecker, FindsLostDoubledPhantomAndEarlyRuns) {
    const WallTime start = at("2024-03-01 12:00:00");
    const std::vector<PlainJob> plan{{"job", 5, start, WallTime::max()}};
    std::vector<Entry> clean;
    for (int i = 0; i < 4; ++i) {
        Entry entry;
        entry.job = "job";
        entry.due = entry.until = start + i * 5min;
        entry.started_at = entry.due;
        entry.state = EntryState::succeeded;
        clean.push_back(entry);
    }
    const WallTime watermark = start + 17min;
    EXPECT_THAT(check(plan, clean, watermark), testing::IsEmpty());

    auto lost = clean;
    lost.erase(lost.begin() + 1);
    EXPECT_THAT(check(plan, lost, watermark),
                testing::ElementsAre("lost: job 2024-03-01 12:05:00"));
    auto doubled = clean;
    doubled.push_back(clean[2]);
    EXPECT_THAT(check(plan, doubled, watermark),
                testing::ElementsAre("doubled: job 2024-03-01 12:10:00"));
    auto phantom = clean;
    phantom[3].due = phantom[3].until = start + 16min;
    EXPECT_THAT(check(plan, phantom, watermark),
                testing::Contains("phantom: job 2024-03-01 12:16:00"));
    auto early = clean;
    early[0].started_at = start - 1us;
    EXPECT_THAT(check(plan, early, watermark),
                testing::ElementsAre("early: job 2024-03-01 12:00:00"));
}

}  // namespace
}  // namespace quantum::test
