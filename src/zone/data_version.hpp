#pragma once

#include <string>

namespace quantum::zone {

/// The version of the zone data on disk, as "2026a": that of `TZDIR`, or of the system. Empty where
/// the data does not say. Reads a line of a file each time.
[[nodiscard]] std::string data_version();

}  // namespace quantum::zone
