#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantum/storage/storage.hpp"

#include "cli/terminal.hpp"
#include "server/entry_json.hpp"

namespace quantum::cli {

/// Appends an entry of the ledger as a JSON object, without a newline. Members that do not apply
/// are omitted; instants are RFC 3339 in UTC. `attempts` are included if given.
void append_json(std::string& out, const Entry& entry,
                 const std::vector<Attempt>* attempts = nullptr);

/// The outcome in a few words: "succeeded", "failed exit 3", "skipped overlap", "coalesced x12".
[[nodiscard]] std::string outcome_words(const Entry& entry);
[[nodiscard]] std::string outcome_words(const Outcome& outcome);

/// Why it did not succeed, unless the outcome already says so: "timeout of 4s: TERM". A view into
/// the outcome.
[[nodiscard]] std::string_view reason_of(const Outcome& outcome);

using server::has_duration;
using server::has_run;

/// The color in which to show this outcome; empty for none.
[[nodiscard]] std::string_view outcome_color(EntryState state, const Style& style);

}  // namespace quantum::cli
