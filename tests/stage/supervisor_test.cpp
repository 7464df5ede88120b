#include "quantum/stages/supervisor.hpp"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Notes its life; does what it is told.
class Worker : public Consumer<int> {
public:
    struct Crash {};
    struct Count {
        using Reply = int;
    };
    struct Journal {
        std::vector<std::string> notes;
        int init_failures = 0;  // so many starts fail
        bool ignores = false;
    };
    Worker(std::string id, std::shared_ptr<Journal> journal)
        : id_(std::move(id)), journal_(std::move(journal)) {}

    InitResult init(Options&) override {
        if (journal_->ignores) return InitResult::ignore();
        if (journal_->init_failures > 0) {
            --journal_->init_failures;
            throw std::runtime_error("no luck");
        }
        journal_->notes.push_back("start " + id_);
        return InitResult::started();
    }
    void terminate(const StopReason& reason) override {
        journal_->notes.push_back("end " + id_ + " " + reason.to_string());
    }
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_cast(Crash) { throw std::runtime_error("boom"); }
    Reaction<> handle_cast(StopReason reason) { return stop(std::move(reason)); }
    Reaction<> handle_cast(int number) {
        count_ += number;
        return none();
    }
    Reaction<> handle_call(Count, From<int> from) {
        from.reply(count_);
        return none();
    }

private:
    std::string id_;
    std::shared_ptr<Journal> journal_;
    int count_ = 0;
};

struct SupervisorTest : StageTest {
    std::shared_ptr<Worker::Journal> journal = std::make_shared<Worker::Journal>();
    std::vector<StageRef<Worker>> workers;

    StageRef<Worker> worker(const std::string& id) {
        workers.push_back(stages.prepare<Worker>({.name = id}, id, journal));
        return workers.back();
    }
    SupervisorRef supervise(SupervisorOptions options, std::vector<ChildSpec> children) {
        auto started = start_supervisor(stages, std::move(options), std::move(children));
        EXPECT_TRUE(started.has_value()) << started.error().message;
        return started.value();
    }
    SupervisorRef three(Strategy strategy) {
        return supervise({.name = "top", .strategy = strategy},
                         {child(worker("a")), child(worker("b")), child(worker("c"))});
    }
    std::vector<std::string> taken() {
        settle();
        return std::exchange(journal->notes, {});
    }
};

TEST_F(SupervisorTest, StartsChildrenInOrderAndStopsThemInReverse) {
    const auto top = three(Strategy::one_for_one);
    EXPECT_THAT(taken(), ElementsAre("start a", "start b", "start c"));
    ASSERT_TRUE(top.stop().has_value());
    EXPECT_THAT(taken(), ElementsAre("end c shutdown", "end b shutdown", "end a shutdown"));
    EXPECT_EQ(stages.size(), 0u);
}

struct StrategyRow {
    const char* name;
    Strategy strategy;
    std::vector<std::string> notes;
};
struct StrategyTest : SupervisorTest, testing::WithParamInterface<StrategyRow> {};

