#include "config/crontab_line.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/diagnostic.hpp"
#include "config/mutant.hpp"

namespace quantum::config {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool is_quote(char c) { return c == '"' || c == '\''; }

std::size_t skip_spaces(std::string_view line, std::size_t at) {
    while (at < line.size() && is_space(line[at])) {
        ++at;
    }
    return at;
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
    while (at < line.size() && is_blank(line[at])) {
        ++at;
    }
    return at;
}

std::size_t skip_word(std::string_view line, std::size_t at) {
    while (at < line.size() && !is_blank(line[at])) {
        ++at;
    }
    return at;
}

Slice slice(std::string_view line, std::size_t from, std::size_t to) {
    return {line.substr(from, to - from), from};
}

}  // namespace

std::optional<AssignmentText> read_assignment(std::string_view line) {
    AssignmentText result;
    const std::size_t name_begin = skip_blanks(line, 0);
    std::size_t at = name_begin;
    if (at < line.size() && is_quote(line[at])) {
        const std::size_t end = line.find(line[at], at + 1);
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        result.name = line.substr(at + 1, end - at - 1);
        if (result.name.find('=') != std::string::npos) {
            return std::nullopt;
        }
        at = end + 1;
    } else {
        while (at < line.size() && line[at] != '=' && !is_space(line[at])) {
            ++at;
        }
        result.name = line.substr(name_begin, at - name_begin);
    }
    result.name_slice = slice(line, name_begin, at);

    at = skip_spaces(line, at);
    if (at == line.size() || line[at] != '=') {
        return std::nullopt;
    }
    at = skip_spaces(line, at + 1);
    const std::size_t value_begin = at;
    if (at < line.size() && is_quote(line[at])) {
        const std::size_t end = line.find(line[at], at + 1);
        if (end == std::string_view::npos || skip_spaces(line, end + 1) != line.size()) {
            return std::nullopt;
        }
        result.quoted = true;
        result.value = line.substr(at + 1, end - at - 1);
        result.value_slice = slice(line, value_begin, end + 1);
        return result;
    }
    std::size_t end = line.size();
    while (end > value_begin && is_space(line[end - 1])) {
        --end;
    }
    result.value = line.substr(value_begin, end - value_begin);
    result.value_slice = slice(line, value_begin, end);
    return result;
}

std::optional<Finding> explain_broken_assignment(std::string_view line) {
    const std::size_t begin = skip_blanks(line, 0);
    if (begin == line.size()) {
        return std::nullopt;
    }
    const bool quoted_name = is_quote(line[begin]);
    std::size_t at = begin + (quoted_name ? 1 : 0);
    if (at == line.size() || !is_name_start(line[at])) {
        return std::nullopt;
    }
    while (at < line.size() && is_name_part(line[at])) {
        ++at;
    }
    const Slice word = slice(line, begin, at);
    at += quoted_name && at < line.size() && line[at] == line[begin] ? 1 : 0;
    at = skip_spaces(line, at);
    if (at < line.size() && line[at] == '=') {
        at = skip_spaces(line, at + 1);
        if (at == line.size() || !is_quote(line[at])) {
            return std::nullopt;
        }
        const std::size_t end = line.find(line[at], at + 1);
        if (end == std::string_view::npos) {
            return Finding{slice(line, at, line.size()),
                           "the quote at the start of this value is never closed"};
        }
        const std::size_t rest = skip_spaces(line, end + 1);
        return Finding{slice(line, rest, line.size()),
                       "text after the closing quote: cron treats such a line as an entry"
                       "; quote the whole value, and put comments on lines of their own"};
    }
    constexpr std::array<std::string_view, 4> shell_words = {"export", "set", "setenv", "declare"};
    const bool shell_word =
        std::any_of(shell_words.begin(), shell_words.end(),
                    [&word](std::string_view name) { return word.text == name; });
    if (shell_word) {
        return Finding{word, in_quotes(word.text) +
                                 " is shell syntax, not crontab syntax; an "
                                 "assignment is NAME=value"};
    }
    return std::nullopt;
}

EntryText read_entry(std::string_view line, bool system, std::size_t fields) {
    EntryText entry;
    std::size_t at = skip_blanks(line, 0);
    if (at < line.size() && line[at] == '-') {
        entry.quiet = true;
        ++at;
    }
    const std::size_t begin = skip_blanks(line, at);
    at = skip_word(line, begin);
    std::size_t words_left = fields - 1;
    if (begin < line.size() && line[begin] == '@') {
        words_left = line.substr(begin, at - begin) == "@every" &&
                             !mutated(ConfigMutant::every_takes_no_word)
                         ? 1
                         : 0;
    }
    for (; words_left > 0; --words_left) {
        const std::size_t word = skip_blanks(line, at);
        if (word == line.size()) {
            break;
        }
        at = skip_word(line, word);
    }
    entry.schedule = slice(line, begin, at);
    at = skip_blanks(line, at);
    entry.user = {line.substr(line.size()), line.size()};
    if (system && !mutated(ConfigMutant::user_is_part_of_command)) {
        const std::size_t end = skip_word(line, at);
        entry.user = slice(line, at, end);
        at = skip_blanks(line, end);
    }
    entry.command = slice(line, at, line.size());
    return entry;
}

CommandText split_command(std::string_view raw) {
    CommandText result;
    std::size_t at = 0;
    // A backslash protects the character after it; only before `%` does it vanish.
    for (; at < raw.size(); ++at) {
        if (raw[at] == '\\' && at + 1 < raw.size()) {
            if (raw[at + 1] != '%') {
                result.command += '\\';
            }
            result.command += raw[++at];
        } else if (raw[at] == '%') {
            result.percent = at;
            ++at;
            break;
        } else {
            result.command += raw[at];
        }
    }
    if (!result.percent || at == raw.size()) {
        return result;
    }
    // In the input cron knows no escaped backslash: there the pair that counts is always `\%`.
    std::string input;
    for (; at < raw.size(); ++at) {
        if (raw[at] == '\\' && at + 1 < raw.size() && raw[at + 1] == '%' &&
            !mutated(ConfigMutant::escaped_percent_in_input)) {
            input += raw[++at];
        } else {
            input += raw[at] == '%' ? '\n' : raw[at];
        }
    }
    if (input.back() != '\n' && !mutated(ConfigMutant::last_newline_left_out)) {
        input += '\n';
    }
    result.input = std::move(input);
    return result;
}

std::string single_blanks(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (!is_blank(c)) {
            result += c;
        } else if (!result.empty() && result.back() != ' ') {
            result += ' ';
        }
    }
    return result;
}

std::optional<LineFinding> explain_no_text(std::string_view text) {
    if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
        return LineFinding{
            1, {{text.substr(0, 2), 0}, "this is UTF-16 text; crontab files are UTF-8"}};
    }
    const std::size_t at = text.find('\0');
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto before = text.begin() + static_cast<std::ptrdiff_t>(at);
    const auto newlines = static_cast<std::size_t>(std::count(text.begin(), before, '\n'));
    const std::size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t offset = newline == std::string_view::npos ? at : at - newline - 1;
    return LineFinding{
        1 + newlines,
        {{text.substr(at, 1), offset}, "a NUL byte: this is a binary file, not a crontab"}};
}

}  // namespace quantum::config
