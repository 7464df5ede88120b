#pragma once

#include <string>

namespace quantum::daemon {

/// The host name of the machine; "localhost" if it has none.
[[nodiscard]] std::string host_name();

}  // namespace quantum::daemon
