#pragma once

#include <string>

namespace quantum {

/// What the machine calls itself; "localhost" where it does not say.
[[nodiscard]] std::string host_name();

}  // namespace quantum
