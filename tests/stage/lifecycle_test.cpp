#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Notes all that happens to it; waits and hibernates as told.
class Observer : public Consumer<int> {
public:
    struct Journal {
        std::vector<std::string> notes;
        std::optional<Duration> first_timeout;
        bool hibernates_first = false;
    };
    struct WaitFor {
        Duration time;
    };
    struct Hibernate {};
    struct Watch {
        StageHandle stage;
    };
    struct Unwatch {};
    struct Nothing {};
    struct FailOnTerminate {};

    explicit Observer(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}

    InitResult init(Options&) override {
        journal_->notes.emplace_back("init");
        auto result = InitResult::started();
        if (journal_->first_timeout) return std::move(result).timeout(*journal_->first_timeout);
        if (journal_->hibernates_first) return std::move(result).hibernate();
        return result;
    }
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_timeout() override {
        journal_->notes.emplace_back("timeout");
        return none();
    }
    Reaction<> handle_down(const Down& down) override {
        journal_->notes.push_back("down " + down.reason.to_string());
        return none();
    }
    Reaction<> handle_cast(WaitFor wait) { return none().timeout(wait.time); }
    Reaction<> handle_cast(Hibernate) { return none().hibernate(); }
    Reaction<> handle_cast(Nothing) { return none(); }
    Reaction<> handle_cast(FailOnTerminate) {
        fail_ = true;
        return stop(StopReason::normal());
    }
    Reaction<> handle_cast(StopReason reason) { return stop(std::move(reason)); }
    Reaction<> handle_cast(Watch watch) {
        watched_ = watch.stage;
        monitor_ = monitor(watched_);
        return none();
    }
    Reaction<> handle_cast(Unwatch) {
        demonitor(monitor_, watched_);
        return none();
    }
    void terminate(const StopReason& reason) override {
        journal_->notes.push_back("terminate " + reason.to_string());
        if (fail_) throw std::runtime_error("slipped");
    }
    void release_memory() override { journal_->notes.emplace_back("release"); }

private:
    std::shared_ptr<Journal> journal_;
    StageHandle watched_;
    MonitorId monitor_{};
    bool fail_ = false;
};

struct LifecycleTest : StageTest {
    std::shared_ptr<Observer::Journal> journal = std::make_shared<Observer::Journal>();
    StageRef<Observer> observer = start<Observer>({.name = "observer"}, journal);

    void SetUp() override { taken(); }
    std::vector<std::string> taken() {
        settle();
        return std::exchange(journal->notes, {});
    }
};

TEST_F(LifecycleTest, ATimeoutComesIfNoMessageDoes) {
    observer.cast(Observer::WaitFor{10ms});
    settle();
    clock.advance(9ms);
    EXPECT_THAT(taken(), IsEmpty());
    clock.advance(1ms);
    EXPECT_THAT(taken(), ElementsAre("timeout"));
    clock.advance(1h);
    EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(LifecycleTest, AMessageEndsTheWait) {
    observer.cast(Observer::WaitFor{10ms});
    settle();
    observer.cast(Observer::Nothing{});
    settle();
    clock.advance(1h);
    EXPECT_THAT(taken(), IsEmpty());
    EXPECT_EQ(clock.timers(), 0u);
}

TEST_F(LifecycleTest, ATimeoutThatRacesWithAMessageIsNotDelivered) {
    observer.cast(Observer::WaitFor{10ms});
    settle();
    observer.cast(Observer::WaitFor{10ms});  // is in the mailbox before the time-out
    clock.advance(10ms);
    settle();
    EXPECT_THAT(taken(), IsEmpty());
    clock.advance(10ms);
    EXPECT_THAT(taken(), ElementsAre("timeout"));
}

TEST_F(LifecycleTest, AStageMayWaitForItsFirstMessage) {
    const auto other = std::make_shared<Observer::Journal>();
    other->first_timeout = 5ms;
    start<Observer>({}, other);
    settle();
    clock.advance(5ms);
    settle();
    EXPECT_THAT(other->notes, ElementsAre("init", "timeout"));
}

TEST_F(LifecycleTest, AWaitWithoutEndNeedsNoTimer) {
    observer.cast(Observer::WaitFor{Duration::max()});
    settle();
    EXPECT_EQ(clock.timers(), 0u);
}

TEST_F(LifecycleTest, AStageMayHibernateFromTheStart) {
    const auto other = std::make_shared<Observer::Journal>();
    other->hibernates_first = true;
    start<Observer>({}, other);
    settle();
    EXPECT_THAT(other->notes, ElementsAre("init", "release"));
}

TEST_F(LifecycleTest, HibernationLetsTheStageReleaseMemoryOnce) {
    observer.cast(Observer::Hibernate{});
    EXPECT_THAT(taken(), ElementsAre("release"));
    observer.cast(Observer::Nothing{});
    EXPECT_THAT(taken(), IsEmpty());
}

/// Hibernates after it has handed out a large buffer.
class Heavy : public Producer<std::string> {
public:
    Reaction<std::string> handle_demand(std::size_t) override { return none(); }
    Reaction<std::string> handle_cast(std::size_t count) {
        return emit(std::vector<std::string>(count, std::string(100, 'x')));
    }
    Reaction<std::string> handle_cast(Observer::Hibernate) { return none().hibernate(); }
};

/// A stage whose events wait in its buffer, and what the process holds.
struct BufferMemoryTest : LifecycleTest {
    StageRef<Heavy> heavy = start<Heavy>({.buffer_size = std::nullopt});
    std::shared_ptr<Recorder<std::string>::Journal> got =
        std::make_shared<Recorder<std::string>::Journal>();

    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "the sanitizer's allocator does not say what is in use";
#endif
    }
    void fill(std::size_t count) {
        heavy.cast(count);
        settle();
    }
    void drain(std::size_t count) {
        got->mode = DemandMode::manual;
        const auto consumer = start<Recorder<std::string>>({.subscribe_to = {{heavy}}}, got);
        for (const std::size_t part : {std::size_t{1}, count - 1}) {
            consumer.cast(Recorder<std::string>::Ask{part});
            settle();
        }
        ASSERT_EQ(got->events().size(), count);
        got->batches.clear();
        got->batches.shrink_to_fit();
    }
    static std::size_t bytes_in_use() {
        const auto now = mallinfo2();
        return now.uordblks + now.hblkhd;
    }
};

