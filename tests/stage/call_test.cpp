#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Add {
    using Reply = int;
    int number;
};
struct AddLater {
    using Reply = int;
    int number;
};
struct Forget {
    using Reply = int;
};
struct ReplyAndStop {
    using Reply = std::string;
};
struct StopWithoutReply {
    using Reply = std::string;
};
struct EmitAndReply {
    using Reply = void;
    std::vector<int> events;
};
struct Throw {
    using Reply = int;
    bool after_reply = false;
};
struct CallYourself {
    using Reply = std::string;
};
struct ReplyAtOnce {
    using Reply = int;
    bool fails = false;
    bool throws = false;
    bool stops = false;
};

using CallNotes = std::vector<std::string>;

class Adder : public Producer<int> {
public:
    explicit Adder(std::shared_ptr<CallNotes> notes = nullptr, bool fails_at_end = false)
        : notes_(std::move(notes)), fails_at_end_(fails_at_end) {}

    void terminate(const StopReason&) override {
        if (notes_) notes_->emplace_back("terminate");
        if (notes_ && waiting_.reply(0)) notes_->emplace_back("replied at the end");
        if (fails_at_end_) throw std::runtime_error("no more");
    }
    Reaction<int> handle_call(ReplyAtOnce request, From<int> from) {
        const bool taken = request.fails ? from.fail_now({ErrorCode::invalid_argument, "not this"})
                                         : from.reply_now(1);
        notes_->emplace_back(taken ? "replied" : "late");
        notes_->emplace_back(from.reply(2) ? "replied twice" : "replied once");
        if (request.throws) throw std::runtime_error("out of ink");
        if (request.stops) return stop(StopReason::normal());
        return emit(numbers(0, 3));
    }
    Reaction<int> handle_demand(std::size_t) override { return none(); }
    Reaction<int> handle_call(Add request, From<int> from) {
        from.reply(sum_ += request.number);
        return none();
    }
    Reaction<int> handle_call(AddLater request, From<int> from) {
        sum_ += request.number;
        waiting_ = std::move(from);
        return none();
    }
    Reaction<int> handle_call(Forget, From<int>) { return none(); }
    Reaction<int> handle_call(ReplyAndStop, From<std::string> from) {
        from.reply("last words");
        return stop(StopReason::normal());
    }
    Reaction<int> handle_call(StopWithoutReply, From<std::string> from) {
        kept_ = std::move(from);
        return stop(StopReason::normal());
    }
    Reaction<int> handle_call(EmitAndReply request, From<void> from) {
        from.reply();
        return emit(std::move(request.events));
    }
    Reaction<int> handle_call(Throw request, From<int> from) {
        if (request.after_reply) from.reply(1);
        throw std::runtime_error("out of paper");
    }
    Reaction<int> handle_call(CallYourself, From<std::string> from) {
        const auto answer = self(*this).call(Add{1});
        from.reply(answer ? "answered" : answer.error().message);
        return none();
    }
    Reaction<int> handle_cast(std::string) {
        late_ = !waiting_.reply(sum_);
        return none();
    }
    Reaction<int> handle_cast(std::shared_ptr<bool> late) {
        *late = late_;
        return none();
    }

private:
    std::shared_ptr<CallNotes> notes_;
    bool fails_at_end_;
    int sum_ = 0;
    bool late_ = false;
    From<int> waiting_;
    From<std::string> kept_;
};

template <class S, class Request>
concept can_call = requires(const StageRef<S>& ref, Request request) {
    ref.call(request);
};
template <class S, class Content>
concept can_cast = requires(const StageRef<S>& ref, Content content) {
    ref.cast(content);
};

// The compiler knows which requests, messages and answers a stage has.
static_assert(can_call<Adder, Add>);
static_assert(!can_call<Adder, std::string>);
static_assert(can_cast<Adder, std::string>);
static_assert(!can_cast<Adder, std::vector<double>>);
static_assert(std::is_same_v<decltype(StageRef<Adder>().call(Add{1})), Result<int>>);

struct CallTest : StageTest {
    StageRef<Adder> adder = start<Adder>({.name = "adder"});
};

TEST_F(CallTest, GivesTheAnswer) {
    EXPECT_EQ(adder.call(Add{2}).value(), 2);
    EXPECT_EQ(adder.call(Add{3}).value(), 5);
}

