#pragma once

#include <string>
#include <string_view>

#include "quantum/result.hpp"

#include "run/process/child_main.hpp"
#include "run/process/spawn.hpp"

namespace quantum::run {

/// Why the child of `plan` did not execute its program: what was attempted, and the reason.
[[nodiscard]] Error start_failure(const ChildPlan& plan, const SpawnRequest& request);

/// Why the kernel would not execute a program or make a process, in words that say more than its
/// own.
[[nodiscard]] std::string resource_reason(int error);

/// 'text', as messages name what was given to them.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace quantum::run
