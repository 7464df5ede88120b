#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

#include "run/process/child_context.hpp"
#include "run/process/control_group.hpp"
#include "run/process/spawn.hpp"
#include "run/process/start_handle.hpp"

namespace quantum::run {

/// What stays of a start besides the child.
struct StartedCommand {
    SpawnedChild child;
    uid_t user = 0;                   ///< as whom it runs
    std::vector<std::string> masked;  ///< what its output must not show
    std::optional<ControlGroup> control_group;
};

/// Starts the command of an execution: identity, secrets, environment, limits, input, control
/// group, and the child itself. May wait for files and for the child's exec: not for the event
/// loop. An error says why there is no child.
[[nodiscard]] Result<StartedCommand> start_command(const ChildContext& context,
                                                   const Execution& execution, StartHandle& handle);

}  // namespace quantum::run
