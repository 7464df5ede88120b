#pragma once

#include <string>

#include "quantum/result.hpp"

namespace quantum::model {

/// Checks that a name is that of a file in the secrets directory, or an absolute path.
[[nodiscard]] Status check_secret_name(const std::string& name);

}  // namespace quantum::model
