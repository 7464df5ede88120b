#pragma once

#include <string>
#include <vector>

#include "quantum/scheduler_config.hpp"

namespace quantum::scheduler {

/// The nodes that are up, according to the configuration: its own node, unless it lists nodes.
[[nodiscard]] inline std::vector<std::string> available_nodes(const SchedulerConfig& config) {
    return config.nodes.empty() ? std::vector{config.node} : config.nodes;
}

}  // namespace quantum::scheduler
