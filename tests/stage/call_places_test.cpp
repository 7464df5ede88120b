// Every call of a stage that waits, from everywhere: it works, or fails at once with a reason.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/stages/stage_threads.hpp"
#include "quantum/stages/supervisor.hpp"

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using Answers = std::map<std::string, std::string>;

struct Ping {
    using Reply = int;
};
/// Runs something in the handler.
struct InHandler {
    using Reply = Answers;
    std::function<Answers()> what;
};

/// Both sides of a pipeline in one.
class Hub : public ProducerConsumer<int, int> {
public:
    Reaction<int> handle_events(std::vector<int> events, const Subscription&) override {
        return emit(std::move(events));
    }
    Reaction<int> handle_call(Ping, From<int> from) {
        from.reply(1);
        return none();
    }
    Reaction<int> handle_call(InHandler run, From<Answers> from) {
        from.reply(run.what());
        return none();
    }
    Reaction<int> handle_info(std::string) { return none(); }
};

/// What all of them are asked of, and how long each may wait: for longer than the test if it is not
/// to wait at all.
struct Asked {
    StageSystem* stages;
    StageRef<Hub> hub;
    StageRef<Hub> other;
    SupervisorRef supervisor;
    Duration patience = 10min;
};

template <class T>
std::string answer_of(const Result<T>& result) {
    if (result) return "works";
    return result.error().code == ErrorCode::unavailable ? "unavailable"
           : result.error().code == ErrorCode::timed_out ? "timed_out"
                                                         : result.error().message;
}

const std::map<std::string, std::function<std::string(const Asked&)>>& calls() {
    static const std::map<std::string, std::function<std::string(const Asked&)>> all{
        {"call", [](const Asked& on) { return answer_of(on.hub.call(Ping{}, on.patience)); }},
        {"sync_info",
         [](const Asked& on) {
             return answer_of(on.hub.sync_info(std::string("note"), on.patience));
         }},
        {"subscribe",
         [](const Asked& on) {
             const ConsumerRef<int> consumer = on.hub;
             return answer_of(consumer.subscribe(on.other, {}, on.patience));
         }},
        {"buffered_count",
         [](const Asked& on) {
             const ProducerRef<int> producer = on.hub;
             return answer_of(producer.buffered_count(on.patience));
         }},
        {"demand",
         [](const Asked& on) {
             const ProducerRef<int> producer = on.hub;
             return answer_of(producer.demand(on.patience));
         }},
    };
    return all;
}

Answers try_all(const Asked& asked) {
    Answers answers;
    for (const auto& [name, call] : calls()) answers[name] = call(asked);
    return answers;
}

Answers all(const std::string& answer) {
    Answers answers;
    for (const auto& [name, call] : calls()) answers[name] = answer;
    return answers;
}

/// Those that would end what they are asked of.
Answers try_to_end(const Asked& asked) {
    return {{"wait", answer_of(asked.hub.wait(asked.patience))},
            {"stop", answer_of(asked.hub.stop(StopReason::normal(), asked.patience))},
            {"children", answer_of(asked.supervisor.children(asked.patience))},
            {"stop_child", answer_of(asked.supervisor.stop_child("hub", asked.patience))},
            {"shutdown", answer_of(asked.stages->shutdown(asked.patience))}};
}

struct CallPlaces : testing::TestWithParam<std::size_t> {
    std::unique_ptr<StageThreads> threads = StageThreads::start(GetParam()).value();
    StageSystem stages{threads->runtime(), threads->clock()};
    StageRef<Hub> hub = stages.prepare<Hub>({.name = "hub"});
    SupervisorRef supervisor = start_supervisor(stages, {}, {child(hub)}).value();
    StageRef<Hub> other = stages.start<Hub>().value();
    Asked asked{&stages, hub, other, supervisor};
};

TEST_P(CallPlaces, OutsideAllWork) {
    EXPECT_EQ(try_all(asked), all("works"));
    EXPECT_EQ(answer_of(hub.wait(1ms)), "timed_out");
    EXPECT_EQ(answer_of(supervisor.children(10min)), "works");
    EXPECT_EQ(answer_of(supervisor.stop_child("hub", 10min)), "works");
    EXPECT_EQ(answer_of(stages.shutdown(10min)), "works");
}

TEST_P(CallPlaces, InItsOwnHandlerAllAreRefusedAtOnce) {
    const auto answers = hub.call(InHandler{[this] { return try_all(asked); }}, 1min);
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(*answers, all("unavailable"));
}

TEST_P(CallPlaces, InTheHandlerOfAnotherTheyWorkIfAThreadIsLeft) {
    const std::string expected = GetParam() == 1 ? "unavailable" : "works";
    const auto answers = other.call(InHandler{[this] { return try_all(asked); }}, 1min);
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(*answers, all(expected));
}

TEST_P(CallPlaces, NoHandlerEndsWhatItIsAPartOf) {
    const auto answers = hub.call(InHandler{[this] {
                                      Asked soon = asked;
                                      soon.patience = 1ms;
                                      return try_to_end(soon);
                                  }},
                                  1min);
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(answers->at("wait"), "unavailable");
    EXPECT_EQ(answers->at("stop"), "unavailable");
    EXPECT_EQ(answers->at("shutdown"), "unavailable");
    // The supervisor would answer on another thread, once the child has ended.
    EXPECT_EQ(answers->at("stop_child"), GetParam() == 1 ? "unavailable" : "timed_out");
}

TEST_P(CallPlaces, AfterTheEndAllAreRefusedAtOnce) {
    ASSERT_TRUE(stages.shutdown(10min));
    EXPECT_EQ(try_all(asked), all("unavailable"));
    EXPECT_EQ(answer_of(hub.stop(StopReason::normal(), 10min)), "unavailable");
    EXPECT_EQ(answer_of(hub.wait(10min)), "works");
    EXPECT_EQ(answer_of(supervisor.children(10min)), "unavailable");
    EXPECT_FALSE(stages.start<Hub>());
}

INSTANTIATE_TEST_SUITE_P(Threads, CallPlaces, testing::Values(1U, 3U),
                         [](const auto& row) { return std::to_string(row.param); });

}  // namespace
}  // namespace quantum
