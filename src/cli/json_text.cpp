#include "cli/json_text.hpp"

#include <string>

namespace quantum::cli {

void append_json(std::string& out, std::string_view text) { base::append_json_text(out, text); }

void append_json(std::string& out, const ScheduleError& error) {
    out += "\"error\":{\"field\":";
    append_json(out, error.field);
    out += ",\"column\":" + std::to_string(error.column) + ",\"message\":";
    append_json(out, error.message);
    out += '}';
}

}  // namespace quantum::cli
