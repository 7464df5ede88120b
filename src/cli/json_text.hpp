#pragma once

#include <string>
#include <string_view>

#include "quantum/schedule.hpp"

#include "base/json_text.hpp"

namespace quantum::cli {

using base::JsonArray;
using base::JsonObject;

/// Appends `text` as a JSON string, including the quotes. Bytes that are not valid UTF-8 become
/// `\xNN`, so that the line is always valid JSON.
void append_json(std::string& out, std::string_view text);

/// Appends `"error":{"field":…,"column":…,"message":…}`.
void append_json(std::string& out, const ScheduleError& error);

}  // namespace quantum::cli
