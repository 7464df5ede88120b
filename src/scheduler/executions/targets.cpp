#include "scheduler/executions/targets.hpp"

#include <algorithm>
#include <utility>

#include "quantum/run_strategy.hpp"

#include "scheduler/executions/strategy_call.hpp"

namespace quantum::scheduler {

std::vector<Target> targets_of(const Job& job, WallTime due, ExecutionState& state,
                               const PlannerOptions& options) {
    const RunStrategy& strategy = *job.run_strategy();
    const bool each = strategy.targets() == RunStrategy::Targets::each;
    auto asked = nodes_of(strategy, {job.name(), due, options.node, options.nodes});
    std::vector<std::string> nodes = asked ? *std::move(asked) : std::vector<std::string>();
    if (!each && nodes.size() > 1) nodes.resize(1);
    std::vector<Target> targets;
    for (std::string& node : nodes) {
        const bool is_up =
            std::find(options.nodes.begin(), options.nodes.end(), node) != options.nodes.end();
        if (std::any_of(targets.begin(), targets.end(),
                        [&](const Target& other) { return *other.node == node; })) {
            continue;
        }
        targets.push_back({state.node_named(std::move(node)), each, is_up});
    }
    if (!targets.empty()) return targets;
    targets.push_back({nullptr, false, false});
    if (!asked) {
        targets[0].thrown = std::make_shared<const std::string>(std::move(asked).error().message);
    }
    return targets;
}

}  // namespace quantum::scheduler
