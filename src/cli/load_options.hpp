#pragma once

#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "config/load.hpp"

namespace quantum::cli {

/// Options for reading the files named on the command line, either to run them or to check whether
/// they could be run. `zone` empty: the machine's zone.
/// `pass_env`: names of this program's environment variables that jobs also get, or "all".
///
/// Errors: a zone that does not exist.
[[nodiscard]] Result<config::LoadOptions> load_options(bool system, const std::string& zone,
                                                       const std::vector<std::string>& pass_env);

}  // namespace quantum::cli
