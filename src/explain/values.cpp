#include "explain/values.hpp"

#include "explain/mutant.hpp"

namespace quantum::explain_detail {

Values::Values(std::uint64_t set, int low, int high) : low_(low), high_(high) {
    for (int value = low; value <= high; ++value) {
        if ((set >> value & 1) == 0) continue;
        if (!runs_.empty() && runs_.back().second == value - 1) {
            runs_.back().second = value;
        } else {
            runs_.emplace_back(value, value);
        }
        values_.push_back(value);
    }
    if (values_.size() < 2) return;
    step_ = values_[1] - values_[0];
    for (std::size_t i = 2; i < values_.size(); ++i) {
        if (values_[i] - values_[i - 1] != step_ && !mutated(ExplainMutant::step_of_two_values))
            step_ = 0;
    }
}

bool Values::covers() const {
    return step_ > 0 && first() - step_ < low_ && last() + step_ > high_;
}

}  // namespace quantum::explain_detail
