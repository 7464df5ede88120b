#include "config/job_diff.hpp"

#include <string_view>
#include <unordered_map>
#include <variant>

namespace quantum::config {
namespace {

bool same_schedule(const std::optional<Schedule>& a, const std::optional<Schedule>& b) {
    if (!a || !b) {
        return a.has_value() == b.has_value();
    }
    return a->text() == b->text() && a->zone_name() == b->zone_name() &&
           a->dialect() == b->dialect();
}

bool same_task(const Task& a, const Task& b) {
    if (a.index() != b.index()) {
        return false;
    }
    if (const Command* command = command_of(a)) {
        return *command == *command_of(b);
    }
    if (const HandlerCall* call = handler_of(a)) {
        return *call == *handler_of(b);
    }
    return std::holds_alternative<std::monostate>(a);
}

}  // namespace

bool same_definition(const Job& a, const Job& b) {
    return a.name() == b.name() && a.state() == b.state() && a.overlap() == b.overlap() &&
           a.queue_limit() == b.queue_limit() && a.misfire() == b.misfire() &&
           a.misfire_cap() == b.misfire_cap() && a.grace() == b.grace() &&
           a.run_strategy() == b.run_strategy() && same_schedule(a.schedule(), b.schedule()) &&
           same_task(a.task(), b.task());
}

JobDiff diff_jobs(std::span<const Job> old_jobs, std::span<const Job> new_jobs) {
    std::unordered_map<std::string_view, const Job*> old_by_name;
    old_by_name.reserve(old_jobs.size());
    for (const Job& job : old_jobs) {
        old_by_name.emplace(job.name(), &job);
    }
    JobDiff diff;
    for (const Job& job : new_jobs) {
        const auto place = old_by_name.find(job.name());
        if (place == old_by_name.end()) {
            diff.added.push_back(job);
            continue;
        }
        if (same_definition(*place->second, job)) {
            diff.unchanged.push_back(job.name());
        } else {
            diff.changed.push_back(job);
        }
        old_by_name.erase(place);
    }
    for (const Job& job : old_jobs) {
        if (old_by_name.contains(job.name())) {
            diff.removed.push_back(job.name());
        }
    }
    return diff;
}

}  // namespace quantum::config
