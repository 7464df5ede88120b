#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "base/pages.hpp"
#include "scheduler/common/job_handle.hpp"
#include "scheduler/entries/places.hpp"
#include "scheduler/entries/policies.hpp"

namespace quantum::scheduler {

/// Where an open entry stands. The ledger calls the first three `claimed`, the others `started`,
/// but for `stuck`: there it has ended, or waits for its next attempt.
enum class Phase : std::uint8_t {
    awaits_time,   ///< for its jitter or its backoff to pass
    awaits_turn,   ///< for the end of the job's other runs
    awaits_place,  ///< for a free place
    starting,      ///< its start is being stored; has a place
    running,       ///< stored as started; has a place
    stuck,         ///< timed out and still running; keeps its place
    ending,        ///< its end is being stored; the place is free again
};

[[nodiscard]] constexpr bool is_waiting(Phase phase) { return phase <= Phase::awaits_place; }

/// What few entries have.
struct Special {
    WallTime not_before{};  ///< jitter or backoff
    std::shared_ptr<const std::string> node;
    bool own_target = false;      ///< there is one for each node; overlap is decided within a node
    std::optional<Outcome> last;  ///< of the attempt before: this one is a retry that has not begun
};

struct OpenEntry {
    ExecutionId id;
    JobRef job;
    JobHandle handle{};
    std::uint32_t revision = 1;
    WallTime due;
    WallTime claimed_at;
    Duration grace = Duration::max();  ///< how long past its due time it may wait for a place
    std::uint32_t attempt = 1;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    Phase phase = Phase::starting;
    Lane lane = 0;
    std::unique_ptr<Special> special;

    [[nodiscard]] Special& own_special() {
        if (!special) special = std::make_unique<Special>();
        return *special;
    }
    /// A further attempt that has not begun.
    [[nodiscard]] bool is_retry() const { return special && special->last; }
    /// From when on it may start.
    [[nodiscard]] WallTime not_before() const {
        return special && special->not_before > due ? special->not_before : due;
    }
    /// Its jitter or backoff is not over.
    [[nodiscard]] bool must_wait(WallTime now) const {
        return special && special->not_before > now;
    }
    /// Set where overlap is decided within a node.
    [[nodiscard]] const std::string* target() const {
        return special && special->own_target ? special->node.get() : nullptr;
    }
};

/// The view of open entries, from which overlap and concurrency are decided.
///
/// Owned by the scheduler and outlives every stage; touched only on ExecutionBroadcaster's turns,
/// so it needs no lock.
class TaskRegistry {
public:
    /// `places`: how many runs may be under way at once; 0 for no limit.
    explicit TaskRegistry(std::size_t places, const Places::TagLimits& tags = {})
        : places_(places, tags) {}

    Ticket add(OpenEntry&& entry) {
        draft() = std::move(entry);
        return add_draft();
    }
    /// A blank entry to be filled in where it is to stay; then `add_draft` adds it.
    [[nodiscard]] OpenEntry& draft();
    Ticket add_draft();
    [[nodiscard]] OpenEntry* find(Ticket ticket) {
        const auto number = static_cast<std::uint32_t>(ticket);
        if (number >= cells_.size()) return nullptr;
        Cell& cell = cells_[number];
        if (!cell.used || ticket_of(number, cell) != ticket) return nullptr;
        return &cell.entry;
    }
    [[nodiscard]] const OpenEntry* find(Ticket ticket) const {
        return const_cast<TaskRegistry*>(this)->find(ticket);
    }
    /// Forgets an entry, whatever its phase.
    void remove(Ticket ticket);
    void set_phase(Ticket ticket, Phase phase);
    /// The same as `set_phase` with `ending`, for an entry in hand.
    void end(OpenEntry& entry) {
        leave(entry, entry.phase);
        entry.phase = Phase::ending;
    }
    /// The same entry under a new ticket: whatever still comes under the old one finds nothing.
    Ticket renew(Ticket ticket);

