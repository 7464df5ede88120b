#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/interval_set.hpp"
#include "verify/row.hpp"

namespace quantum::verify {

/// The definitions of one job, in the order they were stored.
struct JobRecords {
    std::string job;
    std::vector<JobRevision> revisions;

    /// The definition that a row names, as an index into `revisions`. Numbers begin anew when a
    /// job is deleted and added again: of several, the one that was there at `decided`.
    [[nodiscard]] std::optional<std::size_t> revision_of(const Row& row, WallTime decided) const {
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < revisions.size(); ++i) {
            if (revisions[i].revision != row.revision) continue;
            if (!found || revisions[i].effective_from <= decided) found = i;
        }
        return found;
    }
    /// The oldest definition of the number that a row names.
    [[nodiscard]] std::optional<std::size_t> first_named(const Row& row) const {
        for (std::size_t i = 0; i < revisions.size(); ++i) {
            if (revisions[i].revision == row.revision) return i;
        }
        return std::nullopt;
    }
    /// How many attempts a row of definition `own` may have; none: as many as it is lost. After a
    /// restart the definition that is in force then decides, which may be a later one.
    [[nodiscard]] std::optional<std::uint32_t> most_attempts(std::size_t own) const {
        std::uint32_t most = 1;
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
    /// True if no other run of its job need be in the way of the row's: its definition allows
    /// overlaps, or, where its function came late, one that was in force by then.
    [[nodiscard]] bool may_overlap(const Row& row) const {
        const std::size_t own = index_of(row);
        if (revisions[own].overlap == Overlap::allow) return true;
        if (!waited_for_function(row) || !row.handed_at) return false;
        for (std::size_t i = own + 1; i < revisions.size(); ++i) {
            const bool counts = revisions[i].effective_from <= *row.handed_at;
            if (counts && revisions[i].overlap == Overlap::allow) return true;
        }
        return false;
    }
    /// The row's own word, where it names a definition that exists; else the one in force.
    [[nodiscard]] std::size_t index_of(const Row& row) const {
        if (const auto named = revision_of(row, row.claimed_at)) return *named;
        return in_force_at(row.due);
    }
};

/// What holds for the whole history.
struct Surroundings {
    const History& history;
    const Limits& limits;
    const IntervalSet& full;  ///< when the scheduler had no free place

    /// Older than what the ledger vouches for: it is there for the sake of younger rows.
    [[nodiscard]] bool before_the_edge(const Row& row) const {
        return history.retained_from && row.due < *history.retained_from;
    }
};

}  // namespace quantum::verify
