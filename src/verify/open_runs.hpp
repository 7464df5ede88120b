#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "verify/job_records.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// When something of one job was open, as the ledger tells it.
class OpenRuns {
public:
    OpenRuns(const JobRecords& records, const Timeline& timeline);

    /// True if an entry other than `self` was open at some instant of [from, to].
    [[nodiscard]] bool open_during(const Entry& self, WallTime from, WallTime to) const;

    /// How many entries other than `self` waited (claimed, not started) at `instant`, give or take
    /// `slack`; stops counting at `enough`.
    [[nodiscard]] std::size_t waiting_at(const Entry& self, WallTime instant, Duration slack,
                                         std::size_t enough) const;

    /// The latest end of an entry that was open before `instant`; none: there was none.
    [[nodiscard]] std::optional<WallTime> last_end_before(WallTime instant) const;

    /// The latest instant of [from, to] up to which another entry was open; `from` if none was:
    /// when one that had to wait for the others had its turn.
    [[nodiscard]] WallTime others_open_until(const Entry& self, WallTime from, WallTime to) const;

    struct Run {
        const Entry* entry;
        WallTime started;
        WallTime ended;  ///< as far as the ledger knows; far away while it runs
    };
    /// Everything that was started, by its start.
    [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }

    static constexpr WallTime never =
        WallTime(Duration(std::numeric_limits<Duration::rep>::max() / 4));

private:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    struct Open {
        const Entry* entry;
        WallTime from;
        WallTime to;
    };
    // Of the open intervals up to here: those that last longest.
    struct Longest {
        std::size_t first = none;
        std::size_t second = none;
    };

    void add(const Entry& entry, const Timeline& timeline);
    void seal(const Timeline& timeline);

    std::vector<Open> open_;
    std::vector<Longest> longest_;
    std::vector<Open> waiting_;        // and began or gave up
    std::vector<Open> waiting_still_;  // to this day
    std::vector<Run> runs_;
    Duration longest_wait_{};
};

}  // namespace quantum::verify
