#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"

namespace quantum::cli {

/// The jobs that a selection means, as the API knows them now. None, and told: there are none, or
/// nothing was selected; `code` is then the exit code.
[[nodiscard]] std::optional<std::vector<std::string>> selected_jobs(ApiLink& link,
                                                                    const JobSelection& selection,
                                                                    int& code);

/// Appends the selector of a bulk request, and how many jobs it is expected to mean.
void append_selector(base::JsonObject& members, std::string& body, const JobSelection& selection,
                     std::size_t expect);

/// Whether what a command is about to do to `count` things is to be done: a single one is; more are
/// asked for on a terminal, and need --yes elsewhere. `what`: "pause 12 jobs". The exit code if it
/// is not, which has been told.
[[nodiscard]] std::optional<int> refuse_without_consent(const Consent& consent, std::size_t count,
                                                        const std::string& what);

/// The note of a change: as given, or asked for on a terminal.
[[nodiscard]] std::string note_of(const std::optional<std::string>& given, bool asks);

/// A line from the terminal after `question`; none: there is no terminal, or no answer.
[[nodiscard]] std::optional<std::string> asked_on_terminal(const std::string& question);

}  // namespace quantum::cli
