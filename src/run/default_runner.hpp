#pragma once

#include <memory>
#include <string>

#include "quantum/clock.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/function_runner.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/runner_factory.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

struct DefaultRunnerOptions {
    FunctionRunnerOptions functions{};
    OutputSetting output{};  ///< of commands and requests
    std::string node{};
    RunnerFactory http{};  ///< for requests; none: they fail
};

/// What a scheduler runs with if it was given no runner: functions on a thread pool, commands as
/// child processes if the program makes any, HTTP requests if it was given the component.
///
/// The loop and the clock must outlive it. The rules for destroying ChildRunner apply.
[[nodiscard]] std::unique_ptr<Runner> make_default_runner(base::EventLoop& loop, Clock& clock,
                                                          DefaultRunnerOptions options);

}  // namespace quantum::run