TEST_F(CallTest, AnAnswerMayComeLaterFromAnotherHandler) {
    std::optional<Result<int>> answer;
    adder.call_then(AddLater{4}, [&](Result<int> got) { answer = std::move(got); });
    settle();
    EXPECT_FALSE(answer.has_value());

    adder.cast(std::string("now"));
    settle();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->value(), 4);
}

TEST_F(CallTest, TimesOutAndDropsTheLateAnswer) {
    const auto answer = adder.call(AddLater{4}, 1ms);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
    EXPECT_THAT(answer.error().message, HasSubstr("stage 'adder'"));

    const auto late = std::make_shared<bool>(false);
    adder.cast(std::string("now"));
    adder.cast(late);
    settle();
    EXPECT_TRUE(*late);
}

TEST_F(CallTest, FailsAtOnceWhenTheRequestIsDropped) {
    const auto answer = adder.call(Forget{});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

TEST_F(CallTest, FailsAtOnceWhenTheStageIsGone) {
    ASSERT_TRUE(adder.stop().has_value());
    const auto answer = adder.call(Add{1});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_THAT(answer.error().message, HasSubstr("gone"));
}

TEST_F(CallTest, FailsWhenTheStageStopsWithTheCallStillInItsMailbox) {
    std::optional<Result<int>> answer;
    adder.ask_to_stop();
    adder.call_then(Add{1}, [&](Result<int> got) { answer = std::move(got); });
    settle();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->error().code, ErrorCode::unavailable);
}

TEST_F(CallTest, AStageMayAnswerAndStop) {
    EXPECT_EQ(adder.call(ReplyAndStop{}).value(), "last words");
    settle();
    EXPECT_FALSE(adder.is_alive());
}

struct LastReplyTest : StageTest {
    std::shared_ptr<CallNotes> notes = std::make_shared<CallNotes>();

    template <class Request>
    void ask(const StageRef<Adder>& stage, Request request) {
        stage.call_then(request, [this](const auto& answer) {
            notes->push_back(answer ? "answered" : answer.error().message);
        });
        settle();
    }
};

// As in GenStage, where the process is done with before the caller hears of it.
TEST_F(LastReplyTest, LeavesAfterTerminateAndBeforeWhoWatchesIsTold) {
    struct Watcher : Consumer<int> {
        Watcher(StageHandle of, std::shared_ptr<CallNotes> notes)
            : of_(std::move(of)), notes_(std::move(notes)) {}
        InitResult init(Options&) override {
            monitor(of_);
            return InitResult::started();
        }
        Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
        Reaction<> handle_down(const Down&) override {
            notes_->emplace_back("down");
            return none();
        }
        StageHandle of_;
        std::shared_ptr<CallNotes> notes_;
    };
    const auto adder = start<Adder>({}, notes);
    start<Watcher>({}, StageHandle(adder), notes);
    settle();
    ask(adder, ReplyAndStop{});
    EXPECT_THAT(*notes, ElementsAre("terminate", "answered", "down"));
}

TEST_F(LastReplyTest, LeavesThoughTerminateFails) {
    ask(start<Adder>({}, notes, true), ReplyAndStop{});
    EXPECT_THAT(*notes, ElementsAre("terminate", "answered"));
}

TEST_F(LastReplyTest, MayBeGivenByTerminateToWhoStillWaits) {
    const auto adder = start<Adder>({}, notes);
    ask(adder, AddLater{1});
    EXPECT_THAT(*notes, testing::IsEmpty());
    adder.ask_to_stop();
    settle();
    EXPECT_THAT(*notes, ElementsAre("terminate", "replied at the end", "answered"));
}

TEST_F(LastReplyTest, ThatIsToLeaveAtOncePrecedesTerminate) {
    ask(start<Adder>({}, notes), ReplyAtOnce{.stops = true});
    EXPECT_THAT(*notes, ElementsAre("answered", "replied", "replied once", "terminate"));
}

TEST_F(LastReplyTest, ThatIsToLeaveAtOnceIsSentThoughTheHandlerThrows) {
    const auto adder = start<Adder>({}, notes);
    ask(adder, ReplyAtOnce{.throws = true});
    EXPECT_THAT(*notes, ElementsAre("answered", "replied", "replied once", "terminate"));
    EXPECT_FALSE(adder.is_alive());
}

