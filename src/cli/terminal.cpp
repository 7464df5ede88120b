#include "cli/terminal.hpp"

#include <algorithm>
#include <cstdlib>

#include <unistd.h>

#include "base/utf8.hpp"
#include "cli/terminal_text.hpp"
#include "cli/text_width.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

constexpr std::size_t shown_before = 40;
constexpr std::size_t shown_after = 60;
constexpr std::string_view indent = "    ";

bool no_color() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread starts
    const char* variable = std::getenv("NO_COLOR");
    return variable != nullptr && *variable != '\0';
}

/// The bytes of the character at `at`: one where there is no character.
std::size_t character_length(std::string_view text, std::size_t at) {
    return std::max<std::size_t>(base::utf8_length(text.substr(at)), 1);
}

/// How a terminal shows one character of a file: a tab as one blank, what it would obey as \xNN.
std::string shown(std::string_view character) {
    return character == "\t" ? " " : config::printable(character);
}

/// Columns a terminal gives to `character` as `shown`: bytes of ASCII text, else one.
std::size_t width_of(std::string_view character, std::string_view shown_as) {
    return static_cast<unsigned char>(shown_as.front()) < 0x80 || character.empty()
               ? shown_as.size()
               : 1;
}

}  // namespace

std::size_t columns_of(std::string_view text) { return text_width(text); }

Style::Style(int descriptor)
    : terminal_(::isatty(descriptor) == 1), color_(terminal_ && !no_color()) {}

std::string_view Style::error() const {
    static const std::string order = terminal_order("\x1b[1;31m");
    return color_ ? order : std::string_view();
}

std::string_view Style::warning() const {
    static const std::string order = terminal_order("\x1b[1;33m");
    return color_ ? order : std::string_view();
}

std::string_view Style::good() const {
    static const std::string order = terminal_order("\x1b[32m");
    return color_ ? order : std::string_view();
}

std::string_view Style::strong() const {
    static const std::string order = terminal_order("\x1b[1m");
    return color_ ? order : std::string_view();
}

std::string_view Style::plain() const {
    static const std::string order = terminal_order("\x1b[0m");
    return color_ ? order : std::string_view();
}

void append_excerpt(std::string& out, std::string_view line, std::size_t column, std::size_t length,
                    const Style& style) {
    const std::size_t mark = std::min(column - 1, line.size());
    const std::size_t mark_end = std::min(mark + length, line.size());
    std::string text;
    std::string carets;
    std::size_t at = 0;
    if (mark > shown_before) {
        // Begins between characters: continuation bytes are 10xxxxxx.
        at = mark - shown_before;
        while (at < mark && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) {
            ++at;
        }
        text += "…";
        carets += ' ';
    }
    const std::size_t end = std::min(line.size(), mark + shown_after);
    while (at < end) {
        const std::size_t size = character_length(line, at);
        const std::string_view character = line.substr(at, size);
        const std::string as = shown(character);
        text += as;
        if (at < mark_end) {
            carets.append(width_of(character, as), at < mark ? ' ' : '^');
        }
        at += size;
    }
    if (at < line.size()) {
        text += "…";
    }
    if (mark == mark_end) {
        carets += '^';
    }
    out += indent;
    out += text;
    out += '\n';
    out += indent;
    out += style.error();
    out += carets;
    out += style.plain();
    out += '\n';
}

}  // namespace quantum::cli
