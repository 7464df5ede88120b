// A scheduler in somebody's supervision tree (row S6).
#include "quantum/scheduler_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class SchedulerChild : public testing::Test {
protected:
    SchedulerChild() {
        world_.clock.settle_with([this] {
            while (world_.runtime.run_one() || runtime_.run_one()) {
            }
        });
    }

    World world_;
    SimulatedRuntime runtime_{7};
    StageSystem stages_{runtime_, world_.clock};
};

TEST_F(SchedulerChild, IsStartedAndStoppedWithItsSupervisor) {
    auto top = start_supervisor(stages_, {}, {child(stages_, *world_.scheduler)});
    ASSERT_TRUE(top) << top.error().message;
    EXPECT_EQ(world_.scheduler->state(), SchedulerState::running);
    world_.add(World::job("report", "* * * * *"));
    world_.clock.advance(1min);
    EXPECT_THAT(world_.dues("report"), SizeIs(1));
    ASSERT_TRUE(top->stop());
    EXPECT_EQ(world_.scheduler->state(), SchedulerState::stopped);
}

TEST_F(SchedulerChild, IsStartedAgainWhenItFails) {
    auto top = start_supervisor(stages_, {}, {child(stages_, *world_.scheduler)});
    ASSERT_TRUE(top) << top.error().message;
    world_.add(World::job("report", "* * * * *"));
    bool refused = false;
    world_.gate.fail_with([&](const Batch&) {
        return std::exchange(refused, true) ? StorageGate::Fault::none : StorageGate::Fault::fatal;
    });
    world_.clock.advance(1min);
    EXPECT_TRUE(refused);
    EXPECT_EQ(world_.scheduler->state(), SchedulerState::running);
    world_.clock.advance(1min);
    EXPECT_THAT(world_.ledger("report"), SizeIs(2));
    ASSERT_TRUE(top->stop());
}

TEST_F(SchedulerChild, OneThatIsStartedAlreadyDoesNotStartTheSupervisor) {
    world_.start();
    const auto top = start_supervisor(stages_, {}, {child(stages_, *world_.scheduler)});
    ASSERT_FALSE(top);
    EXPECT_THAT(top.error().message, testing::HasSubstr("already running"));
}

}  // namespace
}  // namespace quantum::test
