#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "why/cause.hpp"
#include "zone/zone.hpp"

namespace quantum::cli {

/// Appends an answer as a JSON object, without a newline; instants are RFC 3339 in UTC.
void append_json(std::string& out, const why::Answer& answer);

/// Appends an answer as a few lines: what is asked about and the code, each cause, what these rest
/// on, the due times next to it, and what to do next. `zone`: of the times; null: UTC.
void append_text(std::string& out, const why::Answer& answer, const zone::Zone* zone, WallTime now,
                 const Style& style);

}  // namespace quantum::cli
