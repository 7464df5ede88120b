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

#include "base/assert.hpp"
#include "base/pages.hpp"
#include "scheduler/common/job_handle.hpp"
#include "scheduler/entries/concurrency_limiter.hpp"
#include "scheduler/entries/policies.hpp"

namespace quantum::scheduler {

/// The phase of an open entry. In the ledger the first four are `claimed`; the others are
/// `started`, except for `stuck`, which has ended or waits for its next attempt.
enum class Phase : std::uint8_t {
    unbound,           ///< waiting for the function of its job
    delayed,           ///< waiting for its jitter or backoff to pass
    queued,            ///< waiting for the job's other runs to end
    waiting_for_slot,  ///< waiting for a free slot
    starting,          ///< its start is being stored; holds a slot
    running,           ///< stored as started; holds a slot
    stuck,             ///< timed out and still running; keeps its slot
    ending,            ///< its end is being stored; the slot is free again
};

[[nodiscard]] constexpr bool is_waiting(Phase phase) { return phase <= Phase::waiting_for_slot; }

/// Rarely used properties of entries.
struct Special {
    WallTime not_before{};  ///< jitter or backoff
    std::shared_ptr<const std::string> node;
    bool own_target = false;      ///< there is one for each node; overlap is decided per node
    std::optional<Outcome> last;  ///< of the previous attempt: this is a retry, not started yet
};

struct OpenEntry {
    ExecutionId id;
    JobRef job;
    JobHandle handle{};
    std::uint32_t revision = 1;
    WallTime due;
    WallTime claimed_at;
    /// How long after its due time it may wait for a slot or for its function.
    Duration grace = Duration::max();
    std::uint32_t attempt = 1;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    Phase phase = Phase::starting;
    LimitSet limit_set = 0;
    /// Claimed while its job was unbound: once bound, the misfire policy decides. So in the ledger.
    bool claimed_unbound = false;
    std::unique_ptr<Special> special;

    [[nodiscard]] Special& own_special() {
        if (!special) special = std::make_unique<Special>();
        return *special;
    }
    /// True for a retry that has not started.
    [[nodiscard]] bool is_retry() const { return special && special->last; }
    /// When it may start.
    [[nodiscard]] WallTime not_before() const {
        return special && special->not_before > due ? special->not_before : due;
    }
    /// True if its jitter or backoff has not passed.
    [[nodiscard]] bool must_wait(WallTime now) const {
        return special && special->not_before > now;
    }
    /// Set if overlap is decided per node.
    [[nodiscard]] const std::string* target() const {
        return special && special->own_target ? special->node.get() : nullptr;
    }
};

/// The open entries, from which overlap and concurrency are decided.
///
/// Owned by the scheduler and outlives every stage; used only on ExecutionBroadcaster's turns, so
/// it needs no lock.
class OpenEntries {
public:
    /// `slots`: the maximum number of concurrent runs; 0: unlimited.
    explicit OpenEntries(std::size_t slots, const ConcurrencyLimiter::TagLimits& tags = {})
        : limiter_(slots, tags) {}

    EntryHandle add(OpenEntry&& entry) {
        draft() = std::move(entry);
        return add_draft();
    }
    /// A blank entry to be filled in in place; `add_draft` then adds it.
    [[nodiscard]] OpenEntry& draft();
    EntryHandle add_draft();
    [[nodiscard]] OpenEntry* find(EntryHandle entry_handle) {
        const auto number = static_cast<std::uint32_t>(entry_handle);
        if (number >= cells_.size()) return nullptr;
        Cell& cell = cells_[number];
        if (!cell.used || handle_of_cell(number, cell) != entry_handle) return nullptr;
        return &cell.entry;
    }
    [[nodiscard]] const OpenEntry* find(EntryHandle entry_handle) const {
        return const_cast<OpenEntries*>(this)->find(entry_handle);
    }
    /// An entry that must exist: its handle was given out, and nothing has ended it since.
    [[nodiscard]] OpenEntry& at(EntryHandle entry_handle) {
        OpenEntry* const entry = find(entry_handle);
        QUANTUM_ASSERT(entry != nullptr);
        return *entry;
    }
    [[nodiscard]] const OpenEntry& at(EntryHandle entry_handle) const {
        return const_cast<OpenEntries*>(this)->at(entry_handle);
    }
    /// Removes an entry, whatever its phase.
    void remove(EntryHandle entry_handle);
    void set_phase(EntryHandle entry_handle, Phase phase);
    /// The same as `set_phase` with `ending`, for an entry at hand.
    void end(OpenEntry& entry) {
        leave(entry, entry.phase);
        entry.phase = Phase::ending;
    }
    /// Gives the entry a new handle: anything that still arrives with the old one finds nothing.
    EntryHandle renew(EntryHandle entry_handle);

    /// Entries that are ending are not counted.
    [[nodiscard]] OpenRuns runs_of(std::uint32_t job_index) const {
        if (job_index >= jobs_.size()) return {};
        return {jobs_[job_index].open, jobs_[job_index].waiting};
    }
    /// Only those for one target; null: all.
    [[nodiscard]] OpenRuns runs_of(std::uint32_t job_index, const std::string* target) const;
    /// The open entries of a job, oldest first.
    [[nodiscard]] std::vector<EntryHandle> entries_of(std::uint32_t job_index) const;
    [[nodiscard]] std::vector<EntryHandle> all() const;

