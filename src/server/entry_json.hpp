#pragma once

#include <string>
#include <vector>

#include "quantum/storage/storage.hpp"

namespace quantum::server {

/// Appends an entry of the ledger as a JSON object, without a newline. Members that do not apply
/// are omitted; instants are RFC 3339 in UTC. `attempts` are included if given.
void append_entry(std::string& out, const Entry& entry,
                  const std::vector<Attempt>* attempts = nullptr);

/// True if it has started, as far as known, or has ended because it could not start.
[[nodiscard]] bool has_run(const Entry& entry);

/// True if it started and is known to have ended, so that its duration is known.
[[nodiscard]] bool has_duration(const Entry& entry);

}  // namespace quantum::server
