#pragma once

#include "server/change_routes.hpp"
#include "server/daemon_routes.hpp"
#include "server/definition_routes.hpp"
#include "server/event_routes.hpp"
#include "server/job_routes.hpp"
#include "server/record_routes.hpp"
#include "server/run_routes.hpp"
#include "server/token_routes.hpp"

namespace quantum::server {

/// Those who answer, by what they answer about. The table of routes leads to their methods.
struct ApiParts {
    JobRoutes jobs;
    DefinitionRoutes definitions;
    ChangeRoutes changes;
    RunRoutes runs;
    RecordRoutes records;
    DaemonRoutes daemon;
    EventRoutes events;
    TokenRoutes tokens;
};

}  // namespace quantum::server
