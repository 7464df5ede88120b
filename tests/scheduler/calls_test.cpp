// Every public call of a scheduler, from everywhere: it works or fails as documented
// (docs/reference/scheduler.md), and none waits where nobody would answer.
#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/coroutine.hpp"
#include "quantum/job_changes.hpp"
#include "quantum/quantum.hpp"
#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage_threads.hpp"
#include "quantum/storage/memory_storage.hpp"
#include "quantum/storage/storage.hpp"
#include "quantum/testing/scripted_runner.hpp"

namespace quantum {
namespace {

using namespace std::chrono_literals;

constexpr auto bound = 60s;

/// What a call may wait for.
enum class Asks {
    nobody,    ///< it works everywhere
    pipeline,  ///< its answer
    start,     ///< the same, and before a start it is kept
    life,      ///< nobody, but there must be a pipeline
};

using Answer = std::optional<ErrorCode>;  // none: it worked

struct Call {
    std::string name;
    Asks asks;
    std::function<Answer(Scheduler&)> make;
};

template <class T>
Answer answer_of(const Result<T>& result) {
    return result ? Answer() : Answer(result.error().code);
}

/// Executions are the scheduler's own here: that is the answer wherever there is one.
template <class T>
Answer built_in(const Result<T>& result) {
    const Answer answer = answer_of(result);
    return answer == ErrorCode::invalid_argument ? Answer() : answer;
}

Job placed_job(const std::string& name) {
    Job job;
    if (!job.set_name(name) || !job.set_schedule("0 0 1 1 *") || !job.set_task([] {})) std::abort();
    job.set_overlap(Overlap::allow);
    return job;
}

JobSpec spec_named(const std::string& name) {
    return {.name = name, .schedule = "0 0 1 1 *", .task = [] {}};
}

/// In an order in which each finds what it needs.
const std::vector<Call>& calls() {
    static const std::vector<Call> all{
        {"name", Asks::nobody,
         [](Scheduler& s) { return s.name().empty() ? Answer(ErrorCode::corrupt) : Answer(); }},
        {"state", Asks::nobody,
         [](Scheduler& s) {
             static_cast<void>(s.state());
             return Answer();
         }},
        {"new_job", Asks::nobody,
         [](Scheduler& s) {
             static_cast<void>(s.new_job());
             return Answer();
         }},
        {"new_job(spec)", Asks::nobody,
         [](Scheduler& s) { return answer_of(s.new_job(spec_named("new"))); }},
        {"attach, detach", Asks::nobody,
         [](Scheduler& s) {
             return s.detach(s.attach([](const TelemetryEvent&) {})) ? Answer()
                                                                     : Answer(ErrorCode::not_found);
         }},
        {"add_job(job)", Asks::start,
         [](Scheduler& s) { return answer_of(s.add_job(placed_job("first"))); }},
        {"add_job(spec)", Asks::start,
         [](Scheduler& s) { return answer_of(s.add_job(spec_named("second"))); }},
        {"add_jobs(jobs)", Asks::start,
         [](Scheduler& s) {
             const std::vector<Job> jobs{placed_job("third")};
             return answer_of(s.add_jobs(std::span<const Job>(jobs)));
         }},
        {"add_jobs(moved)", Asks::start,
         [](Scheduler& s) {
             return answer_of(s.add_jobs(std::vector<Job>{placed_job("fourth")}));
         }},
        {"add_jobs(specs)", Asks::start,
         [](Scheduler& s) {
             const std::vector<JobSpec> specs{spec_named("fifth")};
             return answer_of(s.add_jobs(std::span<const JobSpec>(specs)));
         }},
        {"add_handler", Asks::start,
         [](Scheduler& s) {
             return answer_of(s.add_handler("mail", [](ExecutionContext&, std::string_view) {}));
         }},
        {"change_jobs", Asks::pipeline,
         [](Scheduler& s) {
             JobChanges changes;
             changes.put.push_back(placed_job("sixth"));
             changes.remove.emplace_back("fifth");
             return answer_of(s.change_jobs(std::move(changes)));
         }},
        {"find_job", Asks::pipeline, [](Scheduler& s) { return answer_of(s.find_job("first")); }},
        {"jobs", Asks::pipeline, [](Scheduler& s) { return answer_of(s.jobs()); }},
        {"job_status", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.job_status("first")); }},
        {"problems", Asks::pipeline, [](Scheduler& s) { return answer_of(s.problems()); }},
        {"is_running", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.task_registry().is_running("first")); }},
        {"any_running", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.task_registry().any_running()); }},
        {"open", Asks::pipeline, [](Scheduler& s) { return answer_of(s.task_registry().open()); }},
        {"open(job)", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.task_registry().open("first")); }},
        {"events", Asks::life, [](Scheduler& s) { return answer_of(s.events()); }},
        {"executions", Asks::life, [](Scheduler& s) { return built_in(s.executions()); }},
        {"finish", Asks::life, [](Scheduler& s) { return built_in(s.finish(ExecutionId{})); }},
        {"deactivate_job", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.deactivate_job("first")); }},
        {"activate_job", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.activate_job("first")); }},
        {"pause_job", Asks::pipeline, [](Scheduler& s) { return answer_of(s.pause_job("first")); }},
        {"resume_job", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.resume_job("first")); }},
        {"trigger", Asks::pipeline, [](Scheduler& s) { return answer_of(s.trigger("first")); }},
        {"run_job", Asks::pipeline, [](Scheduler& s) { return answer_of(s.run_job("first")); }},
        {"delete_job", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.delete_job("first")); }},
        {"delete_all_jobs", Asks::pipeline,
         [](Scheduler& s) { return answer_of(s.delete_all_jobs()); }},
    };
    return all;
}

