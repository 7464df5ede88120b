#include "config/job_name.hpp"

#include <cctype>
#include <cstdint>
#include <filesystem>

#include "quantum/job.hpp"

#include "base/utf8.hpp"
#include "config/command_gist.hpp"
#include "config/crontab_line.hpp"
#include "config/diagnostic.hpp"
#include "config/mutant.hpp"

namespace quantum::config {
namespace {

constexpr std::size_t max_stem = 128;
constexpr std::size_t max_slug = 48;
constexpr std::size_t max_head = 16;
constexpr std::size_t max_tail = 30;

std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    return hash;
}

/// How it begins and how it ends, where commands that begin alike differ; cut between words.
///
/// "rsync-archive-delete-srv-www-a.example.org-volumes-daily" and its weekly sister are
/// "rsync-archive..a.example.org-volumes-daily" and "rsync-archive..a.example.org-volumes-weekly".
std::string shortened(const std::string& slug) {
    std::size_t head = slug.rfind('-', max_head);
    if (head == std::string::npos || head == 0) head = max_head;
    std::size_t tail = slug.find('-', slug.size() - max_tail);
    tail = tail == std::string::npos || tail + 1 == slug.size() ? slug.size() - max_tail : tail + 1;
    return slug.substr(0, head) + ".." + slug.substr(tail);
}

/// Letters and digits in lower case, and what is between them as single dashes.
std::string words_only(std::string_view command) {
    std::string words;
    for (const char c : command) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && (std::isalnum(byte) != 0 || c == '.' || c == '_')) {
            words += static_cast<char>(std::tolower(byte));
        } else if (!words.empty() && words.back() != '-') {
            words += '-';
        }
    }
    while (!words.empty() && words.back() == '-') words.pop_back();
    return words.empty() ? "command" : words;
}

std::string hash_digits(std::string_view command) {
    constexpr std::string_view hex = "0123456789abcdef";
    const std::uint64_t hash = fnv1a(command);
    std::string digits;
    for (unsigned shift = 28; shift != 0; shift -= 4) digits += hex[(hash >> shift) & 0xFU];
    return digits;
}

bool is_control(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    return lead < 0x20 || lead == 0x7F ||
           (lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

}  // namespace

std::string file_stem(std::string_view path) {
    const std::string stem = std::filesystem::path(path).stem().string();
    std::string result;
    for (std::string_view rest = stem; !rest.empty() && result.size() < max_stem;) {
        const std::size_t length = base::utf8_length(rest);
        if (length == 0 || is_control(rest.substr(0, length))) {
            result += '_';
        } else {
            result += rest.substr(0, length);
        }
        rest.remove_prefix(length == 0 ? 1 : length);
    }
    return result.empty() ? "crontab" : result;
}

std::string slug(std::string_view command) {
    const std::string parts = parts_of(command);
    const std::string whole = words_only(parts.empty() ? command : parts);
    if (whole.size() <= max_slug) return whole;
    // What it is known by, in place of what stands around it.
    const std::string gist = words_only(gist_of(command));
    return (gist.size() <= max_slug ? gist : shortened(gist)) + '-' + hash_digits(command);
}

std::optional<std::string_view> name_comment(std::string_view comment) {
    constexpr std::string_view key = "name:";
    auto trim_front = [&comment] {
        while (!comment.empty() && is_blank(comment.front())) {
            comment.remove_prefix(1);
        }
    };
    trim_front();
    if (comment.empty() || comment.front() != '#') {
        return std::nullopt;
    }
    comment.remove_prefix(1);
    trim_front();
    if (comment.substr(0, key.size()) != key) {
        return std::nullopt;
    }
    comment.remove_prefix(key.size());
    trim_front();
    while (!comment.empty() && is_blank(comment.back())) {
        comment.remove_suffix(1);
    }
    return comment;
}

std::string name_fault(std::string_view name) {
    const Status status = Job().set_name(std::string(name));
    return status ? std::string() : status.error().message;
}

bool NameTable::claim(std::string_view name, std::size_t line) {
    if (line_of_.find(name) != nullptr) return false;
    line_of_.add(name, line);
    return true;
}

std::optional<std::size_t> NameTable::take(const std::string& name, std::size_t line) {
    if (claim(name, line)) return std::nullopt;
    return *line_of_.find(name);
}

std::string NameTable::derive(const std::string& name, std::size_t line) {
    if (claim(name, line) || mutated(ConfigMutant::same_number_twice)) return name;
    // Remembered, so that a file with the same command on every line is still read in one pass.
    std::size_t* number = next_number_.find(name);
    if (number == nullptr) number = &next_number_.add(name, 2);
    std::string numbered;
    do {
        numbered = name + '-' + std::to_string((*number)++);
    } while (!claim(numbered, line));
    return numbered;
}

}  // namespace quantum::config
