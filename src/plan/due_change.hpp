#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

namespace quantum::plan {

/// Consecutive due times that move by the same distance.
struct Move {
    WallTime first;  ///< the first of them, as it was
    std::uint64_t count = 0;
    Duration by{};

    friend bool operator==(const Move&, const Move&) = default;
};

/// How the due times of a job that would run differ between two definitions.
struct DueChange {
    std::uint64_t before = 0;  ///< how many there are in the period
    std::uint64_t after = 0;
    /// There are too many to compare each: `before` and `after` are exact, and so are the first
    /// ones that differ; the rest is not known.
    bool is_counted = false;
    std::uint64_t vanish = 0;  ///< those that have no counterpart
    std::uint64_t appear = 0;
    std::uint64_t moved = 0;  ///< pairs: on their local day there are as many after as before
    std::vector<Move> moves{};
    std::optional<WallTime> first_vanishing{};
    std::optional<WallTime> first_appearing{};
    std::optional<WallTime> next_before{};  ///< the first one of the period, or after it
    std::optional<WallTime> next_after{};

    [[nodiscard]] bool is_none() const {
        return before == after && vanish == 0 && appear == 0 && moved == 0 && !first_vanishing &&
               !first_appearing;
    }
};

/// Where due times are compared.
struct Period {
    WallTime from;   ///< inclusive: when the change would happen
    WallTime until;  ///< exclusive
    /// So many due times of a job are compared one by one.
    std::size_t most = 10'000;
};

/// `before` and `after` as the scheduler would hold them; null: there is no such job. What a pause
/// or an inactive state keeps from running does not count.
[[nodiscard]] DueChange due_change(const Job* before, const Job* after, const Period& period);

}  // namespace quantum::plan
