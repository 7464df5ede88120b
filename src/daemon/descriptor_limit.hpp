#pragma once

#include <optional>

#include "run/process/spawn.hpp"

namespace quantum {

/// Lets this process open as many descriptors as it may need: three a child, and hundreds of
/// children. Gives the limit that held before, for the children; none where nothing changed.
[[nodiscard]] std::optional<DescriptorLimit> raise_descriptor_limit();

}  // namespace quantum
