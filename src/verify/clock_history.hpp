#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/interval_set.hpp"

namespace quantum::verify {

/// Whether a due time was missed when it was decided.
enum class Missed : std::uint8_t {
    no,
    perhaps,  ///< too near the edge for the records to tell
    surely,
};

/// One chance of a due time to be decided. Without clock steps each has exactly one.
struct Occurrence {
    std::uint32_t lowest_pass = 0;
    std::uint32_t highest_pass = 0;
    bool required = true;
};

/// What happened to the clock and to the process, as questions about due times.
class ClockHistory {
public:
    ClockHistory(const History& history, const Limits& limits);

    /// The chances of a due time, in the order of the passes. `running`: the schedule goes on at
    /// once when the clock is set back. Empty: a correction of the clock passed over it.
    void occurrences(WallTime due, bool running, std::vector<Occurrence>& result) const;

    /// The chances of a due time of which only this is known: that no schedule of fixed time has it
    /// twice, unless the clock is set back so far that all begin anew.
    void uncertain_occurrences(WallTime due, std::vector<Occurrence>& result) const;

    [[nodiscard]] Missed missed(WallTime due, WallTime decided) const;

    /// True if an outage or a step lies in [from, to] or close to it: lateness is explained.
    [[nodiscard]] bool disturbed(WallTime from, WallTime to) const;

    /// True if the instant was seen twice, the clock having been set back over it: records of it
    /// cannot be put in order by their wall times.
    [[nodiscard]] bool seen_twice(WallTime instant) const;
    [[nodiscard]] const Limits& limits() const { return limits_; }

    /// The first restart during [from, …): when the process died and when it was back.
    [[nodiscard]] const Outage* restart_after(WallTime from) const;

    /// Where a correction of the clock passed over the instant: up to where it did so.
    [[nodiscard]] std::optional<WallTime> passed_over_until(WallTime instant) const;

    /// Due times up to here must have an entry; later ones may.
    [[nodiscard]] WallTime settled_until() const { return settled_until_; }
    /// Beyond this instant nothing is looked at, unless it has a row.
    [[nodiscard]] WallTime horizon() const { return horizon_; }

    struct Window {
        WallTime from;
        WallTime to;
    };
    /// Where the clock was set back: from what it showed then to the latest it ever had shown.
    [[nodiscard]] const std::vector<Window>& repeated() const { return repeated_; }

private:
    // The wall clock between two backward steps.
    struct ClockPass {
        WallTime begin;                   // exclusive
        WallTime used = WallTime::max();  // due times up to here were decided in it
        WallTime end = WallTime::max();   // what the clock showed last
        std::uint32_t pass = 0;
        bool whole = false;         // all schedules begin anew, not only running ones
        bool end_is_vague = false;  // due times just before `end` may have been decided, or not
        WallTime shown = WallTime::min();  // the latest instant shown before it
    };

    void add_step(const StepNote& step, std::optional<WallTime> watermark);
    void add_step_back(const StepNote& step, std::optional<WallTime> watermark);
    void add_occurrences(WallTime due, bool running, std::vector<Occurrence>& result) const;
    // The instant lies before the clock after the era's end, and is shown once more.
    [[nodiscard]] bool comes_again(WallTime due, std::size_t clock_pass) const;
    void add_outage(const Outage& outage);

    Limits limits_;
    std::vector<ClockPass> passes_;
    WallTime used_until_ = WallTime::min();  // as the notes told it so far
    std::vector<Window> corrections_;
    std::vector<Window> repeated_;
    std::vector<WallTime> sure_breaks_;  // where a restart or a forward step ended
    IntervalSet disturbances_;
    IntervalSet seen_twice_;
    IntervalSet recoveries_;  // shortly after a break of any kind
    std::vector<Outage> restarts_;
    WallTime settled_until_ = WallTime::min();
    WallTime horizon_ = WallTime::min();
};

}  // namespace quantum::verify