std::string text_of(const Answer& answer) {
    if (!answer) return "works";
    switch (*answer) {
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::timed_out:
            return "timed_out";
        case ErrorCode::already_exists:
            return "already_exists";
        default:
            return "error " + std::to_string(static_cast<int>(*answer));
    }
}

using Answers = std::map<std::string, std::string>;

/// What each call answers here, on this thread.
Answers try_all(Scheduler& scheduler) {
    Answers answers;
    for (const Call& call : calls()) answers[call.name] = text_of(call.make(scheduler));
    return answers;
}

/// What those that ask the pipeline answer, and the others where that differs.
struct Expected {
    std::string pipeline;
    std::string start = pipeline;
    std::string life = pipeline;
};

Answers expected(const Expected& by) {
    const std::map<Asks, std::string> words{{Asks::nobody, "works"},
                                            {Asks::pipeline, by.pipeline},
                                            {Asks::start, by.start},
                                            {Asks::life, by.life}};
    Answers answers;
    for (const Call& call : calls()) answers[call.name] = words.at(call.asks);
    return answers;
}
Answers all(const std::string& answer) { return expected({.pipeline = answer}); }
/// Where nothing may be asked that the pipeline would have to answer.
Answers on_its_thread() { return expected({.pipeline = "unavailable", .life = "works"}); }
/// Nobody answers in time.
Answers too_late() { return expected({.pipeline = "timed_out", .life = "works"}); }

/// Does something once, on whatever thread, and waits for it.
class Once {
public:
    void operator()(const std::function<void()>& what) {
        if (begun_.exchange(true)) return;
        what();
        done_.set_value();
    }
    void wait() { ASSERT_EQ(done_.get_future().wait_for(bound), std::future_status::ready); }

private:
    std::atomic<bool> begun_{false};
    std::promise<void> done_;
};

/// Calls that are not to wait would do so for longer than the test.
SchedulerConfig patient() {
    SchedulerConfig config;
    config.timeout = 10min;
    config.kill_after = 10min;
    return config;
}

/// Besides those of the table, `start` and `stop`, neither of which may work here.
void expect_refused(Scheduler& scheduler, const std::string& start = "unavailable",
                    const Answers& answers = all("unavailable")) {
    EXPECT_EQ(try_all(scheduler), answers);
    EXPECT_EQ(text_of(answer_of(scheduler.start())), start);
    EXPECT_EQ(text_of(answer_of(scheduler.stop(10min))), "unavailable");
}

class StrategyOf final : public RunStrategy {
public:
    explicit StrategyOf(std::function<void()> call) : call_(std::move(call)) {}
    [[nodiscard]] std::vector<std::string> nodes(const Placement& placement) const override {
        call_();
        return {std::string(placement.self)};
    }

private:
    std::function<void()> call_;
};

