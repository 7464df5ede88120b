#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

struct PlannerOptions {
    Duration misfire_after = std::chrono::seconds(5);
    std::size_t first_slice = 256;      ///< small, so that the first start is early
    std::size_t slice = 4096;           ///< with a ledger: what one commit takes
    std::size_t unstored_slice = 1024;  ///< without a ledger: what the cache holds
    bool keeps_ledger = true;
    std::string node = "local";
    std::vector<std::string> nodes{"local"};  ///< those that are up
};

}  // namespace quantum::scheduler
