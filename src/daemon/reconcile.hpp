#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/job_changes.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler_config.hpp"

namespace quantum::daemon {

/// Why the files were read, which determines what happens to `@reboot` jobs: once per boot of the
/// machine and job, and never because of a reload.
enum class StartReason : std::uint8_t {
    boot,    ///< the first start since boot: each such job is due
    start,   ///< another start: those that have not run since boot are due
    reload,  ///< none is due
};

/// How the files change the existing jobs.
struct FileChanges {
    JobChanges changes;
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t removed = 0;
    std::size_t unchanged = 0;
};

/// `switched_by_hand` and errors: see `config::diff_jobs`.
[[nodiscard]] Result<FileChanges> reconcile(
    std::span<const JobRef> known, std::vector<Job> wanted, StartReason reason,
    const std::function<bool(const Job& known_job)>& switched_by_hand);

}  // namespace quantum::daemon
