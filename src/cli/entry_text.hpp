#pragma once

#include <string>

#include "quantum/storage.hpp"

#include "cli/terminal.hpp"

namespace quantum::cli {

/// Appends one entry of the ledger as a JSON object, without a newline. What does not apply to it
/// is left out; instants are RFC 3339 in UTC.
void append_json(std::string& out, const Entry& entry);

/// What became of it, in a word or a few: "succeeded", "failed exit 3", "skipped overlap",
/// "coalesced x12".
[[nodiscard]] std::string outcome_words(const Entry& entry);

/// The colour that this outcome is to be seen in; empty for none.
[[nodiscard]] std::string_view outcome_color(const Entry& entry, const Style& style);

}  // namespace quantum::cli