TEST_P(StrategyTest, RestartsWhomItSays) {
    three(GetParam().strategy);
    taken();
    workers[1].cast(Worker::Crash{});
    EXPECT_EQ(taken(), GetParam().notes);
    for (const auto& worker : workers) EXPECT_EQ(worker.call(Worker::Count{}).value(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, StrategyTest,
    testing::Values(
        StrategyRow{"OneForOne", Strategy::one_for_one, {"end b error: boom", "start b"}},
        StrategyRow{"OneForAll",
                    Strategy::one_for_all,
                    {"end b error: boom", "end c shutdown", "end a shutdown", "start a", "start b",
                     "start c"}},
        StrategyRow{"RestForOne",
                    Strategy::rest_for_one,
                    {"end b error: boom", "end c shutdown", "start b", "start c"}}),
    [](const auto& row) { return row.param.name; });

struct RestartRow {
    const char* name;
    Restart restart;
    StopReason reason;
    bool restarted;
};
struct RestartTest : SupervisorTest, testing::WithParamInterface<RestartRow> {};

TEST_P(RestartTest, RestartsAsTheChildWants) {
    const auto top =
        supervise({}, {child(worker("a"), {.restart = GetParam().restart}), child(worker("b"))});
    taken();
    workers[0].cast(GetParam().reason);
    const auto notes = taken();
    EXPECT_EQ(notes.size(), GetParam().restarted ? 2u : 1u);
    EXPECT_EQ(workers[0].is_alive(), GetParam().restarted);
    EXPECT_TRUE(workers[1].is_alive());
    EXPECT_TRUE(top.is_alive());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RestartTest,
    testing::Values(
        RestartRow{"PermanentNormal", Restart::permanent, StopReason::normal(), true},
        RestartRow{"PermanentError", Restart::permanent, StopReason::error("x"), true},
        RestartRow{"TransientNormal", Restart::transient, StopReason::normal(), false},
        RestartRow{"TransientShutdown", Restart::transient, StopReason::shutdown(), false},
        RestartRow{"TransientError", Restart::transient, StopReason::error("x"), true},
        RestartRow{"TemporaryNormal", Restart::temporary, StopReason::normal(), false},
        RestartRow{"TemporaryError", Restart::temporary, StopReason::error("x"), false}),
    [](const auto& row) { return row.param.name; });

TEST_F(SupervisorTest, AStormOfRestartsEndsTheSupervisorWithThatReason) {
    const auto top = supervise({.name = "top", .max_restarts = 2, .period = 5s},
                               {child(worker("a")), child(worker("b"))});
    for (int i = 0; i < 2; ++i) {
        workers[0].cast(Worker::Crash{});
        settle();
        EXPECT_TRUE(top.is_alive());
    }
    workers[0].cast(Worker::Crash{});
    settle();
    EXPECT_FALSE(top.is_alive());
    EXPECT_FALSE(workers[0].is_alive());
    EXPECT_FALSE(workers[1].is_alive());
    EXPECT_THAT(log.back(), HasSubstr("more than 2 restarts"));
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(SupervisorTest, RestartsLongEnoughApartAreNoStorm) {
    const auto top = supervise({.max_restarts = 1, .period = 5s}, {child(worker("a"))});
    for (int i = 0; i < 10; ++i) {
        workers[0].cast(Worker::Crash{});
        settle();
        clock.advance(6s);
    }
    EXPECT_TRUE(top.is_alive());
    EXPECT_TRUE(workers[0].is_alive());
}

TEST_F(SupervisorTest, AStopIsForTheLifeItWasSentTo) {
    supervise({.strategy = Strategy::one_for_all}, {child(worker("a")), child(worker("b"))});
    taken();
    // b crashes on a message that waits before the supervisor's.
    const auto* b = workers[1].cell().get();
    runtime.hold([b](const Runnable& work) { return &work == b; });
    workers[1].cast(Worker::Crash{});
    workers[0].cast(Worker::Crash{});
    settle();
    runtime.hold({});
    EXPECT_THAT(taken(),
                ElementsAre("end a error: boom", "end b error: boom", "start a", "start b"));
    EXPECT_EQ(workers[1].call(Worker::Count{}).value(), 0);
}

TEST_F(SupervisorTest, TheMailboxOutlivesACrash) {
    supervise({}, {child(worker("a"))});
    workers[0].cast(1);
    workers[0].cast(Worker::Crash{});
    workers[0].cast(10);
    workers[0].cast(100);
    EXPECT_EQ(workers[0].call(Worker::Count{}).value(), 110);
}

TEST_F(SupervisorTest, MessagesSentBeforeAPreparedStageStartsAreKept) {
    const auto early = worker("a");
    early.cast(7);
    supervise({}, {child(early)});
    EXPECT_EQ(early.call(Worker::Count{}).value(), 7);
}

TEST_F(SupervisorTest, AChildThatDoesNotStartStopsTheOnesBeforeIt) {
    auto other = std::make_shared<Worker::Journal>();
    other->init_failures = 1;
    const auto bad = stages.prepare<Worker>({}, std::string("bad"), other);
    const auto failed =
        start_supervisor(stages, {}, {child(worker("a")), child(bad, {.id = "bad"})});
    ASSERT_FALSE(failed.has_value());
    EXPECT_THAT(failed.error().message, HasSubstr("child 'bad' did not start: error: no luck"));
    settle();
    EXPECT_THAT(taken(), ElementsAre("start a", "end a shutdown"));
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(SupervisorTest, ARestartThatFailsIsTriedAgainWithinTheLimit) {
    supervise({.max_restarts = 3}, {child(worker("a"))});
    taken();
    journal->init_failures = 2;
    workers[0].cast(Worker::Crash{});
    EXPECT_THAT(taken(), ElementsAre("end a error: boom", "start a"));
    EXPECT_EQ(workers[0].call(Worker::Count{}).value(), 0);
}

TEST_F(SupervisorTest, ARestartThatGoesOnFailingEndsTheSupervisor) {
    const auto top = supervise({.max_restarts = 3}, {child(worker("a"))});
    journal->init_failures = 100;
    workers[0].cast(Worker::Crash{});
    settle();
    EXPECT_FALSE(top.is_alive());
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(SupervisorTest, AChildThatDeclinesToStartIsNoError) {
    journal->ignores = true;
    const auto top = supervise({}, {child(worker("a"))});
    EXPECT_FALSE(top.children().value()[0].running);
}

TEST_F(SupervisorTest, AChildThatTakesTooLongToStopIsKilled) {
    // A message a turn: the child has work left when its time is up.
    const auto top = supervise({}, {child(worker("a"), {.shutdown = 10ms})});
    taken();
    top.ask_to_stop();
    while (clock.timers() == 0 && runtime.run_one()) {
    }
    clock.advance(10ms);
    settle();
    EXPECT_FALSE(top.is_alive());
    EXPECT_FALSE(workers[0].is_alive());
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(SupervisorTest, NoTimeAtAllMeansNoTerminate) {
    const auto top = supervise({}, {child(worker("a"), {.shutdown = Duration::zero()})});
    taken();
    ASSERT_TRUE(top.stop().has_value());
    EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(SupervisorTest, ASupervisorMayBeTheChildOfAnother) {
    const auto inner = prepare_supervisor(stages, {.name = "inner", .max_restarts = 0},
                                          {child(worker("a")), child(worker("b"))});
    const auto outer = supervise({.name = "outer"}, {child(inner)});
    EXPECT_THAT(taken(), ElementsAre("start a", "start b"));

    workers[0].cast(5);
    workers[0].cast(Worker::Crash{});
    workers[0].cast(20);
    EXPECT_THAT(taken(), ElementsAre("end a error: boom", "end b shutdown", "start a", "start b"));
    EXPECT_EQ(workers[0].call(Worker::Count{}).value(), 20);

    ASSERT_TRUE(outer.stop().has_value());
    EXPECT_THAT(taken(), ElementsAre("end b shutdown", "end a shutdown"));
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(SupervisorTest, ChildrenMayBeAddedAndSeen) {
    const auto top = three(Strategy::one_for_one);
    ASSERT_TRUE(top.add_child(child(worker("d"), {.restart = Restart::temporary})).has_value());
    EXPECT_EQ(top.add_child(child(worker("e"), {.id = "a"})).error().code,
              ErrorCode::already_exists);
    EXPECT_EQ(top.children().value().size(), 4u);
    workers[3].cast(StopReason::normal());
    settle();
    const auto children = top.children().value();
    ASSERT_EQ(children.size(), 3u);
    EXPECT_EQ(children[0].id, "a");
    EXPECT_TRUE(children[0].running);
}

// One that is wanted again only by a crash keeps its place instead, and comes with the others.
TEST_F(SupervisorTest, ATemporaryChildThatEndedStaysAwayWhereAllAreRestarted) {
    const auto top =
        supervise({.strategy = Strategy::one_for_all},
                  {child(worker("a"), {.restart = Restart::temporary}),
                   child(worker("b"), {.restart = Restart::transient}), child(worker("c"))});
    workers[0].cast(StopReason::normal());
    workers[1].cast(StopReason::normal());
    taken();
    EXPECT_EQ(top.children().value().size(), 2u);
    workers[2].cast(Worker::Crash{});
    EXPECT_THAT(taken(), ElementsAre("end c error: boom", "start b", "start c"));
}

TEST_F(SupervisorTest, APipelineRestartsFromTheStageThatCrashed) {
    const auto got = std::make_shared<Recorder<>::Journal>();
    const auto source = stages.prepare<Pusher<>>({.name = "source"});
    const auto sink = stages.prepare<Recorder<>>({.subscribe_to = {{source}}}, got);
    supervise({.strategy = Strategy::rest_for_one}, {child(source), child(sink, {.id = "sink"})});
    source.cast(numbers(0, 3));
    settle();
    got->on_events = [](const std::vector<int>&) -> Reaction<> { throw std::runtime_error("bad"); };
    source.cast(numbers(3, 5));
    settle();
    got->on_events = nullptr;
    source.cast(numbers(5, 8));
    settle();
    EXPECT_EQ(got->events(), numbers(0, 8));
    EXPECT_EQ(stages.size(), 3u);
}

}  // namespace
}  // namespace quantum
