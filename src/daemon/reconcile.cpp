#include "daemon/reconcile.hpp"

#include <chrono>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/job_diff.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

// What an `@reboot` is anchored at that was accepted at a reload: an instant that is over.
constexpr WallTime not_since_boot{Duration(1)};

bool is_reboot(const Job& job) { return job.schedule() && job.schedule()->is_reboot(); }

// Without an anchor the scheduler makes the job due as it takes it.
void anchor_at(Job& job, WallTime anchor) { job.set_schedule(job.schedule()->anchored_at(anchor)); }

// The anchor that a job of a file goes on with; none: it is due now.
WallTime anchor_of(const Job* known, StartReason reason) {
    const bool was_due =
        known != nullptr && is_reboot(*known) && known->schedule()->anchor() > not_since_boot;
    switch (reason) {
        case StartReason::boot:
            return {};
        case StartReason::start:
            return was_due && !mutated(DaemonMutant::reboot_at_each_start)
                       ? known->schedule()->anchor()
                       : WallTime{};
        case StartReason::reload:
            break;
    }
    return was_due                                   ? known->schedule()->anchor()
           : mutated(DaemonMutant::reboot_at_reload) ? WallTime{}
                                                     : not_since_boot;
}

}  // namespace

Result<FileChanges> reconcile(std::span<const JobRef> known, std::vector<Job> wanted,
                              StartReason reason,
                              const std::function<bool(const Job& known_job)>& switched_by_hand) {
    auto diff = config::diff_jobs(known, std::move(wanted), switched_by_hand);
    if (!diff) return tl::unexpected(std::move(diff).error());
    FileChanges result;
    result.added = diff->added.size();
    result.changed = diff->changed.size();
    result.removed = diff->removed.size();
    result.unchanged = diff->unchanged.size();

    std::unordered_map<std::string_view, const Job*> reboots;
    for (const JobRef& job : known) {
        if (is_reboot(*job)) reboots.emplace(job->name(), job.get());
    }
    const auto find = [&reboots](const Job& job) {
        const auto place = reboots.find(job.name());
        return place == reboots.end() ? nullptr : place->second;
    };
    JobChanges& changes = result.changes;
    changes.from_files = true;
    changes.remove = std::move(diff->removed);
    changes.put = std::move(diff->changed);
    for (Job& job : diff->added) changes.put.push_back(std::move(job));
    for (Job& job : changes.put) {
        if (is_reboot(job)) anchor_at(job, anchor_of(find(job), reason));
    }
    // The definition stands; that it is due again is a new acceptance.
    for (const std::string& name : diff->unchanged) {
        const auto place = reboots.find(name);
        if (place != reboots.end() && anchor_of(place->second, reason) == WallTime{}) {
            anchor_at(changes.put.emplace_back(*place->second), WallTime{});
        }
    }
    return result;
}

}  // namespace quantum::daemon
