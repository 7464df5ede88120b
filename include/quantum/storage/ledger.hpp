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

/// Which entries are asked for; what is not set does not restrict.
struct EntryQuery {
    std::optional<std::string> job = std::nullopt;
    std::optional<WallTime> from = std::nullopt;   ///< due at or after
    std::optional<WallTime> until = std::nullopt;  ///< due before
    std::optional<EntryState> state = std::nullopt;
    std::size_t limit = 1000;
    /// A cursor: only what stands before this entry. With the first entry of one answer the next
    /// question gets the page before it.
    std::optional<ExecutionId> before = std::nullopt;
};

/// One definition that a job has or had.
struct JobRevision {
    std::string name;
    StoredJob stored;
    std::optional<WallTime> until;  ///< when it was superseded; none: it is in force
};

/// What a ledger can vouch for.
struct LedgerBounds {
    /// Entries due before this may have been removed by retention; none: nothing was removed.
    std::optional<WallTime> from;
    /// Every due time at or before this has its entry; none: no due time was decided yet.
    std::optional<WallTime> watermark;
};

/// History, read-only: a second interface that a small storage adapter can leave out.
///
/// Thread-safety: every method may be called from any thread, also while the scheduler commits.
class Ledger {
public:
    virtual ~Ledger() = default;

    /// The matching entries, oldest due time first; the newest of them where the limit cuts.
    /// Errors: `not_found` where the cursor's entry is not (or no longer) there.
    [[nodiscard]] virtual Result<std::vector<Entry>> entries(const EntryQuery& query) const = 0;

    /// The one entry whose id begins with `prefix`: 8 hexadecimal digits or more, dashes as in the
    /// full text or left out.
    /// Errors: `invalid_argument` (no such prefix, or several entries match), `not_found`.
    [[nodiscard]] virtual Result<Entry> entry(std::string_view prefix) const = 0;

    /// Calls `visit` with each matching entry, oldest first, without holding them all; the limit
    /// and the cursor do not count. Ends early where `visit` answers false.
    [[nodiscard]] virtual Status each(const EntryQuery& query,
                                      const std::function<bool(const Entry&)>& visit) const;

    /// Every definition of the named job, or of all jobs, oldest first within a job.
    [[nodiscard]] virtual Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const;

    /// The changes of the wall clock that were noted, oldest first.
    [[nodiscard]] virtual Result<std::vector<StepNote>> clock_steps() const;

    [[nodiscard]] virtual Result<LedgerBounds> bounds() const;

    /// Every attempt of an execution, the first one first; the last may be under way. Of an entry
    /// that never ran: none.
    /// Error: `not_found` where there is no such entry.
    [[nodiscard]] virtual Result<std::vector<Attempt>> attempts(const ExecutionId& id) const;

    /// What is kept of the output of one attempt, counted from 1; none: of the last that wrote any.
    /// Error: `not_found` where none was kept or retention has removed it.
    [[nodiscard]] virtual Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const;

    /// The newest `limit` notes, oldest first.
    [[nodiscard]] virtual Result<std::vector<AuditNote>> audit(std::size_t limit) const;

protected:
    Ledger() = default;
    Ledger(const Ledger&) = default;
    Ledger& operator=(const Ledger&) = default;
};

/// The ends of the range of ids that begin with `prefix`, as `Ledger::entry` reads it.
struct IdRange {
    ExecutionId first;
    ExecutionId last;
};
[[nodiscard]] Result<IdRange> ids_beginning_with(std::string_view prefix);

}  // namespace quantum
