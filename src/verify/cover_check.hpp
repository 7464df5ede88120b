#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "verify/findings.hpp"
#include "verify/row.hpp"

namespace quantum::verify {

/// A row as whoever keeps them all finds it by its id.
struct FoundById {
    std::string job;
    WallTime due;
};
using FindById = std::function<std::optional<FoundById>(const ExecutionId&)>;

/// Is what one job's coalesced rows name a later run of the job? Rows come in the order of their
/// due times, so that the run is one of those to come.
class CoverCheck {
public:
    /// The next row of the job.
    void look_at(const Row& row, JobFindings& findings);
    /// `row` is coalesced, and says by what it is covered. `look_at` saw it before.
    void expect(const Row& row, JobFindings& findings);
    /// There are no more.
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
