#pragma once

/// Everything needed for tests in simulated time: link quantum::testing.
///
/// A scheduler built on these runs a year of schedules in seconds, and the same seed gives the same
/// run:
///
///     SimulatedClock clock(start);
///     SimulatedRuntime runtime(seed);
///     ScriptedRunner runner(clock);
///     MemoryStorage storage;
///     Scheduler scheduler({clock, runtime, storage, runner});
///     clock.settle_with([&] { runtime.run_until_idle(); });
#include "quantum/storage/memory_storage.hpp"     // IWYU pragma: export
#include "quantum/storage/noop_storage.hpp"       // IWYU pragma: export
#include "quantum/testing/fault.hpp"              // IWYU pragma: export
#include "quantum/testing/scripted_runner.hpp"    // IWYU pragma: export
#include "quantum/testing/simulated_clock.hpp"    // IWYU pragma: export
#include "quantum/testing/simulated_runtime.hpp"  // IWYU pragma: export
#include "quantum/testing/simulation.hpp"         // IWYU pragma: export
