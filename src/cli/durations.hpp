#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"
#include "simulation/forecast.hpp"

namespace quantum::cli {

/// How long runs take, as a file says it: a line a job, `DURATION [OUTCOME] JOB`.
struct Durations {
    std::map<std::string, simulation::ExpectedRun, std::less<>> runs;
    simulation::ExpectedRun others;  ///< of the line for `*`
    std::vector<config::Diagnostic> problems;
};

/// Reads such a file. `jobs` are the names that may stand there.
[[nodiscard]] Durations parse_durations(std::string_view text,
                                        const std::set<std::string, std::less<>>& jobs);

}  // namespace quantum::cli
