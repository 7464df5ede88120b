#pragma once

/// Everything a program needs to schedule its own functions. The following have their own headers,
/// because they take time to compile: tasks that are child processes (quantum/command.hpp) or HTTP
/// requests (quantum/http_request.hpp); storages for jobs and the ledger
/// (quantum/storage/storage.hpp, quantum/storage/memory_storage.hpp,
/// quantum/storage/noop_storage.hpp, quantum/storage/sqlite.hpp); runners
/// (quantum/runner/runner.hpp and its neighbours); putting and deleting many jobs in one change
/// (quantum/job_changes.hpp); expressions checked at compile time (quantum/cron.hpp); support for
/// tests (quantum/testing.hpp). docs/reference/api.md lists all headers.
#include "quantum/clock.hpp"                    // IWYU pragma: export
#include "quantum/coroutine.hpp"                // IWYU pragma: export
#include "quantum/detail/setting.hpp"           // IWYU pragma: export
#include "quantum/detail/shared.hpp"            // IWYU pragma: export
#include "quantum/execution.hpp"                // IWYU pragma: export
#include "quantum/execution_context.hpp"        // IWYU pragma: export
#include "quantum/job.hpp"                      // IWYU pragma: export
#include "quantum/job_policies.hpp"             // IWYU pragma: export
#include "quantum/job_problem.hpp"              // IWYU pragma: export
#include "quantum/job_spec.hpp"                 // IWYU pragma: export
#include "quantum/keep_output.hpp"              // IWYU pragma: export
#include "quantum/log.hpp"                      // IWYU pragma: export
#include "quantum/result.hpp"                   // IWYU pragma: export
#include "quantum/run_strategy.hpp"             // IWYU pragma: export
#include "quantum/runner/function_threads.hpp"  // IWYU pragma: export
#include "quantum/runner/runner_factory.hpp"    // IWYU pragma: export
#include "quantum/schedule.hpp"                 // IWYU pragma: export
#include "quantum/scheduler.hpp"                // IWYU pragma: export
#include "quantum/scheduler_config.hpp"         // IWYU pragma: export
#include "quantum/task.hpp"                     // IWYU pragma: export
#include "quantum/task_registry.hpp"            // IWYU pragma: export
#include "quantum/telemetry.hpp"                // IWYU pragma: export
