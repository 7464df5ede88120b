#pragma once

#include <functional>
#include <memory>

#include "quantum/clock.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum {

class OutputSetting;  // quantum/keep_output.hpp
class Runner;

/// Creates a runner that works on a scheduler's own event loop and clock, which outlive it, and
/// keeps output as the scheduler's configuration wants it. The runner is destroyed after that loop
/// has stopped.
using RunnerFactory =
    std::function<std::unique_ptr<Runner>(base::EventLoop&, Clock&, const OutputSetting&)>;

/// Creates a runner from another: one that wraps it, or replaces it. The clock outlives both.
using RunnerWrapper = std::function<std::unique_ptr<Runner>(std::unique_ptr<Runner>, Clock&)>;

}  // namespace quantum
