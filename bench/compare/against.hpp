#pragma once

#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "figure.hpp"
#include "statistics.hpp"

namespace quantum::compare {

/// One run of each commit, one right after the other.
struct Pair {
    std::vector<Figure> old_run;
    std::vector<Figure> new_run;
};

struct AgainstOptions {
    double within = 5;  ///< per cent
    bool each = false;  ///< every figure apart, no groups
};

enum class Verdict {
    within,  ///< the interval does not lie wholly above the bound
    faster,  ///< it lies wholly below the bound of the other side
    slower,  ///< it lies wholly above the bound
};

/// What became of one figure, or of the geometric mean of a group.
struct Row {
    std::string name;
    std::string unit;
    double old_value = 0;  ///< median over the pairs
    double new_value = 0;
    MedianInterval ratio;  ///< new/old as cost, so that above 1 is always worse: rates are inverted
    Verdict verdict = Verdict::within;
    bool open = false;  ///< within, but the interval reaches above the bound as well
};

struct Comparison {
    std::vector<Row> rows;               ///< in the order of the first run
    std::vector<std::string> one_sided;  ///< figures that only one of both commits has

    [[nodiscard]] bool any_slower() const;
};

/// The verdict on an interval of a ratio.
[[nodiscard]] Verdict judge(const MedianInterval& ratio, double within);

/// Error: invalid_argument with fewer than six pairs, or when no figure is common to all of them.
[[nodiscard]] Result<Comparison> compare_pairs(const std::vector<Pair>& pairs,
                                               const AgainstOptions& options);

/// Lines of at most 100 columns, under a heading.
[[nodiscard]] std::string table_of(const std::string& title, const Comparison& comparison,
                                   std::size_t pairs, const AgainstOptions& options);

}  // namespace quantum::compare
