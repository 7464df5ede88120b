#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantum/result.hpp"

namespace quantum::compare {

enum class Better { lower, higher };

/// One thing that a benchmark measured.
struct Figure {
    std::string name;
    double value = 0;
    std::string unit;
    Better better = Better::lower;

    friend bool operator==(const Figure&, const Figure&) = default;
};

/// What one run of a benchmark found. Reads three forms: the JSON of the benchmark library, that of
/// programs with a table of their own (bench/figures.hpp), and the tables that the scheduler's and
/// the spawner's benchmark printed before they wrote any JSON.
///
/// Floors (`floor/…`, `mutex_queue`, `asio_post`, counters of the bare loop) are left out: they do
/// not depend on the library. Of the benchmark library's times it is the processor's that counts,
/// unless the benchmark asked for real time; of a run with a single iteration only the counters.
/// Counters whose name ends in "/s" are better when higher, all others when lower.
///
/// Errors: corrupt if the text is none of these forms or holds no figure; io_error if a benchmark
/// in it reported one.
[[nodiscard]] Result<std::vector<Figure>> read_figures(std::string_view text);

/// The figure's group, of which the geometric mean is judged: `next/fixed/UTC` of
/// `next/fixed/UTC/0 3 * * *`. A figure of no group is its own.
[[nodiscard]] std::string group_of(std::string_view name);

}  // namespace quantum::compare
