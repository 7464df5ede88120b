#include "model/common_parts.hpp"

#include <algorithm>

namespace quantum {

bool CommonParts::share(Job& job) {
    if (Shared<JobParts::Rare>& rare = JobParts::rare(job)) share_rare(rare);
    if (JobOrigin& origin = JobParts::origin(job)) share_origin(origin);
    return commands_.share(JobParts::task(job)) && job.task().kind() == TaskKind::command;
}

void CommonParts::share_rare(Shared<JobParts::Rare>& rare) {
    if (*rare == JobParts::usual()) {
        rare.reset();
        return;
    }
    const auto known = std::find_if(rares_.begin(), rares_.end(),
                                    [&](const auto& other) { return other && *other == *rare; });
    if (known != rares_.end()) {
        rare = *known;
        return;
    }
    rares_[oldest_rare_] = rare;
    oldest_rare_ = (oldest_rare_ + 1) % most;
}

void CommonParts::share_origin(JobOrigin& origin) {
    const auto known = std::find_if(origins_.begin(), origins_.end(), [&](const auto& other) {
        return other && (other == origin || other.name() == origin.name());
    });
    if (known != origins_.end()) {
        origin = *known;
        return;
    }
    origins_[oldest_origin_] = origin;
    oldest_origin_ = (oldest_origin_ + 1) % most;
}

}  // namespace quantum
