#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/executions/execution_book.hpp"
#include "scheduler/executions/round.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

struct RoundOptions {
    Duration misfire_after = std::chrono::seconds(5);
    std::size_t first_slice = 256;      ///< small, so that the first start comes early
    std::size_t slice = 4096;           ///< where it is stored: what one commit takes
    std::size_t unstored_slice = 1024;  ///< where nothing is: what the cache holds
    bool keeps_ledger = true;
    std::string node = "local";
    std::vector<std::string> nodes{"local"};  ///< those that are up
};

/// A node that is to run a job.
struct Target {
    std::shared_ptr<const std::string> node;
    bool own_entry = false;  ///< one of several, each with an entry of its own
    bool is_up = true;
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
    [[nodiscard]] Round make(WallTime now, BootTime boot, bool firing);

    /// The round is stored: its executions, to be handed on. `deferred` jobs are not yet back.
    [[nodiscard]] std::vector<Execution> complete(Round& round, WallTime now, BootTime boot);

    /// The round could not be stored: everything is as before it was made.
    void take_back(Round&& round);

    /// Puts jobs back on the timeline where they are due next.
    void put_back(const std::vector<std::uint32_t>& places);
    void put_back(std::uint32_t place);

    /// A due time that is not to be decided before a change that is on its way has arrived.
    [[nodiscard]] bool waits_for_change(WallTime due, WallTime now) const;

    /// A started entry as an execution, once more: the first was lost between stages.
    [[nodiscard]] Execution execution_of(Ticket ticket, const OpenEntry& entry, WallTime now,
                                         BootTime boot) const;

    /// Places of jobs found to have no further due time since the last call.
    [[nodiscard]] std::vector<std::uint32_t> take_futureless();

private:
    /// Whose due time is being decided.
    struct Subject {
        JobHandle handle;
        const JobRef& job;
        std::uint32_t revision;
        ExecutionKind kind = ExecutionKind::scheduled;
        const ManualRun* asked = nullptr;
        const Target* target = nullptr;
        bool in_line = false;  ///< a missed run that follows those before it

        /// The node, where it has an entry of its own.
        [[nodiscard]] const std::string* own_target() const {
            return target != nullptr && target->own_entry ? target->node.get() : nullptr;
        }
    };

    // round_ends.cpp
    void add_expired();
    void add_finishes();
    [[nodiscard]] bool is_expiring(Ticket ticket) const;
    std::optional<WallTime> end_attempt(const OpenEntry& entry, const FinishedRun& run);
    [[nodiscard]] std::optional<WallTime> retry_of(const OpenEntry& entry, const FinishedRun& run);
    void release_stuck(Ticket ticket);
    void wait_for_time(Ticket ticket);
    void give_turn(std::uint32_t place);
    void add_withdrawn();
    void drop(Ticket ticket, SkipReason reason);
    void drop_late(Ticket ticket);
    void give_up(Ticket ticket, bool superseded);
    void end_retries(std::uint32_t place, const std::string* target);
    bool forgo_attempt(Ticket ticket);
    [[nodiscard]] static bool outlives_next(const OpenEntry& entry);
    [[nodiscard]] bool is_overtaken(const OpenEntry& entry);
    void wake();
    void promote();

    // round_claims.cpp
    void add_leftovers();
    void add_manual();
    [[nodiscard]] std::optional<ExecutionId> known_key(const ManualRun& asked);
    void add_due();
    void note_lateness(WallTime due);
    void claim(std::uint32_t place, WallTime due);
    [[nodiscard]] WallTime missed_until(WallTime now) const;
    /// Rows for the runs in [from, until] that a gap leaves out (`dst_gap = skip`).
    void left_out(const Subject& subject, WallTime from, WallTime until);
    void decide(const Subject& subject, const struct Verdict& verdict);
    void decide_on(const Subject& subject, const struct Verdict& verdict);
    template <class Do>
    void on_targets(const Subject& subject, WallTime due, const Do& act);
    [[nodiscard]] std::vector<Target> targets_of(const Job& job, WallTime due);
    void run(const Subject& subject, WallTime due, ExecutionId id);
    void answer(const Subject& subject, Result<ExecutionId> result);
    void replace(std::uint32_t place, const std::string* target);
    [[nodiscard]] OpenEntry& draft_entry(const Subject& subject, WallTime due, ExecutionId id);
    void claim_entry(const Subject& subject, const OpenEntry& open);
    void not_run(const Subject& subject, const struct Stretch& stretch, ExecutionId id,
                 std::optional<ExecutionId> covered_by);
    [[nodiscard]] Entry entry_of(const Subject& subject, WallTime due, ExecutionId id) const;

    // round_maker.cpp
    /// All but the job.
    static void fill(Execution& execution, Ticket ticket, const OpenEntry& entry, WallTime now,
                     BootTime boot);
    void note_end(const FinishedRun& run);
    void prepare_retry(EndedAttempt& ended);
    void take_back(GivenUp& given_up);
    void take_back_claims(const Round& round);
    void restore(Ticket ticket, Phase was);

    ExecutionBook& book_;
    Timeline& timeline_;
    const RoundOptions options_;
    std::vector<std::uint32_t> futureless_;
    std::optional<WallTime> continued_;  // the instant whose first slice is out

    // Of the round being made.
    Round* round_ = nullptr;
    WallTime now_;
    BootTime boot_;
    WallTime change_at_ =
        WallTime::max();  ///< due times from here on wait for a change of the jobs
};

}  // namespace quantum::scheduler
