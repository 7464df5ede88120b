#pragma once

#include <exception>
#include <string>
#include <vector>

#include "quantum/result.hpp"
#include "quantum/run_strategy.hpp"

namespace quantum::scheduler {

/// The nodes that a run strategy chooses. The fence around it, which may be the user's own code:
/// what it throws is the error.
[[nodiscard]] inline Result<std::vector<std::string>> nodes_of(const RunStrategy& strategy,
                                                               const Placement& placement) {
    try {
        return strategy.nodes(placement);
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::unavailable, thrown.what());
    } catch (...) {
        return fail(ErrorCode::unavailable, "an exception that is not a std::exception");
    }
}

}  // namespace quantum::scheduler
