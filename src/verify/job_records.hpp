#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/interval_set.hpp"

namespace quantum::verify {

struct IdHash {
    std::size_t operator()(const ExecutionId& id) const noexcept {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        std::memcpy(&first, id.bytes.data(), sizeof first);
        std::memcpy(&second, id.bytes.data() + sizeof first, sizeof second);
        return static_cast<std::size_t>(first ^ (second * 0x9e3779b97f4a7c15ULL));
    }
};

using EntryById = std::unordered_map<ExecutionId, const Entry*, IdHash>;

/// Everything on record about one job.
struct JobRecords {
    std::string job;
    std::vector<JobRevision> revisions;  ///< in the order they were stored
    std::vector<const Entry*> entries;   ///< of one due time each, by due and pass
    std::vector<const Entry*> stretches;
    std::vector<const Entry*> manual;
    std::vector<const Witness*> witnesses;

    /// The definition that an entry names, as an index into `revisions`. Numbers begin anew when a
    /// job is deleted and added again: of several, the one that was there at `decided`.
    [[nodiscard]] std::optional<std::size_t> revision_of(const Entry& entry,
                                                         WallTime decided) const {
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < revisions.size(); ++i) {
            if (revisions[i].revision != entry.revision) continue;
            if (!found || revisions[i].effective_from <= decided) found = i;
        }
        return found;
    }
    /// How many attempts the entry may have; none: as many as it is lost. After a restart the
    /// definition that is in force then decides, which may be a later one than the entry's.
    [[nodiscard]] std::optional<std::uint32_t> most_attempts(const Entry& entry) const {
        std::uint32_t most = 1;
        const std::size_t own = revision_of(entry, entry.claimed_at).value_or(0);
        for (std::size_t i = own; i < revisions.size(); ++i) {
            if (revisions[i].reruns_lost) return std::nullopt;
            most = std::max(most, revisions[i].retries + 1);
        }
        return most;
    }
    /// The definition accepted last at or before `instant`.
    [[nodiscard]] std::size_t in_force_at(WallTime instant) const {
        std::size_t found = 0;
        for (std::size_t i = 0; i < revisions.size(); ++i) {
            if (revisions[i].effective_from <= instant) found = i;
        }
        return found;
    }
};

/// What holds for the whole history.
struct Surroundings {
    const History& history;
    const Limits& limits;
    const EntryById& by_id;
    const IntervalSet& full;  ///< when the scheduler had no free place
};

[[nodiscard]] inline bool is_stretch(const Entry& entry) {
    return entry.count != 1 || (entry.until > entry.due);
}

/// The last due time of an entry; rows of one due time may leave `until` unset.
[[nodiscard]] inline WallTime last_due(const Entry& entry) {
    return entry.until > entry.due ? entry.until : entry.due;
}

/// Between two attempts: open, and has run before.
[[nodiscard]] inline bool between_attempts(const Entry& entry) {
    return entry.state == EntryState::claimed && entry.attempt > 1;
}

[[nodiscard]] inline bool never_ran(const Entry& entry) {
    return (entry.state == EntryState::claimed && entry.attempt == 1) ||
           entry.state == EntryState::coalesced || entry.state == EntryState::skipped;
}

/// When the entry got the fate it has.
[[nodiscard]] inline WallTime decided_at(const Entry& entry) {
    return entry.ended_at && never_ran(entry) ? *entry.ended_at : entry.claimed_at;
}

}  // namespace quantum::verify
