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

/// A query for audit notes; fields that are not set do not restrict it.
struct NoteQuery {
    std::optional<std::string> job = std::nullopt;  ///< empty: notes that concern no single job
    std::optional<WallTime> from = std::nullopt;    ///< at or after
    std::optional<WallTime> until = std::nullopt;   ///< before
    std::size_t limit = 1000;
    bool oldest = false;  ///< if there are more than the limit: the oldest ones, not the newest
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

    /// The only entry whose ID is, starts with or ends in `text`: at least 8 hexadecimal digits, a
    /// beginning with or without the dashes of the full text. All IDs are searched for an ending.
    /// Errors: `invalid_argument` (it is neither, or several entries match), `not_found`.
    [[nodiscard]] virtual Result<Entry> entry(std::string_view text) const = 0;

    /// Calls `visit` with each matching entry, oldest first, without keeping them all in memory;
    /// the limit and the cursor are ignored. Stops when `visit` returns false.
    [[nodiscard]] virtual Status each(const EntryQuery& query,
                                      const std::function<bool(const Entry&)>& visit) const;

    /// Every definition of the given job, or of all jobs, oldest first within a job.
    [[nodiscard]] virtual Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const;

    /// What is recorded of a job about the instants from `from` to `until`, both included: entries
    /// due then, and ranges that reach into it. Oldest first.
    [[nodiscard]] virtual Result<std::vector<Entry>> entries_about(const std::string& job,
                                                                   WallTime from,
                                                                   WallTime until) const;

    /// The definitions of a job that were in force at some instant from `from` to `until`, both
    /// included, with the ones before and after them and the first and the last of that name;
    /// oldest first. Empty: there has never been such a job, or retention has removed it.
    [[nodiscard]] virtual Result<std::vector<JobRevision>> revisions_around(const std::string& job,
                                                                            WallTime from,
                                                                            WallTime until) const;

    /// The names of all current jobs, and of past ones whose definitions are kept.
    [[nodiscard]] virtual Result<std::vector<std::string>> job_names() const;

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

    /// The matching notes, oldest first.
    [[nodiscard]] virtual Result<std::vector<AuditNote>> notes(const NoteQuery& query) const;

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
