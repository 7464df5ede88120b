#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/execution_book.hpp"
#include "scheduler/round.hpp"
#include "scheduler/timeline.hpp"

namespace quantum::scheduler {

struct RoundOptions {
    Duration misfire_after = std::chrono::seconds(5);
    std::size_t first_slice = 256;  ///< small, so that the first start comes early
    std::size_t slice = 4096;
    bool keeps_ledger = true;
};

/// Turns what is due, ended or asked for into rounds, and rounds that were stored into executions.
///
/// All decisions are made here, from the book, the timeline and `now`: no clock is read, nothing is
/// sent. Used on ExecutionBroadcaster's turns only.
class RoundMaker {
public:
    RoundMaker(ExecutionBook& book, Timeline& timeline, const RoundOptions& options);

    /// Takes what can be decided now, up to a slice. `firing` off: only ends and corrections, no
    /// new starts. Only while no round is being stored.
    [[nodiscard]] Round make(WallTime now, bool firing);

    /// The round is stored: its executions, to be handed on. `deferred` jobs are not yet back.
    [[nodiscard]] std::vector<Execution> complete(Round& round, WallTime now, BootTime boot);

    /// The round could not be stored: everything is as before it was made.
    void take_back(Round&& round);

    /// Puts jobs back on the timeline where they are due next.
    void put_back(const std::vector<std::uint32_t>& places);
    void put_back(std::uint32_t place);

    /// A started entry as an execution, once more: the first was lost between stages.
    [[nodiscard]] Execution execution_of(Ticket ticket, const OpenEntry& entry, WallTime now,
                                         BootTime boot) const;

    /// Schedules found to have no future since the last call.
    [[nodiscard]] std::vector<JobRef> take_futureless();

private:
    struct Subject;  // whose due time is being decided

    void add_finishes();
    void add_withdrawn();
    void add_leftovers();
    void add_manual();
    void promote();
    void add_due();
    void note_lateness(WallTime due);
    void claim(std::uint32_t place, WallTime due);
    /// Rows for the runs in [from, until] that a gap leaves out (`dst_gap = skip`).
    void left_out(const Subject& subject, WallTime from, WallTime until);
    void decide(const Subject& subject, const struct Verdict& verdict);
    void run(const Subject& subject, WallTime due, ExecutionId id);
    void not_run(const Subject& subject, const struct Stretch& stretch, ExecutionId id,
                 std::optional<ExecutionId> covered_by);
    void drop(Ticket ticket, SkipReason reason);
    void give_turn(std::uint32_t place);
    [[nodiscard]] WallTime missed_until() const;
    [[nodiscard]] Entry entry_of(const Subject& subject, WallTime due, ExecutionId id) const;

    ExecutionBook& book_;
    Timeline& timeline_;
    const RoundOptions options_;
    std::vector<JobRef> futureless_;
    std::optional<WallTime> continued_;  // the instant whose first slice is out

    // Of the round being made.
    Round* round_ = nullptr;
    WallTime now_;
};

}  // namespace quantum::scheduler