    /// At most so many concurrent runs from now on, and never more than at first.
    void limit_slots(std::size_t slots) { limiter_.limit_to(slots); }
    [[nodiscard]] LimitSet limit_set_of(const std::vector<std::string>& tags) {
        return limiter_.limit_set_of(tags);
    }
    /// True if a slot is free and nobody has waited longer for one.
    [[nodiscard]] bool may_start_at_once(LimitSet limit_set = 0) const {
        return limiter_.may_start_at_once(limit_set);
    }
    /// The limits that keep a run of this limit set from starting.
    [[nodiscard]] std::vector<ConcurrencyLimiter::Full> full_limits(LimitSet limit_set) const {
        return limiter_.full(limit_set);
    }
    /// The entry with the oldest due time among those waiting for a slot that is free.
    [[nodiscard]] std::optional<EntryHandle> first_waiting();
    /// Before this instant (wall clock), nobody has waited for a slot, or for a function, longer
    /// than its grace. None: nobody waits who has one.
    [[nodiscard]] std::optional<WallTime> deadline() const {
        if (limiter_.waiting() == 0 && unbound_ == 0) return std::nullopt;
        return deadline_;
    }
    /// Removes those that have. Examines all waiting entries; `deadline` is later than `now`
    /// afterwards.
    [[nodiscard]] std::vector<EntryHandle> take_expired(WallTime now);
    /// The oldest of the job's queued entries, if no older one is open for its target.
    [[nodiscard]] std::optional<EntryHandle> whose_turn(std::uint32_t job_index) const {
        if (job_index >= jobs_.size() || jobs_[job_index].waiting == 0) return std::nullopt;
        return first_in_turn(jobs_[job_index].first);
    }

    [[nodiscard]] std::size_t size() const { return open_; }
    [[nodiscard]] std::size_t running() const { return limiter_.taken(); }
    [[nodiscard]] std::size_t waiting() const { return limiter_.waiting(); }
    /// How many wait for the function of their job.
    [[nodiscard]] std::size_t unbound() const { return unbound_; }
    /// Those of a job.
    [[nodiscard]] std::vector<EntryHandle> unbound_of(std::uint32_t job_index) const;

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
        std::uint32_t open = 0;  // except those that are ending
        std::uint32_t waiting = 0;
    };
    [[nodiscard]] static bool takes_slot(Phase phase) {
        return phase == Phase::starting || phase == Phase::running || phase == Phase::stuck;
    }
    [[nodiscard]] static EntryHandle handle_of_cell(std::uint32_t number, const Cell& cell) {
        return static_cast<EntryHandle>((std::uint64_t{cell.generation} << 32U) | number);
    }
    [[nodiscard]] EntryHandle handle_of_cell(std::uint32_t number) const {
        return handle_of_cell(number, cells_[number]);
    }
    [[nodiscard]] std::optional<EntryHandle> first_in_turn(std::uint32_t cell) const;
    void link(std::uint32_t cell);
    void unlink(std::uint32_t cell);
    void enter(const OpenEntry& entry, Phase phase) {
        if (phase == Phase::ending) return;
        if (takes_slot(phase)) limiter_.take(entry.limit_set);
        if (phase == Phase::waiting_for_slot) limiter_.count_waiting(entry.limit_set, true);
        if (phase == Phase::unbound) ++unbound_;
        OfJob& job = jobs_[index_of(entry.handle)];
        if (phase == Phase::queued) ++job.waiting;
        ++job.open;
    }
    void leave(const OpenEntry& entry, Phase phase) {
        if (phase == Phase::ending) return;
        if (takes_slot(phase)) limiter_.give_back(entry.limit_set);
        if (phase == Phase::waiting_for_slot) limiter_.count_waiting(entry.limit_set, false);
        if (phase == Phase::unbound) --unbound_;
        OfJob& job = jobs_[index_of(entry.handle)];
        QUANTUM_ASSERT(job.open > 0);
        if (phase == Phase::queued) --job.waiting;
        --job.open;
    }
    [[nodiscard]] static bool has_deadline(Phase phase) {
        return phase == Phase::waiting_for_slot || phase == Phase::unbound;
    }
    void enqueue(const OpenEntry& entry, EntryHandle entry_handle);
    [[nodiscard]] std::vector<EntryHandle> with_deadline();

    ConcurrencyLimiter limiter_;
    std::optional<WallTime> deadline_;
    std::size_t unbound_ = 0;
    std::vector<EntryHandle> unbound_queue_;  // some of them no longer are
    std::size_t open_ = 0;
    base::Pages<Cell> cells_;
    std::uint32_t free_ = none;
    std::uint32_t draft_ = none;
    base::Pages<OfJob> jobs_;  // by index of the job, up to the highest that has had an entry
};

}  // namespace quantum::scheduler
