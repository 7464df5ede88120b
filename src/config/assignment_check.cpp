#include "config/assignment_check.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "config/diagnostic.hpp"

namespace quantum::config {
namespace {

bool is_identifier(std::string_view name) {
    return !name.empty() && is_name_start(name.front()) &&
           std::all_of(name.begin(), name.end(), is_name_part);
}

Slice part(const Slice& whole, std::size_t from, std::size_t length) {
    return {whole.text.substr(from, length), whole.offset + from};
}

/// `$NAME`, `${…}`, `$(…)` or a backquote.
std::optional<Slice> expansion(const Slice& value) {
    const std::string_view text = value.text;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '`') {
            return part(value, at, text.size() - at);
        }
        if (text[at] != '$' || at + 1 == text.size()) {
            continue;
        }
        const char next = text[at + 1];
        if (next == '{' || next == '(') {
            const std::size_t end = text.find(next == '{' ? '}' : ')', at);
            return part(value, at, end == std::string_view::npos ? text.size() - at : end + 1 - at);
        }
        if (is_name_start(next)) {
            std::size_t end = at + 1;
            while (end < text.size() && is_name_part(text[end])) {
                ++end;
            }
            return part(value, at, end - at);
        }
    }
    return std::nullopt;
}

/// A `~` where a shell would expand it: in front, or after a colon of a list of paths.
std::optional<Slice> tilde(const Slice& value) {
    const std::string_view text = value.text;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool in_front =
            at == 0 || text[at - 1] == ':' ||
            (at == 1 && !is_blank(text[0]) && (text[0] == '"' || text[0] == '\''));
        const bool alone = at + 1 == text.size() || text[at + 1] == '/' || text[at + 1] == ':';
        if (text[at] == '~' && in_front && alone) {
            return part(value, at, 1);
        }
    }
    return std::nullopt;
}

/// ` #…` in an unquoted value.
std::optional<Slice> comment(const Slice& value) {
    for (std::size_t at = 1; at < value.text.size(); ++at) {
        if (value.text[at] == '#' && is_blank(value.text[at - 1])) {
            return part(value, at, value.text.size() - at);
        }
    }
    return std::nullopt;
}

/// ` NAME=` in an unquoted value, before any comment.
std::optional<Slice> second_assignment(const Slice& value) {
    const std::string_view text = value.text;
    for (std::size_t at = 1; at < text.size() && text[at] != '#'; ++at) {
        if (!is_blank(text[at - 1]) || !is_name_start(text[at])) {
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && is_name_part(text[end])) {
            ++end;
        }
        // Options of a command (`a=b`) are lower case; variables of a crontab hardly ever are.
        const bool upper =
            std::none_of(text.begin() + static_cast<std::ptrdiff_t>(at),
                         text.begin() + static_cast<std::ptrdiff_t>(end),
                         [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; });
        if (end < text.size() && text[end] == '=' && upper) {
            return part(value, at, text.size() - at);
        }
    }
    return std::nullopt;
}

/// A pair of quotes inside an unquoted value.
std::optional<Slice> inner_quotes(const Slice& value) {
    const std::string_view text = value.text;
    const std::size_t open = text.find_first_of("\"'");
    if (open == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t close = text.find(text[open], open + 1);
    if (close == std::string_view::npos) {
        return std::nullopt;
    }
    return part(value, open, close + 1 - open);
}

struct Effect {
    std::string_view name;
    std::string_view message;
    bool also_when_empty = false;
};

constexpr std::array effects = {
    Effect{"MAILTO", "no mail is sent; job output goes to the log"},
    Effect{"LOGNAME", "LOGNAME cannot be set: jobs always see their own user's name", true},
    Effect{"USER", "USER cannot be set: jobs always see their own user's name", true},
    Effect{"TZ", "TZ affects commands only, not due times; CRON_TZ affects those", true},
    Effect{"RANDOM_DELAY",
           "RANDOM_DELAY has no effect: jobs start when they are due; use 'jitter' in a job file"},
    Effect{"SHELL", "SHELL is empty: /bin/sh is used", true},
    Effect{"HOME", "HOME is empty: commands start in this program's working directory", true},
    Effect{"PATH", "PATH is empty: commands must be given with their full path", true},
};

/// SHELL, HOME and PATH are worth a word only when they are empty.
bool only_when_empty(std::string_view name) {
    return name == "SHELL" || name == "HOME" || name == "PATH";
}

}  // namespace

std::vector<Finding> check_assignment(const AssignmentText& assignment) {
    std::vector<Finding> warnings;
    const Slice& value = assignment.value_slice;

    if (assignment.name.empty()) {
        warnings.push_back(
            {{"=", assignment.name_slice.offset}, "an assignment without a name; it is ignored"});
        return warnings;
    }
    if (!is_identifier(assignment.name)) {
        warnings.push_back(
            {assignment.name_slice, "cron treats this line as an assignment, but '" +
                                        printable(assignment.name, 40) +
                                        "' is not a valid name for a shell variable"});
    }
    for (const Effect& effect : effects) {
        const bool empty = assignment.value.empty();
        if (effect.name == assignment.name &&
            (empty ? effect.also_when_empty : !only_when_empty(effect.name))) {
            warnings.push_back({assignment.name_slice, std::string(effect.message)});
        }
    }
    if (const auto where = expansion(value)) {
        warnings.push_back(
            {*where, in_quotes(where->text, 40) + " is kept literally: values are not expanded"});
    }
    if (const auto where = tilde(value)) {
        warnings.push_back({*where, "'~' is kept literally: values are not expanded"});
    }
    if (assignment.quoted) {
        return warnings;
    }
    if (const auto where = comment(value)) {
        warnings.push_back({*where,
                            "this is part of the value: comments must be on lines of their "
                            "own"});
    }
    if (const auto where = second_assignment(value)) {
        warnings.push_back({*where, "this is part of the value of " +
                                        printable(assignment.name, 40) +
                                        ": a line can contain only one assignment"});
    }
    if (const auto where = inner_quotes(value)) {
        warnings.push_back({*where,
                            "these quotes are part of the value: only quotes around the "
                            "whole value are removed"});
    }
    return warnings;
}

}  // namespace quantum::config
