#pragma once

#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "config/load.hpp"

namespace quantum::cli {

/// How the files named on the command line are read, by whoever is to run them or to judge whether
/// they could be run. `zone` empty: the machine's own zone.
/// `pass_env`: names of variables of this program that jobs see too, or "all".
///
/// Errors: a zone that does not exist.
[[nodiscard]] Result<config::LoadOptions> load_options(bool system, const std::string& zone,
                                                       const std::vector<std::string>& pass_env);

}  // namespace quantum::cli
