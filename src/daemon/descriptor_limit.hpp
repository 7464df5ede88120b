#pragma once

#include <optional>

#include "run/process/spawn.hpp"

namespace quantum::daemon {

/// Raises this process's limit of open descriptors as far as it may need: three per child, for
/// hundreds of children. Returns the previous limit, for the children; none if nothing changed.
[[nodiscard]] std::optional<run::DescriptorLimit> raise_descriptor_limit();

}  // namespace quantum::daemon
