#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "quantum/result.hpp"

namespace quantum::compare {

/// The median of a sample, and an interval that holds the true median with at least 95 %
/// confidence.
struct MedianInterval {
    double median = 0;
    double low = 0;
    double high = 0;
};

/// The middle value; of an even number the mean of the two in the middle. At least one value.
[[nodiscard]] double median(std::vector<double> values);

/// At least one value, all above zero.
[[nodiscard]] double geometric_mean(std::span<const double> values);

/// How many of `count` sorted values to go in from either end for a 95 % interval of the median by
/// the sign test: [x(rank), x(count + 1 - rank)], counted from 1. Zero below six values, of which
/// even the whole range holds the median less surely.
[[nodiscard]] std::size_t sign_test_rank(std::size_t count);

/// The interval by the sign test: it presumes nothing of how the values are distributed.
/// Error: invalid_argument below six values.
[[nodiscard]] Result<MedianInterval> median_interval(std::vector<double> values);

}  // namespace quantum::compare