/// A storage that calls something of the user's.
class CallingStorage final : public Storage {
public:
    [[nodiscard]] Result<Snapshot> load() override {
        if (on_load) on_load();
        return memory_.load();
    }
    [[nodiscard]] CommitResult commit(const Batch& batch) override {
        if (on_commit) on_commit();
        return memory_.commit(batch);
    }

    std::function<void()> on_load;
    std::function<void()> on_commit;

private:
    MemoryStorage memory_;
};

TEST(Calls, WorkOnAnyOtherThreadWhileItRuns) {
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    EXPECT_EQ(try_all(scheduler), all("works"));
    EXPECT_EQ(text_of(answer_of(scheduler.start())), "already_exists");
    EXPECT_TRUE(scheduler.stop());
}

TEST(Calls, WorkInATask) {
    Once once;
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [&] {
                                       once([&] {
                                           EXPECT_EQ(try_all(scheduler), all("works"));
                                           EXPECT_EQ(text_of(answer_of(scheduler.start())),
                                                     "already_exists");
                                       });
                                   }}));
    once.wait();
}

TEST(Calls, WorkInACoroutine) {
    Once once;
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = [&](ExecutionContext& context) -> Coroutine {
             co_await context.sleep_for(1ms);
             once([&] { EXPECT_EQ(try_all(scheduler), all("works")); });
         }}));
    once.wait();
}

TEST(Calls, AreRefusedAtOnceInAListenerOnThePipelinesThread) {
    Once once;
    Scheduler scheduler(patient());
    static_cast<void>(
        scheduler.attach([&](const TelemetryEvent&) { once([&] { expect_refused(scheduler); }); },
                         kind_bit(TelemetryKind::job_add)));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(placed_job("any")));
    once.wait();
    EXPECT_TRUE(scheduler.stop());
}

TEST(Calls, AreRefusedAtOnceInAListenerOnTheThreadOfATask) {
    Once once;
    Scheduler scheduler(patient());
    static_cast<void>(
        scheduler.attach([&](const TelemetryEvent&) { once([&] { expect_refused(scheduler); }); },
                         kind_bit(TelemetryKind::job_stop)));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [] {}}));
    once.wait();
    EXPECT_TRUE(scheduler.stop());
}

TEST(Calls, AreRefusedAtOnceInTheLogSink) {
    Scheduler* self = nullptr;
    Once once;
    SchedulerConfig config = patient();
    config.log = [&](LogLevel, std::string_view, auto) { once([&] { expect_refused(*self); }); };
    Scheduler scheduler(std::move(config));
    self = &scheduler;
    ASSERT_TRUE(scheduler.start());
    once.wait();
    EXPECT_TRUE(scheduler.stop());
}

TEST(Calls, AreRefusedAtOnceInARunStrategy) {
    Once once;
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    Job job = placed_job("placed");
    ASSERT_TRUE(job.set_schedule("@reboot"));
    job.set_run_strategy(std::make_shared<StrategyOf>(
        [&] { once([&] { expect_refused(scheduler, "already_exists", on_its_thread()); }); }));
    ASSERT_TRUE(scheduler.add_job(std::move(job)));
    once.wait();
    EXPECT_EQ(scheduler.state(), SchedulerState::running);
    EXPECT_TRUE(scheduler.stop());
}

TEST(Calls, AreRefusedAtOnceInAStorageThatCommits) {
    const auto storage = std::make_shared<CallingStorage>();
    SchedulerConfig config = patient();
    config.storage = storage;
    Once once;
    Scheduler scheduler(std::move(config));
    storage->on_commit = [&] {
        once([&] { expect_refused(scheduler, "already_exists", on_its_thread()); });
    };
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(placed_job("any")));
    once.wait();
    EXPECT_TRUE(scheduler.stop());
}

TEST(Calls, AreRefusedAtOnceInAStorageThatHasAThreadOfItsOwn) {
    const auto stages = StageThreads::start(1).value();
    const auto commits = StageThreads::start(1).value();
    CallingStorage storage;
    ScriptedRunner runner(stages->clock());
    Once once;
    {
        Scheduler scheduler(SchedulerParts{stages->clock(), stages->runtime(), storage, runner,
                                           &commits->runtime()},
                            patient());
        storage.on_commit = [&] {
            once([&] { expect_refused(scheduler, "already_exists", on_its_thread()); });
        };
        ASSERT_TRUE(scheduler.start());
        ASSERT_TRUE(scheduler.add_job(placed_job("any")));
        once.wait();
        EXPECT_TRUE(scheduler.stop());
    }
    runner.abandon();
}

