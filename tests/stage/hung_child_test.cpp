#include <future>
#include <latch>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/stages/supervisor.hpp"

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "stage/asio_runtime.hpp"
#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Lines noted by any thread.
class Notes {
public:
    void add(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// Notes its end. `Hang` does not return before its latch is open.
class HangingChild : public Consumer<int> {
public:
    struct Hang {
        std::shared_ptr<std::promise<void>> entered;
        std::shared_ptr<std::latch> until;
    };
    HangingChild(std::string id, std::shared_ptr<Notes> notes)
        : id_(std::move(id)), notes_(std::move(notes)) {}
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_cast(Hang hang) {
        hang.entered->set_value();
        hang.until->wait();
        return none();
    }
    void terminate(const StopReason& reason) override {
        notes_->add("end " + id_ + " " + reason.to_string());
    }

private:
    std::string id_;
    std::shared_ptr<Notes> notes_;
};

std::string line_of(std::string_view message, std::span<const LogField> fields) {
    std::string line(message);
    for (const LogField& field : fields) line.append(" ").append(field.value);
    return line;
}

struct HungChildTest : StageTest {
    std::shared_ptr<Notes> notes = std::make_shared<Notes>();
    StageRef<HangingChild> a = stages.prepare<HangingChild>({.name = "a"}, std::string("a"), notes);
    StageRef<HangingChild> b = stages.prepare<HangingChild>({.name = "b"}, std::string("b"), notes);
    StageRef<HangingChild> c = stages.prepare<HangingChild>({.name = "c"}, std::string("c"), notes);

    SupervisorRef supervise(Strategy strategy = Strategy::one_for_one) {
        return start_supervisor(stages, {.name = "top", .strategy = strategy},
                                {child(a, {.shutdown = 10ms}), child(b, {.shutdown = 10ms}),
                                 child(c, {.shutdown = 10ms})})
            .value();
    }
    void hold(const StageHandle& stage) {
        runtime.hold([held = stage.cell().get()](const Runnable& work) { return &work == held; });
    }
    void release() {
        runtime.hold({});
        settle();
    }
};

TEST_F(HungChildTest, ShutdownWaitsItsTimeAndNotLongerAndGoesOnInReverse) {
    const auto top = supervise();
    settle();
    hold(b);
    top.ask_to_stop();
    settle();
    clock.advance(9999us);
    settle();
    EXPECT_THAT(notes->lines(), ElementsAre("end c shutdown"));
    EXPECT_TRUE(a.is_alive());
    EXPECT_TRUE(top.is_alive());
    EXPECT_THAT(log, IsEmpty());

    clock.advance(1us);
    settle();
    EXPECT_THAT(notes->lines(), ElementsAre("end c shutdown", "end a shutdown"));
    EXPECT_FALSE(top.is_alive());
    EXPECT_THAT(log, ElementsAre(HasSubstr("did not stop in time, killed stage=stage 'b'")));
    EXPECT_EQ(stages.size(), 1u);

    // The handler it was in is its last: no `terminate`.
    release();
    EXPECT_FALSE(b.is_alive());
    EXPECT_EQ(notes->lines().size(), 2u);
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(HungChildTest, EachHungChildHasItsOwnTime) {
    const auto top = supervise();
    settle();
    runtime.hold([this](const Runnable& work) {
        return &work == a.cell().get() || &work == b.cell().get() || &work == c.cell().get();
    });
    top.ask_to_stop();
    for (const char* late : {"'c'", "'b'", "'a'"}) {
        SCOPED_TRACE(late);
        settle();
        EXPECT_TRUE(top.is_alive());
        const std::size_t before = log.size();
        clock.advance(10ms);
        settle();
        ASSERT_EQ(log.size(), before + 1);
        EXPECT_THAT(log.back(), HasSubstr(late));
    }
    EXPECT_FALSE(top.is_alive());
    release();
    EXPECT_EQ(stages.size(), 0u);
}

TEST_F(HungChildTest, ARestartWaitsForTheHandlerOfAKilledChild) {
    // Its object must be gone before a new one may be made in its place.
    const auto top = supervise(Strategy::one_for_all);
    settle();
    hold(b);
    a.cell()->crash(CrashPoint::before_handler);
    a.cast(HangingChild::Hang{});
    settle();
    clock.advance(10ms);
    settle();
    EXPECT_THAT(notes->lines(), ElementsAre("end a error: injected crash", "end c shutdown"));
    EXPECT_THAT(log.back(), HasSubstr("did not stop in time, killed stage=stage 'b'"));
    EXPECT_TRUE(top.is_alive());

    release();
    const auto children = top.children().value();
    ASSERT_EQ(children.size(), 3u);
    for (const ChildInfo& each : children) EXPECT_TRUE(each.running) << each.id;
    EXPECT_EQ(notes->lines().size(), 2u);
}

TEST(HungChildOnThreadsTest, ABlockedHandlerHoldsUpNobodyElse) {
    base::EventLoop loop;
    const auto clock = base::SystemClock::create(loop).value();
    stage::AsioRuntime runtime(loop, 2);
    const auto notes = std::make_shared<Notes>();
    const auto log = std::make_shared<Notes>();
    StageSystem stages(runtime, *clock,
                       [log](LogLevel, std::string_view message, std::span<const LogField> fields) {
                           log->add(line_of(message, fields));
                       });
    loop.start(2);
    std::vector<StageRef<HangingChild>> workers;
    std::vector<ChildSpec> children;
    for (const char* id : {"a", "b", "c"}) {
        workers.push_back(stages.prepare<HangingChild>({.name = id}, std::string(id), notes));
        children.push_back(child(workers.back(), {.shutdown = id == std::string("b") ? 20ms : 1h}));
    }
    const auto top = start_supervisor(stages, {}, children).value();

    const auto entered = std::make_shared<std::promise<void>>();
    const auto until = std::make_shared<std::latch>(1);
    workers[1].cast(HangingChild::Hang{entered, until});
    entered->get_future().wait();
    EXPECT_TRUE(top.stop(StopReason::shutdown(), 1min).has_value());
    EXPECT_THAT(notes->lines(), ElementsAre("end c shutdown", "end a shutdown"));
    EXPECT_THAT(log->lines(), ElementsAre(HasSubstr("did not stop in time, killed stage 'b'")));
    EXPECT_EQ(stages.size(), 1u);

    until->count_down();
    EXPECT_TRUE(stages.shutdown(1min).has_value());
    EXPECT_EQ(notes->lines().size(), 2u);
    loop.stop();
}

}  // namespace
}  // namespace quantum
