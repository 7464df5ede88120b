#include "quantum/detail/stage/subscription.hpp"

#include <string>

#include "stage/mutant.hpp"

namespace quantum::detail {

Status check_demand(std::size_t max, std::optional<std::size_t> min) {
    if (max == 0) return fail(ErrorCode::invalid_argument, "max_demand: 0 is below 1");
    if (min && (mutated(stage::StageMutant::min_may_be_max) ? *min > max : *min >= max)) {
        return fail(ErrorCode::invalid_argument, "min_demand: " + std::to_string(*min) +
                                                     " is above " + std::to_string(max - 1) +
                                                     ", which is max_demand - 1");
    }
    return {};
}

}  // namespace quantum::detail
