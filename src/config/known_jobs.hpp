#pragma once

#include <functional>
#include <optional>
#include <string>

#include "quantum/job.hpp"

namespace quantum::config {

/// The definition in force of a name; none where there is no such job. Empty: nothing is known.
using KnownJobs = std::function<std::optional<Job>(const std::string& name)>;

}  // namespace quantum::config
