#pragma once

#include <string_view>

#include "quantum/http_request.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// Whether the request can be sent as it is written. Error: `invalid_argument`, naming the part,
/// what was found and what is allowed; the values of headers are not shown.
[[nodiscard]] Status check_http_request(const HttpRequest& request);

/// True if both are the same name of a header, which upper and lower case do not tell apart.
[[nodiscard]] bool same_header(std::string_view a, std::string_view b);

}  // namespace quantum
