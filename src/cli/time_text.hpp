#pragma once

#include "times/short_text.hpp"
#include "times/time_text.hpp"

// Times as text, by the names that the commands use.
namespace quantum::cli {

using times::brief;
using times::format_local;
using times::offset_at;
using times::parse_duration;
using times::parse_rfc3339;
using times::weekday_name;

}  // namespace quantum::cli
