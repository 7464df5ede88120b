#include "daemon/known_jobs.hpp"

#include <optional>
#include <string>

#include "quantum/job.hpp"

namespace quantum::daemon {

config::KnownJobs known_in(const Ledger& ledger) {
    return [&ledger](const std::string& name) -> std::optional<Job> {
        const auto revisions = ledger.revisions(name);
        if (!revisions || revisions->empty()) return std::nullopt;
        const JobRevision& last = revisions->back();
        if (last.until || !last.stored.job) return std::nullopt;
        return *last.stored.job;
    };
}

config::KnownJobs known_in(const Scheduler& scheduler) {
    return [&scheduler](const std::string& name) -> std::optional<Job> {
        const auto job = scheduler.find_job(name);
        if (!job || !*job) return std::nullopt;
        return **job;
    };
}

}  // namespace quantum::daemon
