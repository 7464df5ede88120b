// `quantum next --batch`: JSON lines in, JSON lines out, one answer a request and in their order.
#include "cli/batch.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/json.hpp>
#include <unistd.h>

#include "quantum/schedule.hpp"

#include "base/event_loop.hpp"
#include "base/rfc3339.hpp"
#include "base/system_clock.hpp"
#include "cli/commands.hpp"
#include "cli/due_times.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_request = std::size_t{1024} * 1024;
constexpr std::size_t write_at = std::size_t{256} * 1024;

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
                                                          ", it must be a string"));
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
    return tl::unexpected(fault(config::printable(key),
                                "'" + config::printable(key) +
                                    "' is no key of a request; there are expr, dialect, tz, name, "
                                    "from and count"));
}

/// Every member is read, so that the answer can repeat the expression; the first fault counts.
tl::expected<void, ScheduleError> read_request(const json::value& value, Request& request) {
    if (!value.is_object()) {
        return tl::unexpected(fault(
            "", "the line is " + std::string(kind_name(value)) + ", a request is a JSON object"));
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
        return tl::unexpected(
            fault("dialect",
                  "there is no dialect '" + config::printable(request.dialect_name, 40) + "'"));
    }
    std::optional<WallTime> from = clock.wall_now();
    std::string from_text;
    if (request.from) {
        from_text = *request.from;
        from = parse_rfc3339(from_text);
    } else {
        from_text = rfc3339(*from);
    }
    if (!from) {
        return tl::unexpected(fault("from", "'" + config::printable(from_text, 40) +
                                                "' is no RFC 3339 time such as "
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
        out += rfc3339(due);
        out += '"';
        separator = ",\"";
    });
    out += "]}\n";
    return {};
}

/// Cuts a stream into lines; a line that is too long is reported and skipped, not kept.
class Batch {
public:
    explicit Batch(const Clock& clock) : clock_(clock) {}

    /// Takes in what was read, and answers every line that is whole.
    void feed(std::string_view bytes, Output& out) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            const std::string_view part = bytes.substr(0, end);
            if (end == std::string_view::npos) {
                keep(part);
                return;
            }
            if (line_.empty() && !too_long_) {
                answer(part, out);
            } else {
                keep(part);
                finish(out);
            }
            bytes.remove_prefix(end + 1);
        }
    }

    /// Answers a last line without a newline.
    void finish(Output& out) {
        if (too_long_) {
            append_fault(
                out.text(), {},
                fault("", "the line is longer than " + std::to_string(max_request) + " bytes"));
        } else {
            answer(line_, out);
        }
        line_.clear();
        too_long_ = false;
    }

private:
    void keep(std::string_view part) {
        too_long_ = too_long_ || line_.size() + part.size() > max_request;
        if (too_long_) {
            line_.clear();
        } else {
            line_ += part;
        }
    }

    void answer(std::string_view line, Output& out) {
        answer_request(line, clock_, out.text());
        if (out.text().size() >= write_at) {
            static_cast<void>(out.flush());  // a failure shows at the next one
        }
    }

    const Clock& clock_;
    std::string line_;
    bool too_long_ = false;
};

}  // namespace

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

int next_batch(const BatchOptions& /*options*/) {
    EventLoop loop;
    const auto clock = SystemClock::create(loop);
    if (!clock) {
        complain(clock.error().message);
        return exit_failure;
    }
    Output out(standard_output);
    Batch batch(**clock);
    const std::unique_ptr<char[]> buffer(new char[write_at]);
    for (;;) {
        // Whoever waits for an answer before the next question gets it: nothing is kept back
        // while this process waits for input.
        if (!out.flush()) {
            return exit_failure;
        }
        const ssize_t count = ::read(STDIN_FILENO, buffer.get(), write_at);
        if (count > 0) {
            batch.feed({buffer.get(), static_cast<std::size_t>(count)}, out);
        } else if (count == 0) {
            batch.finish(out);
            return out.flush() ? exit_ok : exit_failure;
        } else if (errno != EINTR) {
            complain("standard input: cannot read: " + std::system_category().message(errno));
            return exit_failure;
        }
    }
}

}  // namespace quantum::cli
