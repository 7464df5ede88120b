#include "server/call.hpp"

#include <charconv>
#include <functional>

#include <boost/json.hpp>

#include "config/diagnostic.hpp"
#include "config/quantity.hpp"
#include "server/instant.hpp"

namespace quantum::server {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_line = 300;

std::string_view text_of(const json::value& value) {
    return {value.get_string().data(), value.get_string().size()};
}

}  // namespace

Call::Call(Request request, Reply reply)
    : request_(std::move(request)),
      line_(std::string(to_string(request_.method)) + ' ' +
            config::printable(request_.target.substr(0, request_.target.find('?')), longest_line)),
      reply_(std::move(reply)) {}

Call::~Call() {
    if (!reply_) return;
    looks_.clear();  // they belong to a thread that this need not be
    fail(ProblemKind::stopped, "The scheduler ended before the request was answered.");
}

void Call::answer(Response response) {
    if (!reply_) return;
    for (const auto& look : looks_) look(response);
    const Reply reply = std::exchange(reply_, nullptr);
    reply(std::move(response));
}

void Call::answer(unsigned status, std::string json_text) {
    Response response;
    response.status = status;
    response.body = std::move(json_text);
    response.body += '\n';
    answer(std::move(response));
}

void Call::on_answer(std::function<void(const Response&)> look) {
    looks_.push_back(std::move(look));
}

std::optional<std::string_view> Call::query(std::string_view name) const {
    for (const auto& [key, value] : target.query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

std::vector<std::string_view> Call::queries(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : target.query) {
        if (key == name) values.emplace_back(value);
    }
    return values;
}

void Call::refuse(std::string pointer, std::string message) {
    wrong_.push_back({std::move(pointer), std::move(message), {}});
}

std::optional<std::int64_t> Call::number(std::string_view name, std::int64_t least,
                                         std::int64_t most) {
    const auto text = query(name);
    if (!text) return std::nullopt;
    std::int64_t value = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, value);
    if (error == std::errc() && rest == end && value >= least && value <= most) return value;
    refuse('?' + std::string(name), std::string(name) + " must be a whole number from " +
                                        std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

std::optional<WallTime> Call::instant(std::string_view name) {
    const auto text = query(name);
    if (!text) return std::nullopt;
    const auto value = parse_instant(*text);
    if (!value) {
        refuse('?' + std::string(name),
               std::string(name) + " must be an instant such as 2026-11-22T00:05:00Z");
    }
    return value;
}

bool Call::flag(std::string_view name) {
    const auto text = query(name);
    if (!text || *text == "false") return false;
    if (*text != "true") {
        refuse('?' + std::string(name), std::string(name) + " must be true or false");
    }
    return *text == "true";
}

std::optional<Duration> Call::duration(std::string_view name) {
    const auto text = query(name);
    if (!text) return std::nullopt;
    const auto value = config::parse_duration(*text);
    if (!value) {
        refuse('?' + std::string(name), std::string(name) + " must be a duration such as 1h30m");
    }
    return value;
}

const json::value* Call::member(std::string_view name) const {
    const json::value* const value = body.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Call::body_text(std::string_view name) {
    const json::value* const value = member(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(text_of(*value));
    refuse('/' + std::string(name), std::string(name) + " must be a string");
    return {};
}

std::optional<WallTime> Call::body_instant(std::string_view name) {
    const json::value* const value = member(name);
    if (value == nullptr) return std::nullopt;
    const auto instant =
        value->is_string() ? parse_instant(text_of(*value)) : std::optional<WallTime>();
    if (!instant) {
        refuse('/' + std::string(name),
               std::string(name) + " must be an instant such as \"2026-11-22T00:05:00Z\"");
    }
    return instant;
}

std::optional<std::int64_t> Call::body_number(std::string_view name) {
    const json::value* const value = member(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64() && value->get_int64() >= 0) return value->get_int64();
    refuse('/' + std::string(name), std::string(name) + " must be a whole number, not below 0");
    return std::nullopt;
}

std::optional<Duration> Call::body_duration(std::string_view name) {
    const json::value* const value = member(name);
    if (value == nullptr) return std::nullopt;
    const auto duration =
        value->is_string() ? config::parse_duration(text_of(*value)) : std::optional<Duration>();
    if (!duration) {
        refuse('/' + std::string(name),
               std::string(name) + " must be a duration such as \"1h30m\"");
    }
    return duration;
}

std::vector<std::string> Call::body_texts(std::string_view name) {
    std::vector<std::string> texts;
    const json::value* const value = member(name);
    if (value == nullptr) return texts;
    const json::array* const list = value->if_array();
    for (std::size_t at = 0; list != nullptr && at < list->size(); ++at) {
        if (!(*list)[at].is_string()) {
            refuse('/' + std::string(name) + '/' + std::to_string(at), "must be a string");
            return {};
        }
        texts.emplace_back(text_of((*list)[at]));
    }
    if (list == nullptr) {
        refuse('/' + std::string(name), std::string(name) + " must be a list of strings");
    }
    return texts;
}

bool Call::body_flag(std::string_view name) {
    const json::value* const value = member(name);
    if (value == nullptr) return false;
    if (value->is_bool()) return value->get_bool();
    refuse('/' + std::string(name), std::string(name) + " must be true or false");
    return false;
}

bool Call::has_failed() {
    if (wrong_.empty()) return is_answered();
    Problem problem{ProblemKind::malformed, wrong_.front().message + '.'};
    problem.errors = std::exchange(wrong_, {});
    fail(problem);
    return true;
}

}  // namespace quantum::server
