#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace quantum::compare {

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t size = values.size();
    // Halved first, infinite values stay what they are.
    return values[(size - 1) / 2] / 2 + values[size / 2] / 2;
}

double geometric_mean(std::span<const double> values) {
    double logs = 0;
    for (const double value : values) logs += std::log(value);
    return std::exp(logs / static_cast<double>(values.size()));
}

std::size_t sign_test_rank(std::size_t count) {
    // Each value lies below the true median with probability 1/2, so the number that do is
    // binomial. The interval misses the median if fewer than `rank` lie on one side: 2.5 % each at
    // most.
    const auto n = static_cast<double>(count);
    double below = 0;
    std::size_t rank = 0;
    for (; rank < count; ++rank) {
        const auto k = static_cast<double>(rank);
        below += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) -
                          n * std::log(2.0));
        if (below > 0.025) break;
    }
    return rank;
}

Result<MedianInterval> median_interval(std::vector<double> values) {
    const std::size_t rank = sign_test_rank(values.size());
    if (rank == 0) {
        return fail(
            ErrorCode::invalid_argument,
            "a 95 % interval needs at least 6 values, here are " + std::to_string(values.size()));
    }
    std::sort(values.begin(), values.end());
    const double low = values[rank - 1];
    const double high = values[values.size() - rank];
    return MedianInterval{median(std::move(values)), low, high};
}

}  // namespace quantum::compare
