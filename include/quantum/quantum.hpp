#pragma once

/// What a program needs that schedules its own functions. By headers of their own, because they
/// cost time to compile: tasks that are child processes (quantum/command.hpp) or HTTP requests
/// (quantum/http_request.hpp); where jobs and ledger are kept (quantum/storage/storage.hpp,
/// quantum/storage/memory_storage.hpp, quantum/storage/noop_storage.hpp,
/// quantum/storage/sqlite.hpp); runners (quantum/runner/runner.hpp); many jobs put and deleted as
/// one change (quantum/job_changes.hpp); expressions that the compiler checks (quantum/cron.hpp);
/// what tests need besides (quantum/testing.hpp).
#include "quantum/clock.hpp"              // IWYU pragma: export
#include "quantum/coroutine.hpp"          // IWYU pragma: export
#include "quantum/detail/setting.hpp"     // IWYU pragma: export
#include "quantum/detail/shared.hpp"      // IWYU pragma: export
#include "quantum/execution.hpp"          // IWYU pragma: export
#include "quantum/execution_context.hpp"  // IWYU pragma: export
#include "quantum/job.hpp"                // IWYU pragma: export
#include "quantum/job_policies.hpp"       // IWYU pragma: export
#include "quantum/job_spec.hpp"           // IWYU pragma: export
#include "quantum/log.hpp"                // IWYU pragma: export
#include "quantum/result.hpp"             // IWYU pragma: export
#include "quantum/run_strategy.hpp"       // IWYU pragma: export
#include "quantum/schedule.hpp"           // IWYU pragma: export
#include "quantum/scheduler.hpp"          // IWYU pragma: export
#include "quantum/scheduler_config.hpp"   // IWYU pragma: export
#include "quantum/task.hpp"               // IWYU pragma: export
#include "quantum/task_registry.hpp"      // IWYU pragma: export
#include "quantum/telemetry.hpp"          // IWYU pragma: export
