#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

namespace quantum::cli {

/// Appends a line that says why a request of that many bytes is not even read.
void refuse_long_request(std::size_t limit, std::string& out);

/// Appends the answer to one request, a JSON object on a line, as one line of JSON. A blank line
/// is no request. `clock` gives the start where the request names none.
void answer_request(std::string_view line, const Clock& clock, std::string& out);

}  // namespace quantum::cli
