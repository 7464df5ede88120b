#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"

#include "plan/due_change.hpp"
#include "plan/field_changes.hpp"

namespace quantum::plan {

enum class ChangeKind : std::uint8_t { added, changed, removed };

[[nodiscard]] std::string_view to_string(ChangeKind kind);

/// What would become of one job.
struct JobPlan {
    std::string job{};
    ChangeKind kind = ChangeKind::changed;
    std::string source{};        ///< where it is defined, or was
    std::uint32_t revision = 0;  ///< the current one; 0: it is new
    std::vector<FieldChange> fields{};
    DueChange due{};
    std::string zone{};         ///< of its times
    std::size_t running = 0;    ///< runs that go on to their end
    bool runs_at_boot = false;  ///< `@reboot`: a reload does not run it
    /// Of a removed job: an added one with the same definition under another name. History stays
    /// under the old name.
    std::string renamed_to{};
    bool loses_pause = false;  ///< with that, or because it is deleted
};

/// What files would change, if they were loaded now.
struct Plan {
    Period period;
    std::vector<JobPlan> jobs{};  ///< changed, added, removed, each in the order of the files
    std::size_t unchanged = 0;

    [[nodiscard]] std::size_t count(ChangeKind kind) const;
};

/// What is known beside the files.
struct Known {
    std::span<const StoredJob> jobs{};  ///< of every source
    /// The names of jobs with a run in progress, once for each run.
    std::multiset<std::string> running{};
};

/// Compares the jobs that files define with those that are known, as a reload would at
/// `period.from`. Errors: `already_exists` if a file uses the name of a job that no file defines;
/// `invalid_argument` if a job could not be accepted.
[[nodiscard]] Result<Plan> make_plan(const Known& known, std::vector<Job> wanted,
                                     const Period& period);

}  // namespace quantum::plan
