#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace quantum::explain_detail {

/// The values of a field from a human point of view.
class Values {
public:
    /// `set` within low … high.
    Values(std::uint64_t set, int low, int high);

    [[nodiscard]] const std::vector<int>& all() const { return values_; }
    [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
    [[nodiscard]] int first() const { return values_.front(); }
    [[nodiscard]] int last() const { return values_.back(); }

    [[nodiscard]] bool one() const { return values_.size() == 1; }
    /// True if it contains every value of the field.
    [[nodiscard]] bool full() const { return count() == high_ - low_ + 1; }
    /// True if it consists of at least three consecutive values.
    [[nodiscard]] bool in_a_row() const { return step_ == 1 && count() >= 3; }
    /// The distance between neighbors if it is constant; otherwise 0.
    [[nodiscard]] int step() const { return step_; }
    /// True if there are equal steps from one end of the field to the other.
    [[nodiscard]] bool covers() const;
    /// True if the steps also fit from the last value to the first one of the next round.
    [[nodiscard]] bool even() const { return covers() && (high_ - low_ + 1) % step_ == 0; }
    /// The distance from the last value to the first one of the next round.
    [[nodiscard]] int gap() const { return high_ - low_ + 1 - last() + first(); }

    /// The first and last values of each run of consecutive values.
    [[nodiscard]] const std::vector<std::pair<int, int>>& runs() const { return runs_; }

private:
    int low_;
    int high_;
    int step_ = 0;
    std::vector<int> values_;
    std::vector<std::pair<int, int>> runs_;
};

}  // namespace quantum::explain_detail
