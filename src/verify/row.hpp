#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantum/storage/storage.hpp"

namespace quantum::verify {

/// An optional instant in the eight bytes of one.
class MaybeTime {
public:
    constexpr MaybeTime() = default;
    // NOLINTBEGIN(google-explicit-constructor): stands where an optional instant does
    constexpr MaybeTime(WallTime instant) : instant_(instant) {}
    constexpr MaybeTime(const std::optional<WallTime>& instant)
        : instant_(instant.value_or(none)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] constexpr explicit operator bool() const { return instant_ != none; }
    [[nodiscard]] constexpr WallTime operator*() const { return instant_; }
    [[nodiscard]] constexpr WallTime value_or(WallTime other) const {
        return instant_ == none ? other : instant_;
    }

private:
    static constexpr WallTime none = WallTime::min();
    WallTime instant_ = none;
};

/// What the checker keeps of an entry. Millions are examined, a few hundred per job at a time.
struct Row {
    ExecutionId id;
    ExecutionId covered_by;  ///< none: zero
    WallTime due;
    WallTime until;  ///< the last due time of a stretch, else `due`
    WallTime claimed_at;
    MaybeTime handed_at;
    MaybeTime started_at;
    MaybeTime ended_at;
    MaybeTime not_before;
    std::uint32_t revision = 1;
    std::uint32_t pass = 0;
    std::uint32_t attempt = 1;
    std::uint32_t count = 1;
    std::uint32_t target = 0;  ///< a number of the target's name; 0 is `*`
    ExecutionKind kind = ExecutionKind::scheduled;
    EntryState state = EntryState::claimed;
    SkipReason reason = SkipReason::none;
    bool has_outcome = false;
    OutcomeKind outcome = OutcomeKind::succeeded;

    /// When it is judged beside the others of its job. The checker's own note.
    enum class Turn : std::uint8_t {
        now,
        later,  ///< what it depends on is not read yet
        over,   ///< it is there for the others only
    };
    Turn turn = Turn::now;
    bool had_to_wait = false;       ///< another run was open when it was claimed
    bool asks_for_overlap = false;  ///< skipped for one, by the definition `decided_by`
    std::uint32_t decided_by = 0;   ///< an index into the job's revisions

    [[nodiscard]] bool open() const {
        return state == EntryState::claimed || state == EntryState::started;
    }
    [[nodiscard]] bool covered() const { return covered_by != ExecutionId{}; }
};

[[nodiscard]] inline Row row_of(const Entry& entry, std::uint32_t target) {
    Row row;
    row.id = entry.id;
    if (entry.covered_by) row.covered_by = *entry.covered_by;
    row.due = entry.due;
    row.until = entry.until > entry.due ? entry.until : entry.due;
    row.claimed_at = entry.claimed_at;
    row.handed_at = entry.handed_at;
    row.started_at = entry.started_at;
    row.ended_at = entry.ended_at;
    row.not_before = entry.not_before;
    row.revision = entry.revision;
    row.pass = entry.pass;
    row.attempt = entry.attempt;
    row.count = entry.count;
    row.target = target;
    row.kind = entry.kind;
    row.state = entry.state;
    row.reason = entry.reason;
    row.has_outcome = entry.outcome.has_value();
    if (entry.outcome) row.outcome = entry.outcome->kind;
    return row;
}

[[nodiscard]] inline bool is_stretch(const Row& row) {
    return row.count != 1 || row.until > row.due;
}

/// True between two attempts: open, and has run before.
[[nodiscard]] inline bool between_attempts(const Row& row) {
    return row.state == EntryState::claimed && row.attempt > 1;
}

[[nodiscard]] inline bool never_ran(const Row& row) {
    return (row.state == EntryState::claimed && row.attempt == 1) ||
           row.state == EntryState::coalesced || row.state == EntryState::skipped;
}

/// True if it was allowed to run or queued for it.
[[nodiscard]] inline bool let_run(const Row& row) {
    return row.state != EntryState::coalesced && row.state != EntryState::skipped;
}

[[nodiscard]] inline bool skipped_as(const Row& row, SkipReason reason) {
    return row.state == EntryState::skipped && row.reason == reason;
}

/// True if it waited for the function of its job, and may have run since.
[[nodiscard]] inline bool waited_for_function(const Row& row) {
    return row.reason == SkipReason::unbound && let_run(row);
}

/// When the fate of the row was decided.
[[nodiscard]] inline WallTime decided_at(const Row& row) {
    return row.ended_at && never_ran(row) ? *row.ended_at : row.claimed_at;
}

}  // namespace quantum::verify
