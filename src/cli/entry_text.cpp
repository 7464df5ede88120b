#include "cli/entry_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "server/entry_json.hpp"

namespace quantum::cli {

void append_json(std::string& out, const Entry& entry, const std::vector<Attempt>* attempts) {
    server::append_entry(out, entry, attempts);
}

std::string outcome_words(const Outcome& outcome) {
    std::string words(to_string(outcome.kind));
    if (outcome.signal != 0) {
        const char* const name = sigabbrev_np(outcome.signal);
        words +=
            name == nullptr ? " signal " + std::to_string(outcome.signal) : std::string(" ") + name;
    } else if (outcome.exit_code && *outcome.exit_code != 0) {
        words += " exit " + std::to_string(*outcome.exit_code);
    }
    return words;
}

std::string outcome_words(const Entry& entry) {
    if (entry.outcome && !entry.open()) return outcome_words(*entry.outcome);
    std::string words(to_string(entry.state));
    const bool is_told = entry.state == EntryState::skipped || entry.state == EntryState::claimed;
    if (is_told && entry.reason != SkipReason::none) {
        words.append(1, ' ').append(to_string(entry.reason));
    }
    if (entry.count > 1) words += " x" + std::to_string(entry.count);
    return words;
}

std::string_view reason_of(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::succeeded) return {};
    // The outcome says so already.
    const bool told = outcome.kind == OutcomeKind::failed && outcome.exit_code &&
                      outcome.reason == "exit code " + std::to_string(*outcome.exit_code);
    return told ? std::string_view() : std::string_view(outcome.reason);
}

std::string_view outcome_color(EntryState state, const Style& style) {
    switch (state) {
        case EntryState::succeeded:
            return style.good();
        case EntryState::failed:
        case EntryState::timed_out:
        case EntryState::killed:
        case EntryState::lost:
            return style.error();
        case EntryState::skipped:
            return style.warning();
        case EntryState::coalesced:
        case EntryState::claimed:
        case EntryState::started:
            break;
    }
    return {};
}

}  // namespace quantum::cli
