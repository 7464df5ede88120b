#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "verify/clock_history.hpp"
#include "verify/row.hpp"

namespace quantum::verify {

/// When something of a job was open, according to the ledger.
class OpenRuns {
public:
    /// `rows` may be in any order; they are kept by pointer.
    OpenRuns(const std::vector<const Row*>& rows, const ClockHistory& timeline);

    /// True if a row other than `self` was open at some instant of [from, to].
    [[nodiscard]] bool open_during(const Row& self, WallTime from, WallTime to) const;

    /// How many rows other than `self` waited (claimed, not started) at `instant`, give or take
    /// `slack`; stops counting at `enough`.
    [[nodiscard]] std::size_t waiting_at(const Row& self, WallTime instant, Duration slack,
                                         std::size_t enough) const;

    /// The latest end of a row that was open before `instant`; none: there was none.
    [[nodiscard]] std::optional<WallTime> last_end_before(WallTime instant) const;

    /// The latest instant in [from, to] up to which another row blocked one that had to wait: it
    /// was open, and not queued behind it. None: there was none.
    [[nodiscard]] std::optional<WallTime> in_the_way_until(const Row& self, WallTime from,
                                                           WallTime to) const;

    struct Run {
        const Row* row;
        WallTime started;
        WallTime ended;  ///< as far as the ledger knows; far away while it runs
    };
    /// Everything that was started, by its start.
    [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }

    /// What may still count for instants at or after `instant`: what is open then or later, and the
    /// two that were open longest before. Of runs in a stretch of time that was seen twice only a
    /// few stand for all.
    [[nodiscard]] std::vector<const Row*> of_interest_from(WallTime instant) const;

    static constexpr WallTime never =
        WallTime(Duration(std::numeric_limits<Duration::rep>::max() / 4));

private:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    struct Open {
        const Row* row;
        WallTime from;
        WallTime to;
        bool repeated = false;  // stands for the whole of a stretch of time that was seen twice
    };
    // Of the open intervals up to here: those that last longest.
    struct Longest {
        std::size_t first = none;
        std::size_t second = none;
    };

    void add(const Row& row, const ClockHistory& timeline);
    void seal(const ClockHistory& timeline);
    void keep_stuck_open();

    std::vector<Open> open_;
    std::vector<Longest> longest_;
    std::vector<Open> waiting_;        // and began or gave up
    std::vector<Open> waiting_still_;  // to this day
    std::vector<Run> runs_;
    Duration longest_wait_{};
};

}  // namespace quantum::verify