TEST_F(BufferMemoryTest, ABurstReturnsItWithItsLastEvent) {
    constexpr std::size_t count = 100'000;
    fill(count);
    const std::size_t before = bytes_in_use();
    drain(count);
    EXPECT_LT(bytes_in_use() + count * sizeof(std::string) / 2, before);
}

TEST_F(BufferMemoryTest, HibernationReturnsWhatIsUsuallyKept) {
    constexpr std::size_t count = 4'096;
    fill(count);
    drain(count);
    const std::size_t before = bytes_in_use();
    heavy.cast(Observer::Hibernate{});
    settle();
    EXPECT_LT(bytes_in_use() + count * sizeof(std::string) / 2, before);
}

struct StopRow {
    const char* name;
    StopReason reason;
    bool logged;
};
struct StopTest : LifecycleTest, testing::WithParamInterface<StopRow> {};

TEST_P(StopTest, RunsTerminateTellsMonitorsAndLogsErrors) {
    const auto other = std::make_shared<Observer::Journal>();
    const auto watcher = start<Observer>({}, other);
    watcher.cast(Observer::Watch{observer});
    settle();
    observer.cast(GetParam().reason);
    settle();
    const std::string reason = GetParam().reason.to_string();
    EXPECT_THAT(taken(), ElementsAre("terminate " + reason));
    EXPECT_EQ(other->notes.back(), "down " + reason);
    EXPECT_EQ(log.size(), GetParam().logged ? 1u : 0u);
    EXPECT_FALSE(observer.is_alive());
}

INSTANTIATE_TEST_SUITE_P(Rows, StopTest,
                         testing::Values(StopRow{"Normal", StopReason::normal(), false},
                                         StopRow{"Shutdown", StopReason::shutdown(), false},
                                         StopRow{"Error", StopReason::error("disk"), true}),
                         [](const auto& row) { return row.param.name; });

TEST_F(LifecycleTest, AMonitorOfAStageThatIsGoneFiresAtOnce) {
    const auto other = start<Observer>({}, std::make_shared<Observer::Journal>());
    ASSERT_TRUE(other.stop().has_value());
    observer.cast(Observer::Watch{other});
    EXPECT_THAT(taken(), ElementsAre("down not running"));
}

