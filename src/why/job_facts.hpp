#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantum/result.hpp"
#include "quantum/storage/ledger.hpp"

namespace quantum::why {

/// What the ledger says of a job about some period of time.
///
/// Thread-safety: a value.
class JobFacts {
public:
    /// About the instants from `from` to `until`, both included.
    /// Errors: `not_found` if there has never been such a job; those of the ledger.
    [[nodiscard]] static Result<JobFacts> read(const Ledger& ledger, std::string job, WallTime from,
                                               WallTime until);

    [[nodiscard]] const std::string& job() const { return job_; }
    /// Those that matter then, the neighbours of these, and the first and the last; oldest first.
    [[nodiscard]] const std::vector<JobRevision>& revisions() const { return revisions_; }
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    [[nodiscard]] const std::vector<StepNote>& steps() const { return steps_; }
    [[nodiscard]] const LedgerBounds& bounds() const { return bounds_; }

    /// The definition in force at an instant; null: there was none.
    [[nodiscard]] const JobRevision* in_force(WallTime instant) const;
    /// The one that decided an entry; null: it is not known.
    [[nodiscard]] const JobRevision* that_decided(const Entry& entry) const;
    /// The next one of the same name; null: there is none.
    [[nodiscard]] const JobRevision* after(const JobRevision& revision) const;
    /// The one before; null: there is none, or it is not known.
    [[nodiscard]] const JobRevision* before(const JobRevision& revision) const;

private:
    std::string job_;
    std::vector<JobRevision> revisions_;
    std::vector<Entry> entries_;
    std::vector<StepNote> steps_;
    LedgerBounds bounds_;
};

}  // namespace quantum::why
