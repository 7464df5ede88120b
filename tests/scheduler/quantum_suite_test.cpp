// Programs in the manner of Quantum's own test suite, under its contract, from the public headers.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/quantum.hpp"
#include "quantum/storage/elixir_storage.hpp"
#include "quantum/storage/noop_storage.hpp"
#include "quantum/testing.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Quantum's storage interface in memory, as somebody would port an adapter.
class EightCalls final : public ElixirStorage {
public:
    Result<std::optional<std::vector<Job>>> jobs() override {
        calls.emplace_back("jobs");
        if (!kept) return std::optional<std::vector<Job>>{};
        std::vector<Job> all;
        for (const auto& [name, job] : *kept) all.push_back(job);
        return std::optional(all);
    }
    Status add_job(const Job& job) override { return put("add_job", job); }
    Status update_job(const Job& job) override { return put("update_job", job); }
    Status delete_job(std::string_view name) override {
        calls.push_back("delete_job " + std::string(name));
        if (kept) kept->erase(std::string(name));
        return answer;
    }
    Status update_job_state(std::string_view name, JobState state) override {
        calls.push_back("update_job_state " + std::string(name) + " " +
                        std::string(to_string(state)));
        kept->at(std::string(name)).set_state(state);
        return answer;
    }
    Result<std::optional<WallTime>> last_execution_date() override {
        calls.emplace_back("last_execution_date");
        return date;
    }
    Status update_last_execution_date(WallTime instant) override {
        calls.push_back("update_last_execution_date " + spaced(instant));
        date = instant;
        return answer;
    }
    Status purge() override {
        calls.emplace_back("purge");
        kept.reset();
        return answer;
    }

    std::optional<std::map<std::string, Job>> kept;
    std::optional<WallTime> date;
    Status answer;
    std::vector<std::string> calls;

private:
    Status put(const std::string& call, const Job& job) {
        calls.push_back(call + " " + job.name());
        if (!kept) kept.emplace();
        kept->insert_or_assign(job.name(), job);
        return answer;
    }
};

class ElixirSuite : public testing::Test {
protected:
    ElixirSuite() {
        clock_.settle_with([this] { runtime_.run_until_idle(); });
    }

    void start(SchedulerConfig config = SchedulerConfig::elixir_compatible()) {
        config.seed = 1;
        config.log = [this](LogLevel level, std::string_view text, auto fields) {
            std::string line(text);
            for (const LogField& field : fields) line += " " + std::string(field.value);
            if (level != LogLevel::debug) lines_.push_back(std::move(line));
        };
        scheduler_ = std::make_unique<Scheduler>(
            SchedulerParts{clock_, runtime_, storage_, runner_}, std::move(config));
        const Status started = scheduler_->start();
        ASSERT_TRUE(started) << started.error().message;
        settle();
    }
    void settle() { clock_.advance(0s); }

    static JobSpec spec(const std::string& name, const std::string& schedule) {
        return {.name = name, .schedule = schedule, .task = HandlerCall{name, {}}};
    }
    std::vector<std::string> dues(const std::string& name) const {
        std::vector<std::string> found;
        for (const auto& run : runner_.runs_of(name)) found.push_back(spaced(run.execution.due));
        return found;
    }

