#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/stages/consumer_supervisor.hpp"
#include "quantum/stages/supervisor.hpp"

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Notes its life.
class NotingChild : public Consumer<int> {
public:
    struct Crash {};
    struct Ping {
        using Reply = int;
    };
    struct Journal {
        std::vector<std::string> notes;
        bool fails = false;
    };
    NotingChild(std::string id, std::shared_ptr<Journal> journal)
        : id_(std::move(id)), journal_(std::move(journal)) {}

    InitResult init(Options&) override {
        if (journal_->fails) throw std::runtime_error("no luck");
        journal_->notes.push_back("start " + id_);
        return InitResult::started();
    }
    void terminate(const StopReason& reason) override {
        journal_->notes.push_back("end " + id_ + " " + reason.to_string());
    }
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_cast(Crash) { throw std::runtime_error("boom"); }
    Reaction<> handle_call(Ping, From<int> from) {
        from.reply(1);
        return none();
    }

private:
    std::string id_;
    std::shared_ptr<Journal> journal_;
};

struct SupervisorChildrenTest : StageTest {
    std::shared_ptr<NotingChild::Journal> journal = std::make_shared<NotingChild::Journal>();
    StageRef<NotingChild> a = worker("a");
    StageRef<NotingChild> b = worker("b");

    StageRef<NotingChild> worker(const std::string& id) {
        return stages.prepare<NotingChild>({.name = id}, id, journal);
    }
    SupervisorRef supervise(SupervisorOptions options = {}, ChildOptions of_a = {}) {
        options.name = "top";
        auto started = start_supervisor(stages, std::move(options), {child(a, of_a), child(b)});
        EXPECT_TRUE(started.has_value()) << started.error().message;
        taken();
        return started.value();
    }
    std::vector<std::string> taken() {
        settle();
        return std::exchange(journal->notes, {});
    }
    static std::vector<std::string> running(const SupervisorRef& top) {
        std::vector<std::string> out;
        const std::vector<ChildInfo> children = top.children().value();
        for (const ChildInfo& each : children) {
            if (each.running) out.push_back(each.id);
        }
        return out;
    }
};

TEST_F(SupervisorChildrenTest, AStoppedChildStaysStoppedUntilItIsRestarted) {
    const auto top = supervise();
    ASSERT_TRUE(top.stop_child("a").has_value());
    EXPECT_THAT(taken(), ElementsAre("end a shutdown")) << "though it is permanent";
    EXPECT_FALSE(a.is_alive());
    EXPECT_EQ(a.call(NotingChild::Ping{}).error().code, ErrorCode::unavailable);
    EXPECT_FALSE(stages.find("a").has_value());
    EXPECT_EQ(top.children().value().size(), 2u);
    EXPECT_THAT(running(top), ElementsAre("b"));
    EXPECT_TRUE(top.stop_child("a").has_value()) << "what is stopped may be stopped";

    ASSERT_TRUE(top.restart_child("a").has_value());
    EXPECT_THAT(taken(), ElementsAre("start a"));
    EXPECT_EQ(a.call(NotingChild::Ping{}).value_or(0), 1);
    EXPECT_THAT(running(top), ElementsAre("a", "b"));
    a.cast(NotingChild::Crash{});
    EXPECT_THAT(taken(), ElementsAre("end a error: boom", "start a"));
}

TEST_F(SupervisorChildrenTest, AStoppedChildSitsOutTheRestartOfAll) {
    const auto top = supervise({.strategy = Strategy::one_for_all});
    ASSERT_TRUE(top.stop_child("a").has_value());
    taken();
    b.cast(NotingChild::Crash{});
    EXPECT_THAT(taken(), ElementsAre("end b error: boom", "start b"));
    EXPECT_THAT(running(top), ElementsAre("b"));
}

TEST_F(SupervisorChildrenTest, OnlyAChildThatDoesNotRunIsForgotten) {
    const auto top = supervise();
    const Status running_still = top.remove_child("a");
    ASSERT_FALSE(running_still.has_value());
    EXPECT_EQ(running_still.error().message, "child 'a' is running: stop it first");
    ASSERT_TRUE(top.stop_child("a").has_value());
    ASSERT_TRUE(top.remove_child("a").has_value());
    EXPECT_EQ(top.children().value().size(), 1u);
    EXPECT_EQ(top.restart_child("a").error().code, ErrorCode::not_found);
    EXPECT_TRUE(top.add_child(child(worker("a"))).has_value()) << "id and name are free again";
    EXPECT_THAT(running(top), ElementsAre("b", "a"));
}