// On several threads too: the stage whose handler calls is one that would have to answer.
TEST(Calls, AreRefusedAtOnceByThePipelineWhateverTheNumberOfItsThreads) {
    const auto threads = StageThreads::start(3).value();
    CallingStorage storage;
    ScriptedRunner runner(threads->clock());
    Once once;
    {
        Scheduler scheduler(SchedulerParts{threads->clock(), threads->runtime(), storage, runner},
                            patient());
        storage.on_commit = [&] {
            once([&] { expect_refused(scheduler, "already_exists", on_its_thread()); });
        };
        ASSERT_TRUE(scheduler.start());
        ASSERT_TRUE(scheduler.add_job(placed_job("any")));
        once.wait();
        EXPECT_TRUE(scheduler.stop());
    }
    runner.abandon();
}

TEST(Calls, AreRefusedAtOnceInWhatAStartCalls) {
    Scheduler* self = nullptr;
    const auto storage = std::make_shared<CallingStorage>();
    int tried = 0;
    const auto refused = [&] {
        ++tried;
        expect_refused(*self, "already_exists");
        std::optional<Result<StopReport>> drained;
        self->drain(10min, [&](Result<StopReport> report) { drained = std::move(report); });
        ASSERT_TRUE(drained);
        EXPECT_EQ(text_of(answer_of(*drained)), "unavailable");
    };
    SchedulerConfig config = patient();
    config.storage = storage;
    config.init = [&](SchedulerConfig now) -> Result<SchedulerConfig> {
        refused();
        return now;
    };
    config.reconcile = [&](std::span<const StoredJob>) -> Result<JobChanges> {
        refused();
        return JobChanges{};
    };
    storage->on_load = refused;
    Scheduler scheduler(std::move(config));
    self = &scheduler;
    ASSERT_TRUE(scheduler.start());
    EXPECT_EQ(tried, 3);
    EXPECT_EQ(scheduler.state(), SchedulerState::running);
}

TEST(Calls, BeforeTheStartAndAfterTheStopOnlyKeepJobs) {
    Scheduler scheduler(patient());
    for (int life = 0; life < 2; ++life) {
        EXPECT_EQ(try_all(scheduler), expected({.pipeline = "unavailable", .start = "works"}));
        EXPECT_TRUE(scheduler.stop(10min));
        bool drained = false;
        scheduler.drain(10min, [&](const Result<StopReport>& report) { drained = bool(report); });
        EXPECT_TRUE(drained);
        ASSERT_TRUE(scheduler.start());
        EXPECT_TRUE(*scheduler.find_job("fourth"));
        ASSERT_TRUE(scheduler.stop());
    }
}

TEST(Calls, WaitNoLongerForAStartThanTheirTime) {
    std::latch entered(1);
    std::latch go_on(1);
    const auto storage = std::make_shared<CallingStorage>();
    storage->on_load = [&] {
        entered.count_down();
        go_on.wait();
    };
    SchedulerConfig config;
    config.timeout = 5ms;
    config.kill_after = 5ms;
    config.storage = storage;
    Scheduler scheduler(std::move(config));
    auto started = std::async(std::launch::async, [&] { return scheduler.start(); });
    entered.wait();
    auto tried = std::async(std::launch::async, [&] {
        EXPECT_EQ(try_all(scheduler), expected({.pipeline = "timed_out", .life = "unavailable"}));
        EXPECT_EQ(text_of(answer_of(scheduler.start())), "already_exists");
        EXPECT_EQ(text_of(answer_of(scheduler.stop(0s))), "timed_out");
        EXPECT_EQ(scheduler.state(), SchedulerState::stopped);
    });
    EXPECT_EQ(tried.wait_for(bound), std::future_status::ready) << "a call waits for the start";
    go_on.count_down();
    tried.get();
    EXPECT_TRUE(started.get());
}

TEST(Calls, OfOtherThreadsWaitForAStart) {
    std::latch entered(1);
    std::latch go_on(1);
    const auto storage = std::make_shared<CallingStorage>();
    storage->on_load = [&] {
        entered.count_down();
        go_on.wait();
    };
    SchedulerConfig config = patient();
    config.storage = storage;
    Scheduler scheduler(std::move(config));
    auto started = std::async(std::launch::async, [&] { return scheduler.start(); });
    entered.wait();
    auto tried = std::async(std::launch::async, [&] { return try_all(scheduler); });
    go_on.count_down();
    EXPECT_TRUE(started.get());
    EXPECT_EQ(tried.get(), all("works"));
}

