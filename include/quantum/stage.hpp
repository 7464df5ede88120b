#pragma once

/// Demand-driven stages: events travel downstream in batches, demand travels upstream, and nobody
/// gets more than it asked for. Everything an author of stages includes.
///
/// See docs/reference/stages.md.
#include "quantum/runtime.hpp"            // IWYU pragma: export
#include "quantum/stage/dispatchers.hpp"  // IWYU pragma: export
#include "quantum/stage/ref.hpp"          // IWYU pragma: export
#include "quantum/stage/stages.hpp"       // IWYU pragma: export
#include "quantum/stage/system.hpp"       // IWYU pragma: export
