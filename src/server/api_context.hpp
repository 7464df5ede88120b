#pragma once

#include <cstdint>

#include "server/engine.hpp"
#include "server/engine_calls.hpp"
#include "server/event_log.hpp"
#include "server/job_keeper.hpp"

namespace quantum::server {

/// What a list answers at most, and if nobody says how much.
inline constexpr std::int64_t most_rows = 1000;
inline constexpr std::int64_t usual_rows = 100;

/// What the parts of the API share; kept by reference.
struct ApiContext {
    Engine& engine;
    EngineCalls& calls;
    JobKeeper& keeper;
    EventLog& log;
};

}  // namespace quantum::server