    /// Entries that are ending count no more.
    [[nodiscard]] OpenRuns runs_of(std::uint32_t job_place) const {
        if (job_place >= jobs_.size()) return {};
        return {jobs_[job_place].open, jobs_[job_place].waiting};
    }
    /// Only those of one target; null: all.
    [[nodiscard]] OpenRuns runs_of(std::uint32_t job_place, const std::string* target) const;
    /// The open entries of a job, oldest first.
    [[nodiscard]] std::vector<Ticket> tickets_of(std::uint32_t job_place) const;
    [[nodiscard]] std::vector<Ticket> all() const;

    [[nodiscard]] Lane lane_of(const std::vector<std::string>& tags) {
        return places_.lane_of(tags);
    }
    /// A place is free and nobody has waited for one longer.
    [[nodiscard]] bool may_start_at_once(Lane lane = 0) const {
        return places_.may_start_at_once(lane);
    }
    /// Among those that wait for a place that is free, the one with the oldest due time.
    [[nodiscard]] std::optional<Ticket> first_waiting();
    /// Before this nobody has waited for a place longer than its grace. Wall clock.
    [[nodiscard]] std::optional<WallTime> patience() const { return patience_; }
    /// Those that have. Looks at all that wait; `patience` is later than `now` after that.
    [[nodiscard]] std::vector<Ticket> take_impatient(WallTime now);
    /// The oldest of the job's entries that await their turn, if no older one is open on its
    /// target.
    [[nodiscard]] std::optional<Ticket> whose_turn(std::uint32_t job_place) const {
        if (job_place >= jobs_.size() || jobs_[job_place].waiting == 0) return std::nullopt;
        return first_in_turn(jobs_[job_place].first);
    }

    /// From now on the entries of one job belong to another place: its name came back.
    void move_entries(std::uint32_t from_place, JobHandle to);

    [[nodiscard]] std::size_t size() const { return open_; }
    [[nodiscard]] std::size_t running() const { return places_.taken(); }
    [[nodiscard]] std::size_t waiting() const { return places_.waiting(); }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    struct Cell {
        OpenEntry entry;
        std::uint32_t generation = 0;
        std::uint32_t previous = none;  // of the same job
        std::uint32_t next = none;      // of the same job, or of the free chain
        bool used = false;
    };
    struct OfJob {
        std::uint32_t first = none;
        std::uint32_t last = none;
        std::uint32_t open = 0;  // but for those that are ending
        std::uint32_t waiting = 0;
    };
    [[nodiscard]] static bool takes_place(Phase phase) {
        return phase == Phase::starting || phase == Phase::running || phase == Phase::stuck;
    }
    [[nodiscard]] static Ticket ticket_of(std::uint32_t number, const Cell& cell) {
        return static_cast<Ticket>((std::uint64_t{cell.generation} << 32U) | number);
    }
    [[nodiscard]] Ticket ticket_of(std::uint32_t number) const {
        return ticket_of(number, cells_[number]);
    }
    [[nodiscard]] std::optional<Ticket> first_in_turn(std::uint32_t cell) const;
    void link(std::uint32_t cell);
    void unlink(std::uint32_t cell);
    void enter(const OpenEntry& entry, Phase phase) {
        if (phase == Phase::ending) return;
        if (takes_place(phase)) places_.take(entry.lane);
        if (phase == Phase::awaits_place) places_.count_waiting(entry.lane, true);
        OfJob& job = jobs_[place_of(entry.handle)];
        if (phase == Phase::awaits_turn) ++job.waiting;
        ++job.open;
    }
    void leave(const OpenEntry& entry, Phase phase) {
        if (phase == Phase::ending) return;
        if (takes_place(phase)) places_.give_back(entry.lane);
        if (phase == Phase::awaits_place) places_.count_waiting(entry.lane, false);
        OfJob& job = jobs_[place_of(entry.handle)];
        if (phase == Phase::awaits_turn) --job.waiting;
        --job.open;
    }
    void enqueue(const OpenEntry& entry, Ticket ticket);

    Places places_;
    std::optional<WallTime> patience_;
    std::size_t open_ = 0;
    Pages<Cell> cells_;
    std::uint32_t free_ = none;
    std::uint32_t draft_ = none;
    Pages<OfJob> jobs_;  // by place of the job, as far as any had an entry
};

}  // namespace quantum::scheduler
