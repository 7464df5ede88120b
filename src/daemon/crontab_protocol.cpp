#include "daemon/crontab_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "config/read_file.hpp"

namespace quantum::daemon {
namespace {

constexpr std::string_view greeting = "QUANTUM-CRONTAB 1 ";
constexpr std::size_t longest_head = 128;
constexpr std::size_t longest_tag = 32;

std::optional<std::size_t> length_of(std::string_view text) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return length;
}

/// Takes a word off the front of a line.
std::string_view next_word(std::string_view& line) {
    const std::size_t end = std::min(line.size(), line.find(' '));
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(line.size(), end + 1));
    return word;
}

constexpr std::array<std::pair<std::string_view, CrontabAnswer::Kind>, 3> answer_words{
    {{"DONE", CrontabAnswer::Kind::done},
     {"NONE", CrontabAnswer::Kind::none},
     {"REFUSED", CrontabAnswer::Kind::refused}}};

}  // namespace

bool CrontabRequestReader::refuse(std::string why) {
    fault_ = std::move(why);
    return false;
}

bool CrontabRequestReader::take(std::string_view bytes) {
    if (is_whole_) return true;
    bytes_ += bytes;
    if (!left_) {
        if (!take_head()) return fault_.empty();
    }
    const std::size_t taken = std::min(*left_, bytes_.size());
    request_.text.append(bytes_, 0, taken);
    bytes_.erase(0, taken);
    *left_ -= taken;
    is_whole_ = *left_ == 0;
    return true;
}

bool CrontabRequestReader::take_head() {
    const std::size_t end = bytes_.find('\n');
    if (end == std::string::npos || end > longest_head) {
        return bytes_.size() <= longest_head ? false : refuse("this is no request");
    }
    const std::string head = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    std::string_view rest = head;
    if (!rest.starts_with(greeting)) {
        return refuse("this is no request of a version that this program knows");
    }
    rest.remove_prefix(greeting.size());
    const std::string_view verb = next_word(rest);
    left_ = 0;
    if (verb == "READ" && rest.empty()) {
        request_.kind = CrontabRequest::Kind::read;
    } else if (verb == "REMOVE" && rest.empty()) {
        request_.kind = CrontabRequest::Kind::remove;
    } else if (verb == "REPLACE") {
        request_.kind = CrontabRequest::Kind::replace;
        left_ = length_of(next_word(rest));
        if (!left_ || rest.empty() || rest.size() > longest_tag) return refuse("no such request");
        if (*left_ > config::max_user_crontab) {
            return refuse("larger than 256 KiB, which is too large for a crontab");
        }
        if (rest != "-") request_.tag = rest;
    } else {
        return refuse("no such request");
    }
    return true;
}

std::string to_bytes(const CrontabRequest& request) {
    std::string bytes(greeting);
    switch (request.kind) {
        case CrontabRequest::Kind::read:
            return bytes + "READ\n";
        case CrontabRequest::Kind::remove:
            return bytes + "REMOVE\n";
        case CrontabRequest::Kind::replace:
            break;
    }
    bytes += "REPLACE " + std::to_string(request.text.size()) + ' ' +
             (request.tag.empty() ? "-" : request.tag) + '\n';
    return bytes + request.text;
}

std::string to_bytes(const CrontabAnswer& answer) {
    std::string bytes(answer_words.at(static_cast<std::size_t>(answer.kind)).first);
    bytes += ' ' + std::to_string(answer.text.size()) + ' ' +
             (answer.tag.empty() ? "-" : answer.tag) + '\n';
    return bytes + answer.text;
}

std::optional<CrontabAnswer> answer_in(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view head = bytes.substr(0, end);
    const std::string_view word = next_word(head);
    const auto length = length_of(next_word(head));
    const auto* const known = std::find_if(answer_words.begin(), answer_words.end(),
                                           [word](const auto& one) { return one.first == word; });
    const std::string_view text = bytes.substr(end + 1);
    if (known == answer_words.end() || length != text.size() || head.empty()) return std::nullopt;
    return CrontabAnswer{known->second, std::string(text),
                         head == "-" ? std::string() : std::string(head)};
}

}  // namespace quantum::daemon