TEST(Calls, WhileItStopsAreRefusedAndAStopWaitsWithTheOther) {
    std::latch entered(1);
    std::latch go_on(1);
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [&] {
                                       entered.count_down();
                                       go_on.wait();
                                   }}));
    entered.wait();
    auto stopped = std::async(std::launch::async, [&] { return scheduler.stop(10min); });
    while (scheduler.state() != SchedulerState::stopping) std::this_thread::yield();
    EXPECT_EQ(try_all(scheduler), on_its_thread());
    EXPECT_EQ(text_of(answer_of(scheduler.start())), "already_exists");
    std::promise<Result<StopReport>> drained;
    scheduler.drain(10min,
                    [&](Result<StopReport> report) { drained.set_value(std::move(report)); });
    auto also_stopped = std::async(std::launch::async, [&] { return scheduler.stop(10min); });
    go_on.count_down();
    EXPECT_TRUE(stopped.get());
    EXPECT_EQ(scheduler.state(), SchedulerState::stopped);
    EXPECT_TRUE(also_stopped.get());
    EXPECT_TRUE(drained.get_future().get());
}

/// A listener keeps the pipeline's thread.
struct HungPipeline : testing::Test {
    std::latch entered{1};
    std::latch go_on{1};
    std::optional<Scheduler> scheduler;

    void start(SchedulerConfig config) {
        scheduler.emplace(std::move(config));
        static_cast<void>(scheduler->attach(
            [this, first = true](const TelemetryEvent&) mutable {
                if (!std::exchange(first, false)) return;
                entered.count_down();
                go_on.wait();
            },
            kind_bit(TelemetryKind::job_add)));
        ASSERT_TRUE(scheduler->start());
        EXPECT_EQ(text_of(answer_of(scheduler->add_job(placed_job("any")))), "timed_out");
        entered.wait();
    }
};

TEST_F(HungPipeline, ACallWaitsNoLongerThanItsTime) {
    SchedulerConfig config;
    config.timeout = 5ms;
    auto tried = std::async(std::launch::async, [&] {
        start(config);
        EXPECT_EQ(try_all(*scheduler), too_late());
    });
    EXPECT_EQ(tried.wait_for(bound), std::future_status::ready) << "a call waits for the pipeline";
    go_on.count_down();
    tried.get();
}

TEST_F(HungPipeline, AStopIsOverInTimeAndGoesOnWithTheNext) {
    SchedulerConfig config;
    config.timeout = 5ms;
    config.kill_after = 5ms;
    auto tried = std::async(std::launch::async, [&] {
        start(config);
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(text_of(answer_of(scheduler->stop(0s))), "timed_out");
            EXPECT_EQ(scheduler->state(), SchedulerState::stopping);
        }
        EXPECT_EQ(text_of(answer_of(scheduler->start())), "already_exists");
    });
    EXPECT_EQ(tried.wait_for(bound), std::future_status::ready) << "the stop waits";
    go_on.count_down();
    tried.get();
    EXPECT_TRUE(scheduler->stop(10min));
    EXPECT_EQ(scheduler->state(), SchedulerState::stopped);
    EXPECT_TRUE(scheduler->start());
}

TEST_F(HungPipeline, ADetachWaitsNoLongerThanTheTimeOfACall) {
    SchedulerConfig config;
    config.timeout = 5ms;
    auto tried = std::async(std::launch::async, [&] {
        start(config);
        EXPECT_FALSE(scheduler->detach(ListenerId{1}));
        EXPECT_FALSE(scheduler->detach(ListenerId{1})) << "it is unknown by now";
    });
    EXPECT_EQ(tried.wait_for(bound), std::future_status::ready) << "detach waits";
    go_on.count_down();
    tried.get();
}

TEST(Calls, WithoutAnyTimeAreSentAndNotWaitedFor) {
    SchedulerConfig config;
    config.timeout = 0s;
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.start());
    EXPECT_EQ(try_all(scheduler), too_late());
}

}  // namespace
}  // namespace quantum
