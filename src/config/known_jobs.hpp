#pragma once

#include <functional>
#include <optional>
#include <string>

#include "quantum/job.hpp"

namespace quantum::config {

/// The current definition of a name; none if there is no such job. Empty function: nothing is
/// known.
using KnownJobs = std::function<std::optional<Job>(const std::string& name)>;

}  // namespace quantum::config