TEST_F(SupervisorChildrenTest, ATemporaryChildIsForgottenAsItStops) {
    const auto top = supervise({}, {.restart = Restart::temporary});
    ASSERT_TRUE(top.stop_child("a").has_value());
    EXPECT_EQ(top.children().value().size(), 1u);
}

TEST_F(SupervisorChildrenTest, SaysWhichChildThereIsNot) {
    const auto top = supervise();
    for (const Status& status :
         {top.stop_child("c"), top.restart_child("c"), top.remove_child("c")}) {
        ASSERT_FALSE(status.has_value());
        EXPECT_EQ(status.error().code, ErrorCode::not_found);
        EXPECT_EQ(status.error().message, "stage 'top' has no child 'c'");
    }
    EXPECT_EQ(top.restart_child("a").error().code, ErrorCode::already_exists);
}

TEST_F(SupervisorChildrenTest, ARestartThatFailsSaysWhyAndChangesNothing) {
    const auto top = supervise({.max_restarts = 0});
    ASSERT_TRUE(top.stop_child("a").has_value());
    journal->fails = true;
    const Status failed = top.restart_child("a");
    ASSERT_FALSE(failed.has_value());
    EXPECT_THAT(failed.error().message, HasSubstr("child 'a' did not start: error: no luck"));
    settle();
    EXPECT_TRUE(top.is_alive());
    EXPECT_THAT(running(top), ElementsAre("b"));
    journal->fails = false;
    EXPECT_TRUE(top.restart_child("a").has_value());
}

TEST_F(SupervisorChildrenTest, AChildThatHangsIsGivenUpAfterItsTime) {
    const auto top = supervise({}, {.shutdown = 10ms});
    const auto* hung = a.cell().get();
    runtime.hold([hung](const Runnable& work) { return &work == hung; });
    // `stop_child` gives turns until it is answered: the clock moves once the timer is there.
    class Hand : public Consumer<int> {
    public:
        explicit Hand(ManualClock* clock) : clock_(clock) {}
        Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
        Reaction<> handle_cast(int tries) {
            if (clock_->timers() > 0) {
                clock_->advance(10ms);
            } else if (tries > 0) {
                self(*this).cast(tries - 1);
            }
            return none();
        }

    private:
        ManualClock* clock_;
    };
    start<Hand>({}, &clock).cast(1000);
    ASSERT_TRUE(top.stop_child("a").has_value());
    EXPECT_THAT(taken(), IsEmpty()) << "killed: no terminate";
    EXPECT_THAT(running(top), ElementsAre("b"));
    EXPECT_THAT(top.restart_child("a").error().message,
                HasSubstr("its previous instance has not ended yet"));

    runtime.hold({});
    settle();
    EXPECT_FALSE(a.is_alive());
    EXPECT_TRUE(top.restart_child("a").has_value());
    EXPECT_THAT(taken(), ElementsAre("start a"));
}

TEST_F(SupervisorChildrenTest, StopsWaitForEachOtherAndForARestart) {
    const auto top = supervise();
    a.cast(NotingChild::Crash{});
    ASSERT_TRUE(top.stop_child("b").has_value());
    ASSERT_TRUE(top.stop_child("a").has_value());
    EXPECT_THAT(running(top), IsEmpty());
    EXPECT_TRUE(top.is_alive());
    ASSERT_TRUE(top.stop().has_value());
    EXPECT_EQ(stages.size(), 0u);
    EXPECT_FALSE(top.stop_child("a").has_value());
}

TEST_F(SupervisorChildrenTest, StoppingTheChildOfAnEventCountsAsItsEnd) {
    const auto orders = start<Counter>();
    ConsumerSupervisorOptions<int> options;
    options.subscribe_to = {{orders, {.max_demand = 1, .min_demand = 0}}};
    options.restart = Restart::transient;
    options.make_child = [this](StageSystem&, const int& order) {
        return child(worker(std::to_string(order)));
    };
    const auto top = start_consumer_supervisor<int>(stages, options).value();
    EXPECT_THAT(taken(), ElementsAre("start 0"));
    ASSERT_TRUE(top.stop_child("0").has_value());
    EXPECT_THAT(taken(), ElementsAre("end 0 shutdown", "start 1"));
    EXPECT_EQ(top.children().value().size(), 1u);
}

}  // namespace
}  // namespace quantum
