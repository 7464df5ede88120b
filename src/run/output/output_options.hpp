#pragma once

#include <memory>
#include <string>
#include <vector>

#include "run/output/log_share.hpp"

namespace quantum::run {

/// How the output of runs is processed.
struct OutputOptions {
    bool keep = false;  ///< whether both ends are captured and passed on with the run's end
    /// Where it is kept during the run, in one file each (SpoolReader); created if it does not
    /// exist. Empty: in memory.
    std::string spool_directory{};
    std::shared_ptr<LogShares> log{};   ///< how much is passed on line by line; null: everything
    std::vector<std::string> masked{};  ///< shown as "***", in addition to the secrets of the run
};

}  // namespace quantum::run
