#include "quantum/runner/combined_runner.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/http_request.hpp"
#include "quantum/runner/function_runner.hpp"

#include "run/run_fixture.hpp"

namespace quantum::run {
namespace {

/// What a NotingRunner was asked for; outlives it.
struct Asked {
    std::vector<std::vector<Execution>> spans;
    std::vector<ExecutionId> stopped;
    std::size_t moved = 0;
    std::size_t adopted = 0;
};

class NotingRunner final : public Runner {
public:
    NotingRunner(Asked& asked, std::string said = {}) : asked_(asked), said_(std::move(said)) {}

    void start(std::span<const Execution> executions, RunObserver&) override {
        asked_.spans.emplace_back(executions.begin(), executions.end());
    }
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override {
        asked_.moved += executions.size();
        start(executions, observer);
    }
    void stop(const ExecutionId& execution, StopSignal) override {
        asked_.stopped.push_back(execution);
    }
    void adopt(std::span<const Execution> executions, RunObserver&) override {
        asked_.adopted += executions.size();
    }
    std::shared_ptr<const CapturedOutput> output_so_far(const ExecutionId&) override {
        if (said_.empty()) return nullptr;
        return std::make_shared<const CapturedOutput>(CapturedOutput{said_, {}, said_.size()});
    }

private:
    Asked& asked_;
    std::string said_;
};

struct CombinedRunnerTest : testing::Test {
    Asked functions;
    Asked commands;
    Asked requests;
    RunRecorder recorder;
    const Execution f = execution_of(Function([] {}));
    const Execution h = execution_of(HandlerCall{"h", ""});
    const Execution c = execution_of(shell("true"));
    const Execution r = execution_of(HttpRequest{.url = "https://example.org/"});

    RunnersByTask all() {
        return {.functions = std::make_unique<NotingRunner>(functions),
                .commands = std::make_unique<NotingRunner>(commands, "half a line"),
                .requests = std::make_unique<NotingRunner>(requests)};
    }
};

TEST_F(CombinedRunnerTest, SendsEachExecutionToTheRunnerOfItsKindInRuns) {
    CombinedRunner runner(all());
    runner.start(std::vector{f, h, c, c, f, r}, recorder);
    ASSERT_EQ(functions.spans.size(), 2U);
    EXPECT_EQ(functions.spans[0].size(), 2U);
    EXPECT_EQ(functions.spans[1].size(), 1U);
    ASSERT_EQ(commands.spans.size(), 1U);
    EXPECT_EQ(commands.spans[0].size(), 2U);
    ASSERT_EQ(requests.spans.size(), 1U);
    runner.stop(c.id, StopSignal::kill);
    EXPECT_EQ(commands.stopped, std::vector{c.id});
}

TEST_F(CombinedRunnerTest, FunctionsAloneAreMoved) {
    CombinedRunner runner(all());
    runner.start_moved({f, h}, recorder);
    EXPECT_EQ(functions.moved, 2U);
    runner.start_moved({f, c}, recorder);
    EXPECT_EQ(functions.moved, 2U);
    EXPECT_EQ(functions.spans.size(), 2U);
    EXPECT_EQ(commands.spans.size(), 1U);
}

TEST_F(CombinedRunnerTest, WhatAnEarlierProcessLeftIsForTheRunnerOfCommands) {
    CombinedRunner runner(all());
    runner.adopt(std::vector{f, c}, recorder);
    EXPECT_EQ(commands.adopted, 2U);
    EXPECT_EQ(functions.adopted, 0U);

    CombinedRunner without({.functions = std::make_unique<NotingRunner>(functions)});
    without.adopt(std::vector{f}, recorder);
    EXPECT_EQ(recorder.of(f).outcome.kind, OutcomeKind::lost);
}

TEST_F(CombinedRunnerTest, WithoutARunnerForItATaskFailsWithAReason) {
    CombinedRunner only_functions({.functions = std::make_unique<NotingRunner>(functions)});
    only_functions.start(std::vector{c, r}, recorder);
    EXPECT_EQ(functions.spans.at(0).size(), 2U) << "it says why it cannot run them";

    CombinedRunner only_commands({.commands = std::make_unique<NotingRunner>(commands)});
    only_commands.start_moved({f}, recorder);
    EXPECT_EQ(recorder.of(f).outcome.kind, OutcomeKind::failed);
    EXPECT_EQ(recorder.of(f).outcome.reason, "there is no runner for this kind of task");
    only_commands.stop(f.id, StopSignal::terminate);
}

TEST_F(CombinedRunnerTest, OutputSoFarComesFromWhicheverHasIt) {
    CombinedRunner runner(all());
    ASSERT_TRUE(runner.output_so_far(c.id));
    EXPECT_EQ(runner.output_so_far(c.id)->head, "half a line");
}

struct CombinedHandlersTest : LoopTest {};

TEST_F(CombinedHandlersTest, AreThoseOfTheRunnerForFunctions) {
    auto known = std::make_unique<FunctionRunner>(
        *clock,
        FunctionRunnerOptions{.handlers = {{"h", [](ExecutionContext&, std::string_view) {}}}});
    CombinedRunner runner({.functions = std::move(known)});
    EXPECT_TRUE(runner.has_handler("h"));
    EXPECT_FALSE(runner.has_handler("later"));
    EXPECT_TRUE(runner.add_handler(
        "later", std::make_shared<const Handler>([](ExecutionContext&, std::string_view) {})));
    EXPECT_TRUE(runner.has_handler("later"));

    CombinedRunner without({});
    EXPECT_FALSE(without.has_handler("h"));
    EXPECT_FALSE(without.add_handler("h", nullptr));
}

}  // namespace
}  // namespace quantum::run
