#pragma once

/// Demand-driven stages: events travel downstream in batches, demand travels upstream, and no stage
/// receives more than it asked for. This header has everything needed to write stages.
///
/// See docs/reference/stages.md.
#include "quantum/detail/stage/dispatchers.hpp"  // IWYU pragma: export
#include "quantum/detail/stage/ref.hpp"          // IWYU pragma: export
#include "quantum/detail/stage/stages.hpp"       // IWYU pragma: export
#include "quantum/detail/stage/system.hpp"       // IWYU pragma: export
#include "quantum/runtime.hpp"                   // IWYU pragma: export
