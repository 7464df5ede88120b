#include "model/common_parts.hpp"

#include <algorithm>

namespace quantum::model {

bool CommonParts::share(Job& job) {
    if (Shared<JobParts::Extras>& extras = JobParts::extras(job)) share_extras(extras);
    if (JobOrigin& origin = JobParts::origin(job)) share_origin(origin);
    return commands_.share(JobParts::task(job)) && job.task().kind() == TaskKind::command;
}

void CommonParts::share_extras(Shared<JobParts::Extras>& extras) {
    if (*extras == JobParts::default_extras()) {
        extras.reset();
        return;
    }
    const auto known = std::find_if(all_extras_.begin(), all_extras_.end(),
                                    [&](const auto& other) { return other && *other == *extras; });
    if (known != all_extras_.end()) {
        extras = *known;
        return;
    }
    all_extras_[oldest_rare_] = extras;
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

}  // namespace quantum::model
