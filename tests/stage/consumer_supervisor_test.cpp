#include "quantum/stages/consumer_supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Works on one event until told to end.
class Cook : public Consumer<int> {
public:
    struct Kitchen {
        std::map<int, StageRef<Cook>> working;
        std::vector<int> started;
        int refuse = -1;  // the order whose cook does not start
    };
    Cook(int order, std::shared_ptr<Kitchen> kitchen)
        : order_(order), kitchen_(std::move(kitchen)) {}
    InitResult init(Options&) override {
        if (order_ == kitchen_->refuse) throw std::runtime_error("out of eggs");
        kitchen_->started.push_back(order_);
        kitchen_->working[order_] = self(*this);
        return InitResult::started();
    }
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_cast(StopReason reason) { return stop(std::move(reason)); }
    void terminate(const StopReason&) override { kitchen_->working.erase(order_); }

private:
    int order_;
    std::shared_ptr<Kitchen> kitchen_;
};

struct ConsumerSupervisorTest : StageTest {
    std::shared_ptr<Cook::Kitchen> kitchen = std::make_shared<Cook::Kitchen>();
    std::shared_ptr<Counter::Journal> asked = std::make_shared<Counter::Journal>();
    StageRef<Counter> orders = start<Counter>({}, asked);

    ConsumerSupervisorOptions<int> options(std::size_t max, std::size_t min) {
        ConsumerSupervisorOptions<int> out;
        out.name = "cooks";
        out.subscribe_to = {{orders, {.max_demand = max, .min_demand = min}}};
        out.make_child = [kitchen_ptr = kitchen](StageSystem& system, const int& order) {
            return child(system.prepare<Cook>({}, order, kitchen_ptr));
        };
        return out;
    }
    ConsumerSupervisorRef<int> supervise(ConsumerSupervisorOptions<int> how) {
        auto started = start_consumer_supervisor<int>(stages, std::move(how));
        EXPECT_TRUE(started.has_value()) << started.error().message;
        settle();
        return started.value();
    }
    void end(int order, StopReason reason = StopReason::normal()) {
        kitchen->working.at(order).cast(std::move(reason));
        settle();
    }
};

TEST_F(ConsumerSupervisorTest, StartsAChildAnEventAndAsksAgainAsTheyEnd) {
    const auto cooks = supervise(options(4, 2));
    EXPECT_EQ(kitchen->started, numbers(0, 4));
    EXPECT_EQ(cooks.children().value().size(), 4u);

    end(1);
    EXPECT_EQ(kitchen->started.size(), 4u);
    end(3);
    EXPECT_EQ(kitchen->started, numbers(0, 6));
    EXPECT_THAT(asked->demands, ElementsAre(4, 2));
}

TEST_F(ConsumerSupervisorTest, ACrashOfOneChildTouchesNoOther) {
    const auto cooks = supervise(options(3, 2));
    end(1, StopReason::error("burnt"));
    EXPECT_TRUE(cooks.is_alive());
    EXPECT_EQ(kitchen->started, numbers(0, 4));
    EXPECT_EQ(kitchen->working.size(), 3u);
}

TEST_F(ConsumerSupervisorTest, ATransientChildIsRestartedWithItsEventAndKeepsItsPlace) {
    auto how = options(2, 1);
    how.restart = Restart::transient;
    supervise(std::move(how));
    end(0, StopReason::error("burnt"));
    EXPECT_THAT(kitchen->started, ElementsAre(0, 1, 0));
    end(0);
    EXPECT_THAT(kitchen->started, ElementsAre(0, 1, 0, 2));
}

TEST_F(ConsumerSupervisorTest, TooManyRestartsEndItAndItsChildren) {
    auto how = options(2, 1);
    how.restart = Restart::transient;
    how.max_restarts = 1;
    const auto cooks = supervise(std::move(how));
    end(0, StopReason::error("burnt"));
    end(0, StopReason::error("burnt"));
    EXPECT_FALSE(cooks.is_alive());
    EXPECT_THAT(kitchen->working, IsEmpty());
    EXPECT_EQ(stages.size(), 1u);
}

TEST_F(ConsumerSupervisorTest, AChildThatDoesNotStartIsLoggedAndItsDemandRenewed) {
    kitchen->refuse = 1;
    supervise(options(2, 1));
    EXPECT_THAT(kitchen->started, ElementsAre(0, 2));
    ASSERT_FALSE(log.empty());
    EXPECT_THAT(log[0], HasSubstr("out of eggs"));
}

TEST_F(ConsumerSupervisorTest, StoppingItStopsItsChildren) {
    const auto cooks = supervise(options(5, 2));
    ASSERT_TRUE(cooks.stop().has_value());
    EXPECT_THAT(kitchen->working, IsEmpty());
    EXPECT_EQ(stages.size(), 1u);
}

TEST_F(ConsumerSupervisorTest, EndsWithItsProducerOnceItsChildrenAreDone) {
    const auto cooks = supervise(options(2, 1));
    ASSERT_TRUE(orders.stop().has_value());
    settle();
    EXPECT_TRUE(cooks.is_alive());
    end(0);
    EXPECT_TRUE(cooks.is_alive());
    end(1);
    EXPECT_FALSE(cooks.is_alive());
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(ConsumerSupervisorTest, EndsAtOnceWithAProducerThatFails) {
    const auto cooks = supervise(options(2, 1));
    ASSERT_TRUE(orders.stop(StopReason::error("flooded")).has_value());
    settle();
    EXPECT_FALSE(cooks.is_alive());
    EXPECT_THAT(kitchen->working, IsEmpty());
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(ConsumerSupervisorTest, APermanentChildIsRefused) {
    auto how = options(2, 1);
    how.restart = Restart::permanent;
    const auto refused = start_consumer_supervisor<int>(stages, std::move(how));
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, HasSubstr("cannot be permanent"));
}

TEST_F(ConsumerSupervisorTest, MaySubscribeLater) {
    auto how = options(2, 1);
    how.subscribe_to.clear();
    const auto cooks = supervise(std::move(how));
    EXPECT_THAT(kitchen->started, IsEmpty());
    ASSERT_TRUE(ConsumerRef<int>(cooks).subscribe(orders, {.max_demand = 3}).has_value());
    settle();
    EXPECT_EQ(kitchen->started, numbers(0, 3));
}

}  // namespace
}  // namespace quantum
