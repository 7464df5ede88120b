#pragma once

#include <functional>
#include <memory>

#include "quantum/clock.hpp"

namespace quantum {

class EventLoop;
class Runner;

/// Creates a runner that works on a scheduler's own event loop and clock, which outlive it. It is
/// destroyed after that loop has stopped.
using RunnerFactory = std::function<std::unique_ptr<Runner>(EventLoop&, Clock&)>;

}  // namespace quantum
