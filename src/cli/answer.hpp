#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

namespace quantum::cli {

/// Appends a line that says why a request of this size was not read.
void refuse_long_request(std::size_t limit, std::string& out);

/// Appends the response to a request, a JSON object on one line, as one line of JSON. A blank line
/// is not a request. `clock` is used if the request does not name a start.
void answer_request(std::string_view line, const Clock& clock, std::string& out);

}  // namespace quantum::cli
