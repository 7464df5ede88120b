#pragma once

/// Everything an embedder needs. What tests need besides is in quantum/testing.hpp.
#include "quantum/clock.hpp"             // IWYU pragma: export
#include "quantum/command.hpp"           // IWYU pragma: export
#include "quantum/execution.hpp"         // IWYU pragma: export
#include "quantum/http_request.hpp"      // IWYU pragma: export
#include "quantum/job.hpp"               // IWYU pragma: export
#include "quantum/ledger.hpp"            // IWYU pragma: export
#include "quantum/log.hpp"               // IWYU pragma: export
#include "quantum/memory_storage.hpp"    // IWYU pragma: export
#include "quantum/noop_storage.hpp"      // IWYU pragma: export
#include "quantum/result.hpp"            // IWYU pragma: export
#include "quantum/run_strategy.hpp"      // IWYU pragma: export
#include "quantum/runner.hpp"            // IWYU pragma: export
#include "quantum/schedule.hpp"          // IWYU pragma: export
#include "quantum/scheduler.hpp"         // IWYU pragma: export
#include "quantum/scheduler_config.hpp"  // IWYU pragma: export
#include "quantum/storage.hpp"           // IWYU pragma: export
#include "quantum/telemetry.hpp"         // IWYU pragma: export
