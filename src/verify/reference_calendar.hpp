#pragma once

#include <string_view>

#include "verify/reference_text.hpp"

// systemd's calendar events, read a second time: see verify/reference_text.hpp.
namespace quantum::verify {

/// Of an OnCalendar text. Throws Unreadable where it says something else than a person would read.
[[nodiscard]] ReferenceRule read_calendar(std::string_view text);

}  // namespace quantum::verify
