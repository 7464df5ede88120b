#pragma once

#include <string>

namespace quantum {

/// The host name of the machine; "localhost" if it has none.
[[nodiscard]] std::string host_name();

}  // namespace quantum
