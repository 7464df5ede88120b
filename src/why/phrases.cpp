#include "why/phrases.hpp"

#include <cstring>

#include "model/short_id.hpp"

namespace quantum::why {

std::string Phrases::run(const Entry& entry) const {
    return model::short_id(entry.id) + " of " + at(entry.due);
}

std::string Phrases::end(const Outcome& outcome) {
    if (outcome.signal != 0) {
        const char* const name = sigabbrev_np(outcome.signal);
        return name == nullptr ? "signal " + std::to_string(outcome.signal) : name;
    }
    if (outcome.exit_code) return "exit " + std::to_string(*outcome.exit_code);
    return std::string(to_string(outcome.kind));
}

std::string Phrases::counted(std::uint64_t number, std::string_view noun) {
    std::string text = std::to_string(number) + ' ';
    text += noun;
    return number == 1 ? text : text + 's';
}

std::string Phrases::quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? '\'' : c;
    return quoted + '"';
}

}  // namespace quantum::why
