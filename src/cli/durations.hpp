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

/// How long runs take, as given in a file with one line per job: `DURATION [OUTCOME] JOB`.
struct Durations {
    std::map<std::string, simulation::ExpectedRun, std::less<>> runs;
    simulation::ExpectedRun others;  ///< from the line for `*`
    std::vector<config::Diagnostic> problems;
};

/// Parses such a file. `jobs` are the allowed names.
[[nodiscard]] Durations parse_durations(std::string_view text,
                                        const std::set<std::string, std::less<>>& jobs);

}  // namespace quantum::cli
