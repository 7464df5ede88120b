#include "cli/json_text.hpp"

#include <boost/json/serialize.hpp>

#include "base/utf8.hpp"
#include "cli/mutant.hpp"
#include "config/diagnostic.hpp"
#include "daemon/log_text.hpp"

namespace quantum::cli {
namespace {

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = base::utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
    if (is_utf8(text) || mutated(CliMutant::bytes_pass_in_json)) {
        // What a terminal would obey is escaped in it too.
        static_cast<void>(daemon::append_json(out, text));
    } else {
        out += boost::json::serialize(
            boost::json::string_view(config::printable(text, std::string_view::npos)));
    }
}

void append_json(std::string& out, const ScheduleError& error) {
    out += "\"error\":{\"field\":";
    append_json(out, error.field);
    out += ",\"column\":" + std::to_string(error.column) + ",\"message\":";
    append_json(out, error.message);
    out += '}';
}

void JsonObject::begin(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    append_json(out_, key);
    out_ += ':';
}

void JsonObject::text(std::string_view key, std::string_view value) {
    begin(key);
    append_json(out_, value);
}

void JsonObject::number(std::string_view key, std::int64_t value) {
    begin(key);
    out_ += std::to_string(value);
}

void JsonObject::boolean(std::string_view key, bool value) {
    begin(key);
    out_ += value ? "true" : "false";
}

void JsonObject::null(std::string_view key) {
    begin(key);
    out_ += "null";
}

}  // namespace quantum::cli
