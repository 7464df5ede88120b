#pragma once

#include <filesystem>

namespace quantum::cli {

/// What a daemon says of itself.
enum class DaemonPulse : unsigned char {
    none,  ///< there is nobody to ask: no daemon, one that is just starting, or an earlier version
    runs,
    hung,  ///< its control thread does not come to answer, or nobody does
};

/// Asks the daemon behind a socket, and waits two seconds at most.
[[nodiscard]] DaemonPulse daemon_pulse(const std::filesystem::path& socket);

}  // namespace quantum::cli
