#pragma once

#include <string>

#include "quantum/result.hpp"

namespace quantum {

/// A file in the directory of secrets, or an absolute path.
[[nodiscard]] Status check_secret_name(const std::string& name);

}  // namespace quantum