TEST_F(LifecycleTest, AMonitorMayBeTakenBack) {
    const auto other = start<Observer>({}, std::make_shared<Observer::Journal>());
    observer.cast(Observer::Watch{other});
    settle();
    observer.cast(Observer::Unwatch{});
    settle();
    ASSERT_TRUE(other.stop().has_value());
    EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(LifecycleTest, OneThatNoLongerWatchesLeavesTheOthersAlone) {
    const auto watched = start<Observer>({}, std::make_shared<Observer::Journal>());
    const auto others = std::make_shared<Observer::Journal>();
    const auto other = start<Observer>({}, others);
    other.cast(Observer::Watch{watched});
    observer.cast(Observer::Watch{watched});
    settle();
    observer.cast(Observer::Unwatch{});
    settle();
    ASSERT_TRUE(watched.stop().has_value());
    settle();
    EXPECT_THAT(others->notes, ElementsAre("init", "down normal"));
    EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(LifecycleTest, WhatSlipsInTerminateIsNotWhyItStopped) {
    const auto others = std::make_shared<Observer::Journal>();
    const auto watcher = start<Observer>({}, others);
    watcher.cast(Observer::Watch{observer});
    settle();
    observer.cast(Observer::FailOnTerminate{});
    EXPECT_THAT(taken(), ElementsAre("terminate normal"));
    EXPECT_THAT(others->notes, ElementsAre("init", "down normal"));
}

TEST_F(LifecycleTest, StopWorksOffWhatIsInTheMailboxFirst) {
    for (int i = 0; i < 3; ++i) observer.cast(Observer::Hibernate{});
    ASSERT_TRUE(observer.stop(StopReason::shutdown("enough")).has_value());
    EXPECT_THAT(taken(), ElementsAre("terminate shutdown: enough"));
    EXPECT_EQ(observer.stop().error().code, ErrorCode::unavailable);
}

TEST_F(LifecycleTest, WhoWaitsForAStageLearnsWhyItStopped) {
    observer.cast(StopReason::error("disk"));
    EXPECT_EQ(observer.wait(5s).value(), StopReason::error("disk"));
    EXPECT_EQ(observer.wait(5s).value(), StopReason::error("disk"));  // and whoever asks later
}

TEST_F(LifecycleTest, AThrowingTerminateHarmsNobody) {
    observer.cast(Observer::FailOnTerminate{});
    settle();
    EXPECT_FALSE(observer.is_alive());
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(LifecycleTest, AStageIsFoundByItsNameAndASecondOneIsRefused) {
    EXPECT_EQ(stages.find<Observer>("observer").value(), observer);
    EXPECT_EQ(stages.find<Counter>("observer").error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(stages.find("nobody").error().code, ErrorCode::not_found);
    const auto second = stages.start<Observer>({.name = "observer"}, journal);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::already_exists);
    EXPECT_THAT(second.error().message, HasSubstr("stage 'observer' is running already"));
}

TEST_F(LifecycleTest, ANameIsFreeAgainAfterTheStop) {
    ASSERT_TRUE(observer.stop().has_value());
    EXPECT_EQ(stages.find("observer").error().code, ErrorCode::not_found);
    EXPECT_TRUE(stages.start<Observer>({.name = "observer"}, journal).has_value());
}

TEST_F(LifecycleTest, AnInitThatThrowsOrDeclinesDoesNotStart) {
    class Refuser : public Producer<int> {
    public:
        explicit Refuser(int how) : how_(how) {}
        InitResult init(Options&) override {
            if (how_ == 0) throw std::runtime_error("no disk");
            if (how_ == 1) return InitResult::ignore();
            return InitResult::stop(StopReason::error("no licence"));
        }
        Reaction<int> handle_demand(std::size_t) override { return none(); }

    private:
        int how_;
    };
    const char* messages[] = {"did not start: error: no disk", "init declined to start",
                              "did not start: error: no licence"};
    for (int how = 0; how < 3; ++how) {
        const auto refused = stages.start<Refuser>({.name = "refuser"}, how);
        ASSERT_FALSE(refused.has_value());
        EXPECT_THAT(refused.error().message, HasSubstr(messages[how]));
        EXPECT_EQ(stages.find("refuser").error().code, ErrorCode::not_found);
    }
}

TEST_F(LifecycleTest, ShutdownStopsEverythingAndStartsNothingMore) {
    start<Counter>();
    ASSERT_TRUE(stages.shutdown().has_value());
    EXPECT_EQ(stages.size(), 0u);
    EXPECT_EQ(stages.start<Counter>().error().code, ErrorCode::unavailable);
    EXPECT_THAT(journal->notes, ElementsAre("terminate shutdown"));
    EXPECT_TRUE(stages.shutdown().has_value());
}

TEST(StageSystemTest, TurnsThatArePendingWhenTheSystemGoesDoNothing) {
    ManualClock clock;
    // A runtime that lets nobody wait: shutdown gives up, and the stages are abandoned.
    class Stalled final : public Runtime {
    public:
        void post(std::shared_ptr<Runnable> work) override { posted.push_back(std::move(work)); }
        [[nodiscard]] Waiting waiting() const override { return Waiting::refuse; }
        std::vector<std::shared_ptr<Runnable>> posted;
    } runtime;
    const auto journal = std::make_shared<Observer::Journal>();
    StageRef<Observer> observer;
    {
        StageSystem stages(runtime, clock);
        observer = stages.start<Observer>({}, journal).value();
        observer.cast(Observer::Nothing{});
    }
    EXPECT_FALSE(observer.is_alive());
    for (const auto& work : runtime.posted) EXPECT_FALSE(work->run(10));
    observer.cast(Observer::Nothing{});
    EXPECT_EQ(journal->notes, std::vector<std::string>{"init"});
}

}  // namespace
}  // namespace quantum
