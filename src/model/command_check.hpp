#pragma once

#include "quantum/command.hpp"
#include "quantum/result.hpp"

#include "model/packed_command.hpp"

namespace quantum {

/// As of a `Command`; nothing is unfolded for it.
[[nodiscard]] Status check_command(const CommandView& command);

}  // namespace quantum
