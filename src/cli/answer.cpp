#include "cli/answer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "quantum/schedule.hpp"

#include "base/rfc3339.hpp"
#include "cli/commands.hpp"
#include "cli/due_times.hpp"
#include "cli/json_text.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

struct Request {
    std::string expression;
    bool has_expression = false;
    std::string dialect_name = "cron";
    std::string zone = "UTC";
    std::string name;
    bool has_name = false;
    std::optional<std::string> from;
    std::int64_t count = default_count;
};

ScheduleError fault(std::string field, std::string message, std::size_t column = 1) {
    ScheduleError error;
    error.field = std::move(field);
    error.column = column;
    error.message = std::move(message);
    return error;
}

std::string_view kind_name(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "true or false";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_:
            return "a number";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
    }
    return "something else";
}

/// Null means that the key is not given.
tl::expected<void, ScheduleError> read_text(const json::value& value, std::string_view key,
                                            std::string& text) {
    if (!value.is_string()) {
        return tl::unexpected(fault(std::string(key), "'" + std::string(key) + "' is " +
                                                          std::string(kind_name(value)) +
                                                          ", but must be a string"));
    }
    text = value.get_string();
    return {};
}

tl::expected<void, ScheduleError> read_count(const json::value& value, std::int64_t& count) {
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > max_count) {
        return tl::unexpected(fault(
            "count", "'count' must be a whole number from 0 to " + std::to_string(max_count)));
    }
    count = value.get_int64();
    return {};
}

tl::expected<void, ScheduleError> read_member(const json::key_value_pair& member,
                                              Request& request) {
    const std::string_view key(member.key().data(), member.key().size());
    const json::value& value = member.value();
    if (value.is_null() && key != "expr") {
        return {};
    }
    if (key == "expr") {
        request.has_expression = value.is_string();
        return read_text(value, key, request.expression);
    }
    if (key == "dialect") {
        return read_text(value, key, request.dialect_name);
    }
    if (key == "tz") {
        return read_text(value, key, request.zone);
    }
    if (key == "name") {
        request.has_name = true;
        return read_text(value, key, request.name);
    }
    if (key == "from") {
        return read_text(value, key, request.from.emplace());
    }
    if (key == "count") {
        return read_count(value, request.count);
    }
    return tl::unexpected(
        fault(config::printable(key),
              "'" + config::printable(key) +
                  "' is not a key of a request; there are expr, dialect, tz, name, "
                  "from and count"));
}

/// Every member is read, so that the answer can repeat the expression; the first fault counts.
tl::expected<void, ScheduleError> read_request(const json::value& value, Request& request) {
    if (!value.is_object()) {
        return tl::unexpected(fault("", "the line is " + std::string(kind_name(value)) +
                                            "; a request must be a JSON object"));
    }
    tl::expected<void, ScheduleError> result;
    bool expression_named = false;
    for (const json::key_value_pair& member : value.get_object()) {
        expression_named = expression_named || member.key() == "expr";
        auto read = read_member(member, request);
        if (!read && result) {
            result = std::move(read);
        }
    }
    if (result && !expression_named) {
        result = tl::unexpected(fault("expr", "the request has no 'expr'"));
    }
    return result;
}

/// The answer's first members: what the request asked, with what it left open filled in.
void append_request(std::string& out, const Request& request, std::string_view from) {
    out += "{\"expr\":";
    append_json(out, request.expression);
    out += ",\"dialect\":";
    append_json(out, request.dialect_name);
    out += ",\"tz\":";
    append_json(out, request.zone);
    if (request.has_name) {
        out += ",\"name\":";
        append_json(out, request.name);
    }
    out += ",\"from\":";
    append_json(out, from);
    out += ",\"count\":" + std::to_string(request.count);
}

void append_fault(std::string& out, const Request& request, const ScheduleError& error) {
    out += '{';
    if (request.has_expression) {
        out += "\"expr\":";
        append_json(out, request.expression);
        out += ',';
    }
    append_json(out, error);
    out += "}\n";
}

tl::expected<void, ScheduleError> append_answer(std::string& out, const Request& request,
                                                const Clock& clock) {
    const std::optional<Dialect> dialect = dialect_named(request.dialect_name);
    if (!dialect) {
        return tl::unexpected(fault(
            "dialect", "unknown dialect '" + config::printable(request.dialect_name, 40) + "'"));
    }
    std::optional<WallTime> from = clock.wall_now();
    std::string from_text;
    if (request.from) {
        from_text = *request.from;
        from = parse_rfc3339(from_text);
    } else {
        from_text = base::rfc3339(*from);
    }
    if (!from) {
        return tl::unexpected(fault("from", "'" + config::printable(from_text, 40) +
                                                "' is not an RFC 3339 time such as "
                                                "2026-11-22T00:05:00Z"));
    }
    const auto schedule = parse_schedule(
        request.expression, {.dialect = *dialect, .zone = request.zone, .name = request.name});
    if (!schedule) {
        return tl::unexpected(schedule.error());
    }
    append_request(out, request, from_text);
    out += ",\"next\":[";
    const char* separator = "\"";
    each_due_time(*schedule, *from, request.count, [&out, &separator](WallTime due) {
        out += separator;
        out += base::rfc3339(due);
        out += '"';
        separator = ",\"";
    });
    out += "]}\n";
    return {};
}

}  // namespace

void refuse_long_request(std::size_t limit, std::string& out) {
    append_fault(out, {}, fault("", "the line is longer than " + std::to_string(limit) + " bytes"));
}

void answer_request(std::string_view line, const Clock& clock, std::string& out) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
        return;
    }
    json::monotonic_resource memory;
    json::parser parser(&memory);
    json::error_code error;
    Request request;
    const std::size_t read = parser.write(line.data(), line.size(), error);
    if (error) {
        append_fault(out, request, fault("", "no JSON: " + error.message(), read + 1));
        return;
    }
    auto done = read_request(parser.release(), request);
    if (done) {
        done = append_answer(out, request, clock);
    }
    if (!done) {
        append_fault(out, request, done.error());
    }
}

}  // namespace quantum::cli
