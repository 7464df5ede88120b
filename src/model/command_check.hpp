#pragma once

#include "quantum/command.hpp"
#include "quantum/result.hpp"

#include "model/packed_command.hpp"

namespace quantum::model {

/// Like the check of a `Command`, without unpacking it.
[[nodiscard]] Status check_command(const CommandView& command);

}  // namespace quantum::model
