#pragma once

#include <string>

namespace quantum::zone {

/// The version of the time-zone data on disk, such as "2026a": in `TZDIR`, or the system's. Empty
/// if the data does not contain it. Reads a line of a file each time.
[[nodiscard]] std::string data_version();

}  // namespace quantum::zone
