#pragma once

#include <functional>
#include <memory>

#include "quantum/clock.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum {

class Runner;

/// Creates a runner that works on a scheduler's own event loop and clock, which outlive it. It is
/// destroyed after that loop has stopped.
using RunnerFactory = std::function<std::unique_ptr<Runner>(base::EventLoop&, Clock&)>;

}  // namespace quantum
