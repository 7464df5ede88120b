#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/quantum.hpp"
#include "quantum/storage/sqlite.hpp"
#include "quantum/testing.hpp"

#include "support/instants.hpp"
#include "support/scratch_directory.hpp"
#include "why/inquiry.hpp"

namespace quantum::why {

/// Memory where the system has such a file system: it is asked for what is stored, not whether it
/// is on disk.
inline std::filesystem::path fast_directory() {
    return std::filesystem::is_directory("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                     : std::filesystem::temp_directory_path();
}

/// A scheduler on simulated time over a real ledger, which is then asked why.
class Story {
public:
    explicit Story(const std::string& start = "2027-03-02 00:00:00", SchedulerConfig config = {})
        : clock(test::at(start)), config_(std::move(config)) {
        clock.settle_with([this] { runtime_.run_until_idle(); });
        config_.seed = 7;
        presence.is_held = true;
    }
    ~Story() { end_process(); }
    Story(const Story&) = delete;
    Story& operator=(const Story&) = delete;

    void start() {
        auto opened = SqliteStorage::open(directory());
        ASSERT_TRUE(opened) << opened.error().message;
        storage = std::move(*opened);
        auto next = std::make_unique<ScriptedRunner>(clock);
        if (runner) next->copy_scripts(*runner);
        past_.push_back(std::exchange(runner, std::move(next)));
        ++config_.seed.value();  // ids of its own
        gate_.storage = storage.get();
        scheduler =
            std::make_unique<Scheduler>(SchedulerParts{clock, runtime_, gate_, *runner}, config_);
        ASSERT_TRUE(scheduler->start());
        settle();
        presence.is_held = true;
    }

    /// As kill -9 does it.
    void end_process() {
        if (!scheduler) return;
        gate_.storage = nullptr;
        runner->abandon();
        scheduler.reset();
        runtime_.run_until_idle();
        storage.reset();
        presence.is_held = false;
    }
    /// As TERM does it.
    void stop() {
        scheduler->drain(Duration::zero(), [](const auto&) {});
        clock.advance(std::chrono::seconds(1));
        end_process();
    }

    void settle() { clock.advance(Duration::zero()); }
    void until(const std::string& time) { clock.advance_to(test::at(time)); }

    static Job job(const std::string& name, const std::string& schedule,
                   const ScheduleOptions& options = {}) {
        Job made;
        must(made.set_name(name));
        must(made.set_schedule(schedule, options));
        must(made.set_task(HandlerCall{name, {}}));
        return made;
    }
    void add(Job job) {
        const auto added = scheduler->add_job(std::move(job));
        ASSERT_TRUE(added) << added.error().message;
        settle();
    }

    /// Writes a batch by hand, while no scheduler runs.
    void write(Batch batch) {
        auto opened = SqliteStorage::open(directory());
        ASSERT_TRUE(opened) << opened.error().message;
        batch.id = (*opened)->load()->last_batch + 1;
        const CommitResult stored = (*opened)->commit(batch);
        ASSERT_EQ(stored.status, CommitStatus::done) << stored.reason;
    }

    [[nodiscard]] std::filesystem::path directory() const { return scratch_.path("state"); }

    [[nodiscard]] std::vector<Answer> ask(const std::string& job, WallTime from, WallTime until) {
        return found([&](const Inquiry& why) { return why.about(job, {from, until}, 1000); });
    }
    /// The only answer about an instant.
    [[nodiscard]] Answer at(const std::string& job, const std::string& time) {
        const WallTime instant = test::at(time);
        auto answers = ask(job, instant, instant);
        EXPECT_EQ(answers.size(), 1u) << time;
        return answers.empty() ? blank() : answers.front();
    }
    [[nodiscard]] std::vector<Answer> now(const std::string& job) {
        return found([&](const Inquiry& why) { return why.now(job); });
    }
    [[nodiscard]] std::vector<Answer> last_and_next(const std::string& job) {
        return found([&](const Inquiry& why) { return why.last_and_next(job); });
    }
    template <class Question>
    [[nodiscard]] std::vector<Answer> found(const Question& question) {
        const auto ledger = SqliteLedger::open(directory());
        EXPECT_TRUE(ledger);
        const Setting setting{clock.wall_now(), presence, engine};
        auto answers = question(Inquiry(**ledger, setting));
        EXPECT_TRUE(answers) << answers.error().message;
        return answers ? std::move(answers->found) : std::vector<Answer>{};
    }

    SimulatedClock clock;
    Presence presence;
    const Engine* engine = nullptr;
    std::unique_ptr<SqliteStorage> storage;
    std::unique_ptr<ScriptedRunner> runner;
    std::unique_ptr<Scheduler> scheduler;

private:
    static void must(const Status& status) {
        if (status) return;
        std::cerr << status.error().message << '\n';
        std::abort();
    }
    static Answer blank() {
        Answer answer;
        answer.causes.emplace_back();
        return answer;
    }

    /// What a process stores after its death is not stored.
    struct Gate final : Storage {
        [[nodiscard]] Result<Snapshot> load() override { return storage->load(); }
        [[nodiscard]] CommitResult commit(const Batch& batch) override {
            if (storage == nullptr) return {CommitStatus::failed, "the process is dead"};
            return storage->commit(batch);
        }
        SqliteStorage* storage = nullptr;
    };

    ScratchDirectory scratch_{fast_directory()};
    Gate gate_;
    SimulatedRuntime runtime_{1};
    SchedulerConfig config_;
    std::vector<std::unique_ptr<ScriptedRunner>> past_;
};

/// The codes of all causes, the decisive one first.
[[nodiscard]] inline std::vector<Code> codes(const Answer& answer) {
    std::vector<Code> found;
    for (const Cause& cause : answer.causes) found.push_back(cause.code);
    return found;
}

/// The names of the rows of all causes.
[[nodiscard]] inline std::vector<std::string> rows(const Answer& answer) {
    std::vector<std::string> found;
    for (const Cause& cause : answer.causes) {
        for (const Row& row : cause.rows) found.push_back(std::string(to_string(row.kind)));
    }
    return found;
}

inline std::ostream& operator<<(std::ostream& out, Code code) { return out << to_string(code); }

}  // namespace quantum::why
