#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantum/storage/storage.hpp"

#include "cli/terminal.hpp"

namespace quantum::cli {

/// Appends one entry of the ledger as a JSON object, without a newline. What does not apply to it
/// is left out; instants are RFC 3339 in UTC. `attempts`: appended too where they are given.
void append_json(std::string& out, const Entry& entry,
                 const std::vector<Attempt>* attempts = nullptr);

/// What became of it, in a word or a few: "succeeded", "failed exit 3", "skipped overlap",
/// "coalesced x12".
[[nodiscard]] std::string outcome_words(const Entry& entry);
[[nodiscard]] std::string outcome_words(const Outcome& outcome);

/// Why it did not succeed, where the outcome's words do not say it: "timeout of 4s: TERM".
/// A view of the outcome.
[[nodiscard]] std::string_view reason_of(const Outcome& outcome);

/// It has begun, as far as anybody knows, or ended as one that could not.
[[nodiscard]] bool has_run(const Entry& entry);

/// It began and is known to have ended: how long it took is known.
[[nodiscard]] bool has_duration(const Entry& entry);

/// The colour that this outcome is to be seen in; empty for none.
[[nodiscard]] std::string_view outcome_color(EntryState state, const Style& style);

}  // namespace quantum::cli
