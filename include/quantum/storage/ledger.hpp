#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/storage/storage.hpp"

namespace quantum {

/// A query for entries; fields that are not set do not restrict it.
struct EntryQuery {
    std::optional<std::string> job = std::nullopt;
    std::optional<WallTime> from = std::nullopt;   ///< due at or after
    std::optional<WallTime> until = std::nullopt;  ///< due before
    std::optional<EntryState> state = std::nullopt;
    std::size_t limit = 1000;
    /// A cursor: only entries before this one. Passing the first entry of a result returns the page
    /// before it.
    std::optional<ExecutionId> before = std::nullopt;
};

/// One past or current definition of a job.
struct JobRevision {
    std::string name;
    StoredJob stored;
    std::optional<WallTime> until;  ///< when it was superseded; none: it is current
};

/// The range for which a ledger is complete.
struct LedgerBounds {
    /// Entries due before this may have been removed by retention; none: nothing has been removed.
    std::optional<WallTime> from;
    /// Every due time at or before this has an entry; none: nothing has been decided yet.
    std::optional<WallTime> watermark;
};

/// Read-only access to history: a separate interface, so that a small storage adapter can omit it.
///
/// Thread-safety: every method may be called from any thread, even while the scheduler commits.
class Ledger {
public:
    virtual ~Ledger() = default;

    /// The matching entries, oldest due time first; if there are more than the limit, the newest
    /// ones. Errors: `not_found` if the cursor's entry does not exist (any more).
    [[nodiscard]] virtual Result<std::vector<Entry>> entries(const EntryQuery& query) const = 0;

    /// The only entry whose ID starts with `prefix`: at least 8 hexadecimal digits, with or without
    /// the dashes of the full text.
    /// Errors: `invalid_argument` (not a prefix, or several entries match), `not_found`.
    [[nodiscard]] virtual Result<Entry> entry(std::string_view prefix) const = 0;

    /// Calls `visit` with each matching entry, oldest first, without keeping them all in memory;
    /// the limit and the cursor are ignored. Stops when `visit` returns false.
    [[nodiscard]] virtual Status each(const EntryQuery& query,
                                      const std::function<bool(const Entry&)>& visit) const;

    /// Every definition of the given job, or of all jobs, oldest first within a job.
    [[nodiscard]] virtual Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const;

    /// The recorded changes of the wall clock, oldest first.
    [[nodiscard]] virtual Result<std::vector<StepNote>> clock_steps() const;

    [[nodiscard]] virtual Result<LedgerBounds> bounds() const;

    /// Every attempt of an execution, in order; the last may be in progress. Empty for an entry
    /// that never ran.
    /// Errors: `not_found` if there is no such entry.
    [[nodiscard]] virtual Result<std::vector<Attempt>> attempts(const ExecutionId& id) const;

    /// The captured output of an attempt, counted from 1; none: the last one that wrote any.
    /// Errors: `not_found` if none was captured or retention has removed it.
    [[nodiscard]] virtual Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const;

    /// The newest `limit` notes, oldest first.
    [[nodiscard]] virtual Result<std::vector<AuditNote>> audit(std::size_t limit) const;

protected:
    Ledger() = default;
    Ledger(const Ledger&) = default;
    Ledger& operator=(const Ledger&) = default;
};

/// The range of IDs that start with `prefix`, as understood by `Ledger::entry`.
struct IdRange {
    ExecutionId first;
    ExecutionId last;
};
[[nodiscard]] Result<IdRange> ids_beginning_with(std::string_view prefix);

}  // namespace quantum
