#pragma once

#include <cstddef>
#include <filesystem>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "scheduler/jobs/job_requests.hpp"

namespace quantum::daemon {

/// Pauses or resumes jobs of a state directory that no daemon holds, in one batch, as a daemon
/// would have done it: all of them, or none if one is unknown. The result is how many it changed.
///
/// A pause holds from the first instant that nobody has decided, so that the next start catches up
/// nothing of these jobs. What a pause has skipped until it is ended here gets its row.
///
/// Errors: `unavailable` if somebody holds the directory, `not_found` if there is no job of a name,
/// those of `SqliteStorage`.
[[nodiscard]] Result<std::size_t> set_stored_pauses(const std::filesystem::path& directory,
                                                    const scheduler::SetPauses& request,
                                                    WallTime now);

}  // namespace quantum::daemon
