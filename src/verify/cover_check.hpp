#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "verify/findings.hpp"
#include "verify/row.hpp"

namespace quantum::verify {

/// A row as found by its ID.
struct FoundById {
    std::string job;
    WallTime due;
};
using FindById = std::function<std::optional<FoundById>(const ExecutionId&)>;

/// Checks whether what a job's coalesced rows name is a later run of the job. Rows arrive in the
/// order of their due times, so that the run is still to come.
class CoverCheck {
public:
    /// The next row of the job.
    void look_at(const Row& row, JobFindings& findings);
    /// `row` is coalesced and names what it is covered by. `look_at` has been called with it
    /// before.
    void expect(const Row& row, JobFindings& findings);
    /// There are no more rows.
    void finish(const FindById& find, JobFindings& findings);

private:
    struct Coalesced {
        ExecutionId id;
        WallTime due;
        WallTime reached;  ///< the run has to be due later
    };
    static void dangling(const Coalesced& row, const std::string& why, JobFindings& findings);

    std::unordered_multimap<ExecutionId, Coalesced> expected_;  // by what covers it
};

}  // namespace quantum::verify
