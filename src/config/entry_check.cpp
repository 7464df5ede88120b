#include "config/entry_check.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "config/diagnostic.hpp"

namespace quantum::config {
namespace {

/// "1-5", "?", "*/2": what a time field looks like and no command does.
bool looks_like_field(std::string_view word) {
    const bool field_characters = std::all_of(word.begin(), word.end(), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '*' || c == ',' ||
               c == '-' || c == '/' || c == '?';
    });
    return !word.empty() && field_characters && word.front() != '/' && word.front() != '-';
}

}  // namespace

std::string_view first_word(std::string_view text) {
    return text.substr(0, std::min(text.size(), text.find_first_of(" \t")));
}

std::optional<Slice> find_extension(const Slice& schedule) {
    constexpr std::string_view blanks = " \t";
    constexpr std::size_t day = 2;
    constexpr std::size_t weekday = 4;
    const std::string_view text = schedule.text;
    if (text.empty() || text.front() == '@') {
        return std::nullopt;
    }
    std::size_t field = 0;
    for (std::size_t at = 0; at < text.size(); ++field) {
        const std::size_t field_end = std::min(text.size(), text.find_first_of(blanks, at));
        while (at < field_end) {
            const std::size_t end = std::min(field_end, text.find(',', at));
            const std::string_view part = text.substr(at, end - at);
            const std::size_t slash = part.find('/');
            const bool single_step =
                slash != std::string_view::npos &&
                part.substr(0, slash).find_first_of("*-~") == std::string_view::npos;
            // JUL and WED are names; a letter of ours stands elsewhere.
            const bool letter =
                (field == day && part.find_first_of("LlWw") != std::string_view::npos) ||
                (field == weekday && !part.empty() &&
                 (part.back() == 'L' || part.back() == 'l' ||
                  part.find('#') != std::string_view::npos));
            if (single_step || letter) {
                return Slice{part, schedule.offset + at};
            }
            at = std::min(field_end, end + 1);
        }
        at = std::min(text.size(), text.find_first_not_of(blanks, field_end));
    }
    return std::nullopt;
}

std::string field_hint(const EntryText& entry, const CrontabOptions& options) {
    if (options.dialect != Dialect::cron) {
        // Its last field would be the command.
        const std::size_t last = entry.schedule.text.find_last_of(" \t");
        const bool has_fields = entry.schedule.text.starts_with('@') ||
                                last == std::string_view::npos ||
                                looks_like_field(entry.schedule.text.substr(last + 1));
        return has_fields ? "" : "; with --dialect seconds there are six time fields";
    }
    const Slice& rest = options.system ? entry.user : entry.command;
    if (!looks_like_field(first_word(rest.text))) return {};
    return "; if the first field is seconds, use --dialect seconds";
}

std::vector<Finding> check_entry(const EntryText& entry, const CommandText& command,
                                 const CrontabOptions& options) {
    std::vector<Finding> findings;
    const std::string_view text = entry.command.text;
    const std::size_t offset = entry.command.offset;
    const bool is_cron = options.dialect == Dialect::cron;
    if (const auto extension = is_cron ? find_extension(entry.schedule) : std::nullopt) {
        findings.push_back({*extension, in_quotes(extension->text, 40) +
                                            " is an extension that cron itself rejects"});
    }
    const std::string_view word = first_word(text);
    if (looks_like_field(word)) {
        findings.push_back({{word, offset},
                            "the command begins with '" + printable(word, 40) +
                                "', which looks like " + (is_cron ? "a sixth" : "a seventh") +
                                " time field" + field_hint(entry, options)});
    }
    if (!options.system && word.size() < text.size() &&
        (word == "root" || (!word.empty() && word == options.account))) {
        findings.push_back({{word, offset},
                            "the command begins with the user name '" + printable(word, 40) +
                                "'; use --system for crontabs with user names"});
    }
    if (command.percent) {
        findings.push_back({{text.substr(*command.percent), offset + *command.percent},
                            "'%' ends the command, the rest is its standard input; write "
                            "'\\%' for a percent sign"});
    } else if (!text.empty() && text.back() == '\\') {
        findings.push_back({{text.substr(text.size() - 1), offset + text.size() - 1},
                            "a backslash at the end of the line: crontab lines cannot be "
                            "continued"});
    }
    return findings;
}

}  // namespace quantum::config
