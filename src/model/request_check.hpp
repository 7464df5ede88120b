#pragma once

#include <string_view>

#include "quantum/http_request.hpp"
#include "quantum/result.hpp"

namespace quantum::model {

/// Checks whether the request can be sent as written. Errors: `invalid_argument`, naming the part,
/// what was found and what is allowed; the values of headers are not shown.
[[nodiscard]] Status check_http_request(const HttpRequest& request);

/// True if both are the same header name, ignoring case.
[[nodiscard]] bool same_header(std::string_view a, std::string_view b);

}  // namespace quantum::model
