#include "cli/api_answer.hpp"

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

bool is_json(const client::Answer& answer) {
    const std::string_view type = answer.header("content-type");
    return type.empty() || type.starts_with("application/json") ||
           type.starts_with("application/problem+json");
}

std::optional<json::object> parsed(const client::Answer& answer) {
    if (answer.body.empty() || !is_json(answer)) return json::object();
    json::error_code error;
    json::value value = json::parse(answer.body, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

const json::value* find(const json::object& object, std::string_view key) {
    return object.if_contains(key);
}

}  // namespace

std::string_view text_of(const json::object& object, std::string_view key) {
    const json::value* const value = find(object, key);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view key) {
    const json::value* const value = find(object, key);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

const json::object* object_of(const json::object& object, std::string_view key) {
    const json::value* const value = find(object, key);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_of(const json::object& object, std::string_view key) {
    const json::value* const value = find(object, key);
    return value == nullptr ? nullptr : value->if_array();
}

std::optional<WallTime> instant_of(const json::object& object, std::string_view key) {
    return parse_rfc3339(text_of(object, key));
}

std::optional<ApiLink> open_link(const ApiPlace& place, Offline offline, int& code) {
    auto link = ApiLink::open(place, offline);
    if (link) return std::move(*link);
    print_error(link.error().message);
    code = link.error().code == ErrorCode::unavailable ? exit_unreachable : exit_failure;
    return std::nullopt;
}

void print_problem(const client::Answer& answer) {
    const auto problem = parsed(answer);
    if (!problem || text_of(*problem, "detail").empty()) {
        print_error("the daemon answered with status " + std::to_string(answer.status));
        return;
    }
    print_error(std::string(text_of(*problem, "detail")));
    const json::array* const errors = array_of(*problem, "errors");
    for (std::size_t at = 1; errors != nullptr && at < errors->size(); ++at) {
        if (const json::object* const error = (*errors)[at].if_object()) {
            print_error(std::string(text_of(*error, "message")));
        }
    }
}

Asked ask(ApiLink& link, client::Question question, ApiLink::Patience patience) {
    Asked asked;
    auto answer = link.ask(std::move(question), patience);
    if (!answer) {
        print_error(answer.error().message);
        asked.code = answer.error().code == ErrorCode::not_found ? exit_unreachable : exit_failure;
        return asked;
    }
    asked.answer = std::move(*answer);
    if (!asked.answer.is_good()) {
        print_problem(asked.answer);
        asked.code = exit_failure;
        return asked;
    }
    auto body = parsed(asked.answer);
    if (!body) {
        print_error("the daemon's answer cannot be read");
        asked.code = exit_failure;
        return asked;
    }
    asked.body = std::move(*body);
    return asked;
}

void tell_offline(ApiLink& link) {
    if (!link.is_offline()) return;
    std::string text = "no daemon is running; this is what the ledger in " +
                       config::printable(link.directory().string(), std::string::npos) + " says";
    if (auto answer = link.ask({.target = "/v1/status"})) {
        const auto status = parsed(*answer);
        const std::string_view until = status ? text_of(*status, "decided_until") : "";
        if (!until.empty()) text.append(", decided up to ").append(until);
    }
    Output note(standard_error);
    note.text() = text + '\n';
    static_cast<void>(note.flush());
}

std::string job_path(std::string_view name) { return "/v1/jobs/" + client::encoded(name); }

}  // namespace quantum::cli
