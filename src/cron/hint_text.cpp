#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/detail/cron/scanner.hpp"

#include "cron/hint.hpp"

namespace quantum::cron {

namespace {

std::string lowered(std::string_view text) {
    std::string out;
    for (const char c : text) out += detail::lower(c);
    return out;
}

/// The distance of two words: letters added, left out or changed.
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row[b.size()];
}

/// A word that begins with `#`, but for `#2`.
bool has_comment(std::string_view text) {
    for (std::size_t at = text.find('#'); at != text.npos; at = text.find('#', at + 1)) {
        const bool begins = at == 0 || detail::is_blank(text[at - 1]);
        const bool number = at + 1 < text.size() && detail::is_digit(text[at + 1]);
        if (begins && !number) return true;
    }
    return false;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t from = 0;
    while ((from = text.find_first_not_of(" \t", from)) != text.npos) {
        const std::size_t to = std::min(text.find_first_of(" \t", from), text.size());
        words.push_back(text.substr(from, to - from));
        from = to;
    }
    return words;
}

}  // namespace

std::string hint_for_text(std::string_view text, const Rules& rules) {
    if (text.empty()) return "";
    const std::size_t blanks = text.find_first_not_of(" \t");
    const std::string_view start = text.substr(std::min(blanks, text.size()));
    if (start.starts_with('"') || start.starts_with('\'')) return "leave out the quotes";
    if (has(text, "\n") || has(text, "\r")) return "it contains a line break";
    if (has_comment(text)) return "a comment is not part of an expression";
    if (has(text, ", ")) return "a list has no spaces and no trailing comma";
    if (has(text, "- ")) return "a range has no spaces";
    const std::string small = lowered(start.substr(0, 5));
    const bool call =
        small.starts_with("cron(") || small.starts_with("rate(") || small.starts_with("at(");
    if (call && rules.dialect != Dialect::aws) return "this is the syntax of the dialect aws";
    if (small == "every") {
        return rules.dialect == Dialect::aws ? "every 5 minutes is rate(5 minutes)"
                                             : "every 5 minutes is */5 in the minute field";
    }
    if (has(text, "*-*") || (has(text, "..") && has(text, ":"))) {
        return "this looks like the dialect systemd";
    }
    const bool zone = start.starts_with("TZ=") || start.starts_with("CRON_TZ=");
    if (zone && !rules.zone_prefix) {
        return "dialect " + std::string(to_string(rules.dialect)) +
               " has no zone in the expression; specify it separately";
    }
    return "";
}

std::string hint_for_macro(std::string_view what, const Rules& rules) {
    struct Known {
        std::string_view name;
        Macro macro;
        std::string_view dialects;
    };
    constexpr std::string_view most = "every dialect with fields except quartz and aws";
    constexpr std::array<Known, 11> known{{
        {"@yearly", Macro::yearly, most},
        {"@annually", Macro::annually, most},
        {"@monthly", Macro::monthly, most},
        {"@weekly", Macro::weekly, most},
        {"@daily", Macro::daily, most},
        {"@midnight", Macro::midnight, most},
        {"@hourly", Macro::hourly, most},
        {"@minutely", Macro::minutely, "quantum and quantum-extended"},
        {"@secondly", Macro::secondly, "quantum and quantum-extended"},
        {"@reboot", Macro::reboot, "cron, quantum and quantum-extended"},
        {"@every", Macro::every, "cron, kubernetes and seconds"},
    }};
    const std::string word = lowered(what.substr(0, what.find(' ')));
    for (const Known& macro : known) {
        const std::string name(macro.name);
        if (word != name) continue;
        if (!rules.macros.has(macro.macro))
            return name + " belongs to " + std::string(macro.dialects);
        if (what.starts_with(name)) return "nothing may follow " + name;
        return "did you mean " + name + "?";
    }
    constexpr std::size_t longest = 12;
    if (word.size() > longest) return "";
    for (const Known& macro : known) {
        if (rules.macros.has(macro.macro) && edits_between(word, macro.name) <= 2) {
            return "did you mean " + std::string(macro.name) + "?";
        }
    }
    return "";
}

std::string hint_for_days(std::string_view text, const Rules& rules) {
    const std::size_t bracket = text.find('(');
    if (bracket != text.npos) text = text.substr(bracket + 1, text.size() - bracket - 2);
    std::vector<std::string_view> words = words_of(text);
    const std::size_t day_at = rules.first_field == 0 ? 3 : 2;
    const std::size_t weekday_at = day_at + 2;
    if (words.size() <= weekday_at) return "";
    const std::string_view day = words[day_at];
    const std::string_view weekday = words[weekday_at];
    if (day != "*" && weekday != "*" && day != "?") {
        return "a day and a weekday together are two schedules";
    }
    words[day == "?" ? day_at : weekday == "*" ? weekday_at : day_at] = day == "?" ? "*" : "?";
    std::string fields;
    for (const std::string_view word : words) {
        if (!fields.empty()) fields += ' ';
        fields += word;
    }
    if (bracket != text.npos) fields = "cron(" + fields + ")";
    return "did you mean '" + fields + "'?";
}

std::string hint_for_date(std::string_view what) {
    const std::vector<std::string_view> words = words_of(what);
    if (words.size() < 2) return "";
    const std::string month = lowered(words[1]);
    const std::string_view day = words[0];
    if (month == "2" || month == "02" || month == "feb") {
        return day == "29" ? "29 February only exists in leap years"
                           : "February ends on the 28th, in leap years on the 29th";
    }
    return day == "31" ? "these months end on the 30th" : "";
}

}  // namespace quantum::cron