TEST_F(LastReplyTest, AnErrorMayLeaveAtOnceToo) {
    ask(start<Adder>({}, notes), ReplyAtOnce{.fails = true});
    EXPECT_THAT(*notes, ElementsAre("not this", "replied", "replied once"));
}

TEST_F(CallTest, AnAnswerMayGoOutBeforeTheEvents) {
    const auto notes = std::make_shared<CallNotes>();
    const auto early = start<Adder>({}, notes);
    const auto got = std::make_shared<Recorder<>::Journal>();
    start<Recorder<>>({.subscribe_to = {{early}}}, got);
    settle();
    bool answered_before_events = false;
    early.call_then(ReplyAtOnce{}, [&](Result<int>) {
        answered_before_events = runtime.is_idle();  // the consumer is not posted yet
    });
    settle();
    EXPECT_TRUE(answered_before_events);
    EXPECT_EQ(got->events(), numbers(0, 3));
}

// A handler without a reaction has nothing to send after which its replies could leave.
TEST_F(CallTest, AReplyOfAHandlerThatReturnsNoReactionDoesNotWaitForTheNext) {
    struct Linger {
        using Reply = int;
    };
    struct Greeter : Consumer<int> {
        Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
        DemandMode handle_subscribed(const Subscription&) override {
            waiting_.reply(7);
            return DemandMode::manual;
        }
        Reaction<> handle_call(Linger, From<int> from) {
            waiting_ = std::move(from);
            return none();
        }
        From<int> waiting_;
    };
    const auto greeter = start<Greeter>();
    std::optional<Result<int>> answer;
    greeter.call_then(Linger{}, [&](Result<int> got) { answer = std::move(got); });
    settle();
    ASSERT_FALSE(answer);
    greeter.subscribe_async(adder);
    settle();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value(), 7);
}

TEST_F(CallTest, AStageMayStopWithoutAnAnswer) {
    EXPECT_EQ(adder.call(StopWithoutReply{}).error().code, ErrorCode::unavailable);
    settle();
    EXPECT_FALSE(adder.is_alive());
}

TEST_F(CallTest, FailsWhenTheHandlerThrows) {
    const auto answer = adder.call(Throw{});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    settle();
    EXPECT_FALSE(adder.is_alive());
    ASSERT_EQ(log.size(), 1u);
    EXPECT_EQ(log[0], "stage stopped stage=stage 'adder' reason=error: out of paper");
}

TEST_F(CallTest, AnAnswerOfAHandlerThatThrowsAfterwardsIsNotGiven) {
    const auto answer = adder.call(Throw{true});
    ASSERT_FALSE(answer.has_value());
    EXPECT_THAT(answer.error().message, HasSubstr("out of paper"));
}

TEST_F(CallTest, AStageCannotWaitForItself) {
    EXPECT_THAT(adder.call(CallYourself{}).value(), HasSubstr("would wait for itself"));
}

TEST_F(CallTest, TheAnswerGoesOutAfterTheEvents) {
    // The consumer is subscribed and has asked; whoever sees the answer finds the events sent.
    const auto got = std::make_shared<Recorder<>::Journal>();
    start<Recorder<>>({.subscribe_to = {{adder}}}, got);
    settle();
    bool answered_before_events = false;
    bool answered = false;
    adder.call_then(EmitAndReply{numbers(0, 3)}, [&](Result<void>) {
        answered = true;
        answered_before_events = runtime.is_idle();  // the consumer was not yet posted
    });
    settle();
    EXPECT_TRUE(answered);
    EXPECT_FALSE(answered_before_events);
    EXPECT_EQ(got->events(), numbers(0, 3));
}

TEST_F(CallTest, OneStageMayNotWaitForAnotherOnTheOnlyThread) {
    struct Relay {
        using Reply = std::string;
        StageRef<Adder> to;
    };
    class Caller : public Consumer<int> {
    public:
        Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
        Reaction<> handle_call(Relay request, From<std::string> from) {
            const auto answer = request.to.call(Add{1});
            from.reply(answer ? "answered" : answer.error().message);
            return none();
        }
    };
    const auto caller = start<Caller>();
    EXPECT_THAT(caller.call(Relay{adder}).value(), HasSubstr("the only thread"));
}

}  // namespace
}  // namespace quantum
