#pragma once

#include <string>
#include <vector>

#include "quantum/scheduler_config.hpp"

namespace quantum::scheduler {

/// The nodes that are up, as far as the configuration knows: its own, unless it names them.
[[nodiscard]] inline std::vector<std::string> available_nodes(const SchedulerConfig& config) {
    return config.nodes.empty() ? std::vector{config.node} : config.nodes;
}

}  // namespace quantum::scheduler
