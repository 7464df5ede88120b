#include "quantum/detail/stage/restart_budget.hpp"

#include "stage/mutant.hpp"

namespace quantum::detail {

bool RestartBudget::take(BootTime now) {
    taken_.push_back(now);
    while (now - taken_.front() > period_ && !mutated(stage::StageMutant::restarts_never_forgotten))
        taken_.pop_front();
    return taken_.size() <= most_ + (mutated(stage::StageMutant::one_restart_too_many) ? 1 : 0);
}

}  // namespace quantum::detail
