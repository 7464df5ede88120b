#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "scheduler/job_handle.hpp"
#include "scheduler/policies.hpp"

namespace quantum::scheduler {

/// Names an open entry: a place in the registry and its generation. What `Execution::ticket` holds.
enum class Ticket : std::uint64_t {};

/// Where an open entry stands. The ledger calls the first two `claimed`, the others `started`.
enum class Phase : std::uint8_t {
    awaits_turn,   ///< for the end of the job's other runs
    awaits_place,  ///< for a free place
    starting,      ///< its start is being stored; has a place
    running,       ///< stored as started; has a place
    ending,        ///< its end is being stored; the place is free again
};

struct OpenEntry {
    ExecutionId id;
    JobRef job;
    JobHandle handle{};
    std::uint32_t revision = 1;
    WallTime due;
    Duration grace = Duration::max();  ///< how long past its due time it may wait for a place
    std::uint32_t attempt = 1;
    std::uint32_t pass = 0;
    ExecutionKind kind = ExecutionKind::scheduled;
    Phase phase = Phase::starting;
};

/// The view of open entries, from which overlap and concurrency are decided.
///
/// Owned by the scheduler and outlives every stage; touched only on ExecutionBroadcaster's turns,
/// so it needs no lock.
class TaskRegistry {
public:
    /// `places`: how many runs may be under way at once; 0 for no limit.
    explicit TaskRegistry(std::size_t places);

    Ticket add(OpenEntry entry);
    [[nodiscard]] OpenEntry* find(Ticket ticket);
    /// Forgets an entry, whatever its phase.
    void remove(Ticket ticket);
    void set_phase(Ticket ticket, Phase phase);

    /// Entries that are ending count no more.
    [[nodiscard]] OpenRuns runs_of(std::uint32_t job_place) const;
    /// The open entries of a job, oldest first.
    [[nodiscard]] std::vector<Ticket> tickets_of(std::uint32_t job_place) const;
    [[nodiscard]] std::vector<Ticket> all() const;

    /// A place is free and nobody has waited for one longer.
    [[nodiscard]] bool may_start_at_once() const;
    [[nodiscard]] bool has_place() const { return places_ == 0 || taken_ < places_; }
    /// Among those that wait for a place, the one with the oldest due time.
    [[nodiscard]] std::optional<Ticket> first_waiting();
    /// The oldest of the job's entries that await their turn, if no older one is open.
    [[nodiscard]] std::optional<Ticket> whose_turn(std::uint32_t job_place) const;

    /// From now on the entries of one job belong to another place: its name came back.
    void move_entries(std::uint32_t from_place, JobHandle to);

    [[nodiscard]] std::size_t size() const { return open_; }
    [[nodiscard]] std::size_t running() const { return taken_; }
    [[nodiscard]] std::size_t waiting() const { return waiting_; }

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
    struct Waiter {
        WallTime due;
        Ticket ticket;
    };

    [[nodiscard]] static bool takes_place(Phase phase) {
        return phase == Phase::starting || phase == Phase::running;
    }
    [[nodiscard]] Ticket ticket_of(std::uint32_t cell) const;
    void link(std::uint32_t cell);
    void unlink(std::uint32_t cell);
    void count(const OpenEntry& entry, Phase phase, bool add);
    void enqueue(WallTime due, Ticket ticket);

    const std::size_t places_;
    std::size_t taken_ = 0;
    std::size_t waiting_ = 0;  // for a place
    std::size_t open_ = 0;
    std::vector<Cell> cells_;
    std::uint32_t free_ = none;
    std::vector<OfJob> jobs_;     // by place of the job, as far as any had an entry
    std::deque<Waiter> waiters_;  // by due time; ones that wait no more are dropped when met
};

}  // namespace quantum::scheduler
