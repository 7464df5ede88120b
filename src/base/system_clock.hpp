#pragma once

#include "quantum/system_clock.hpp"

#include "base/event_loop.hpp"
#include "base/kernel_timers.hpp"

namespace quantum::base {

using quantum::SystemClock;

}  // namespace quantum::base
