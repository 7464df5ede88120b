#pragma once

#include <string>
#include <string_view>

#include "quantum/clock.hpp"

namespace quantum::cli {

/// Appends the answer to one request, a JSON object on a line, as one line of JSON. A blank line
/// is no request. `clock` gives the start where the request names none.
void answer_request(std::string_view line, const Clock& clock, std::string& out);

}  // namespace quantum::cli
