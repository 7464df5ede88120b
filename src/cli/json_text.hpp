#pragma once

#include <string>
#include <string_view>

#include "quantum/schedule.hpp"

namespace quantum::cli {

/// Appends `text` as a JSON string, quotes included. Bytes that are no UTF-8 become `\xNN`, so
/// that the line is JSON whatever the text was.
void append_json(std::string& out, std::string_view text);

/// Appends `"error":{"field":…,"column":…,"message":…}`.
void append_json(std::string& out, const ScheduleError& error);

}  // namespace quantum::cli