    SimulatedClock clock_{at("2024-03-01 12:00:00")};
    SimulatedRuntime runtime_{1};
    EightCalls calls_;
    ElixirStorageAdapter storage_{calls_};
    std::vector<std::string> lines_;  // outlives the runner, which tells of what it drops
    ScriptedRunner runner_{clock_};
    std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(ElixirSuite, CatchesUpFromTheStoredDateOldestFirst) {
    calls_.date = at("2024-03-01 11:00:00");
    SchedulerConfig config = SchedulerConfig::elixir_compatible();
    config.jobs = {spec("minutely", "* * * * *"), spec("hourly", "0 * * * *")};
    start(std::move(config));
    std::vector<WallTime> order;
    for (const auto& run : runner_.runs()) order.push_back(run.execution.due);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_THAT(dues("minutely"), SizeIs(60));  // 11:01 to 12:00
    EXPECT_THAT(dues("hourly"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_EQ(calls_.date, at("2024-03-01 12:00:00"));
    clock_.advance(2min);  // then the normal pace
    EXPECT_THAT(dues("minutely"), SizeIs(62));
}

TEST_F(ElixirSuite, CatchesUpWithoutBoundOrGrace) {
    calls_.date = at("2024-02-20 12:00:00");
    SchedulerConfig config = SchedulerConfig::elixir_compatible();
    config.jobs = {spec("minutely", "* * * * *")};
    start(std::move(config));
    EXPECT_THAT(dues("minutely"), SizeIs(10 * 24 * 60));
}

TEST_F(ElixirSuite, CatchesUpJobsOfTheStorage) {
    calls_.date = at("2024-03-01 11:58:00");
    calls_.kept.emplace();
    Job job(SchedulerConfig::elixir_compatible().defaults);
    ASSERT_TRUE(job.set_name("stored"));
    ASSERT_TRUE(job.set_schedule("*"));
    ASSERT_TRUE(job.set_task(HandlerCall{"stored", {}}));
    calls_.kept->emplace("stored", job);
    SchedulerConfig config = SchedulerConfig::elixir_compatible();
    config.jobs = {spec("configured", "* * * * *")};
    start(std::move(config));
    EXPECT_THAT(dues("stored"), ElementsAre("2024-03-01 11:59:00", "2024-03-01 12:00:00"));
    EXPECT_EQ(*scheduler_->find_job("configured"), nullptr);
}

TEST_F(ElixirSuite, WithoutADateStartsFromNow) {
    SchedulerConfig config = SchedulerConfig::elixir_compatible();
    config.jobs = {spec("minutely", "* * * * *")};
    start(std::move(config));
    EXPECT_THAT(dues("minutely"), ElementsAre("2024-03-01 12:00:00"));
}

TEST_F(ElixirSuite, AddsUpdatesAndRemovesThroughTheEightCalls) {
    start();
    calls_.calls.clear();
    ASSERT_TRUE(scheduler_->add_job(spec("a", "*/5 * * * *")));
    ASSERT_TRUE(scheduler_->add_job(spec("a", "*/7 * * * *")));
    ASSERT_TRUE(scheduler_->deactivate_job("a"));
    ASSERT_TRUE(scheduler_->activate_job("a"));
    ASSERT_TRUE(scheduler_->delete_job("a"));
    ASSERT_TRUE(scheduler_->delete_all_jobs());
    EXPECT_THAT(calls_.calls,
                testing::IsSupersetOf({"add_job a", "update_job a", "update_job_state a inactive",
                                       "update_job_state a active", "delete_job a", "purge"}));
}

TEST_F(ElixirSuite, AnAnswerThatIsNotOkStopsTheSchedulerWithItsReason) {
    start();
    calls_.answer = fail(ErrorCode::io_error, "table is gone");
    const auto added = scheduler_->add_job(spec("a", "* * * * *"));
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().message, HasSubstr("table is gone"));
    EXPECT_EQ(scheduler_->state(), SchedulerState::failed);
    EXPECT_THAT(lines_, testing::Contains(HasSubstr("table is gone")));
}

TEST_F(ElixirSuite, RunsEverySecond) {
    start();
    ASSERT_TRUE(scheduler_->add_job({.name = "tick",
                                     .schedule = "* * * * * *",
                                     .task = HandlerCall{"tick", {}},
                                     .dialect = Dialect::quantum_extended}));
    clock_.advance(3s);
    EXPECT_THAT(dues("tick"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:00:01",
                                          "2024-03-01 12:00:02", "2024-03-01 12:00:03"));
}

TEST_F(ElixirSuite, RunsARebootJobOnceAndNeverFromTheTimeline) {
    calls_.date = at("2024-03-01 11:00:00");
    SchedulerConfig config = SchedulerConfig::elixir_compatible();
    config.jobs = {spec("boot", "@reboot")};
    start(std::move(config));
    clock_.advance(24h);
    EXPECT_THAT(runner_.runs(), SizeIs(1));
}

TEST_F(ElixirSuite, RunsAStoredRebootJobOnce) {
    calls_.kept.emplace();
    Job job(SchedulerConfig::elixir_compatible().defaults);
    ASSERT_TRUE(job.set_name("boot"));
    ASSERT_TRUE(job.set_schedule("@reboot"));
    ASSERT_TRUE(job.set_task(HandlerCall{"boot", {}}));
    calls_.kept->emplace("boot", job);
    start();
    clock_.advance(24h);
    EXPECT_THAT(dues("boot"), ElementsAre("2024-03-01 12:00:00"));
}

TEST_F(ElixirSuite, OverlapIsAllowedUnlessTheJobSaysOtherwise) {
    runner_.script_others({.duration = 10min});
    start();
    ASSERT_TRUE(scheduler_->add_job(spec("beside", "* * * * *")));
    JobSpec alone = spec("alone", "* * * * *");
    alone.overlap = Overlap::skip;
    ASSERT_TRUE(scheduler_->add_job(alone));
    clock_.advance(3min);
    EXPECT_THAT(dues("beside"), SizeIs(4));
    EXPECT_THAT(dues("alone"), SizeIs(1));
}

TEST_F(ElixirSuite, AFailingTaskIsLoggedAndRunsAgain) {
    runner_.script("bad", {.outcome = OutcomeKind::failed, .reason = "boom"});
    start();
    JobSpec bad = spec("bad", "* * * * *");
    bad.overlap = Overlap::skip;
    ASSERT_TRUE(scheduler_->add_job(bad));
    clock_.advance(2min);
    EXPECT_THAT(dues("bad"), SizeIs(3));
    EXPECT_THAT(lines_, testing::Contains(testing::AllOf(HasSubstr("a run has failed"),
                                                         HasSubstr("bad"), HasSubstr("boom"))));
}

TEST_F(ElixirSuite, ANameThatExistsIsReplaced) {
    start();
    ASSERT_TRUE(scheduler_->add_job(spec("a", "* * * * *")));
    JobSpec inactive = spec("a", "* * * * *");
    inactive.state = JobState::inactive;
    ASSERT_TRUE(scheduler_->add_job(inactive));
    settle();
    const std::size_t before = runner_.runs().size();
    clock_.advance(5min);
    EXPECT_EQ(runner_.runs().size(), before);
    EXPECT_THAT(*scheduler_->jobs(), SizeIs(1));
}

TEST_F(ElixirSuite, EvaluatesInTheJobsZone) {
    start();
    JobSpec zurich = spec("zurich", "0 14");
    zurich.zone = "Europe/Zurich";
    ASSERT_TRUE(scheduler_->add_job(zurich));
    clock_.advance(24h);
    EXPECT_THAT(dues("zurich"), ElementsAre("2024-03-01 13:00:00"));
}

TEST_F(ElixirSuite, IsWhatTheOriginalSays) {
    const SchedulerConfig config = SchedulerConfig::elixir_compatible();
    EXPECT_EQ(config.defaults.dialect, Dialect::quantum);
    EXPECT_EQ(config.defaults.overlap, Overlap::allow);
    EXPECT_EQ(config.defaults.zone, "UTC");
    EXPECT_EQ(config.defaults.state, JobState::active);
    EXPECT_EQ(config.defaults.dst, DstPolicy{});
    EXPECT_NE(dynamic_cast<const RandomStrategy*>(config.defaults.run_strategy.get()), nullptr);
    EXPECT_EQ(config.concurrency, 50u);
    EXPECT_EQ(config.timeout, 5s);
    EXPECT_TRUE(config.debug_logging);
    EXPECT_NE(dynamic_cast<NoopStorage*>(config.storage.get()), nullptr);
}

}  // namespace
}  // namespace quantum::test
