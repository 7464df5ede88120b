#include "config/job_diff.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

#include "base/job_parts.hpp"
#include "base/packed_command.hpp"

namespace quantum::config {
namespace {

// Anchors are the scheduler's to give and to keep.
bool same_schedule(const std::optional<Schedule>& a, const std::optional<Schedule>& b) {
    if (!a || !b) {
        return a.has_value() == b.has_value();
    }
    return a->text() == b->text() && a->dialect() == b->dialect() &&
           a->anchored_at(b->anchor()) == *b;
}

bool same_task(const Task& a, const Task& b) {
    if (a.kind() != b.kind()) {
        return false;
    }
    if (const auto command = CommandView::of(a)) return *command == *CommandView::of(b);
    if (const HttpRequest* request = request_of(a)) {
        return *request == *request_of(b);
    }
    if (const HandlerCall* call = handler_of(a)) {
        return *call == *handler_of(b);
    }
    return a.kind() == TaskKind::none;
}

}  // namespace

bool is_of_file(const Job& job) {
    const std::string source = JobParts::source(job);
    return !source.empty() && !source.starts_with("api:");
}

bool same_definition(const Job& a, const Job& b) {
    return a.name() == b.name() && a.overlap() == b.overlap() &&
           a.queue_limit() == b.queue_limit() && a.misfire() == b.misfire() &&
           a.misfire_cap() == b.misfire_cap() && a.grace() == b.grace() &&
           a.run_strategy() == b.run_strategy() && same_schedule(a.schedule(), b.schedule()) &&
           same_task(a.task(), b.task());
}

Result<JobDiff> diff_jobs(std::span<const JobRef> old_jobs, std::vector<Job> new_jobs,
                          const std::function<bool(const Job& old_job)>& switched_by_hand) {
    std::unordered_map<std::string_view, const Job*> old_by_name;
    old_by_name.reserve(old_jobs.size());
    for (const JobRef& job : old_jobs) {
        old_by_name.emplace(job->name(), job.get());
    }
    JobDiff diff;
    for (Job& job : new_jobs) {
        const auto place = old_by_name.find(job.name());
        if (place == old_by_name.end()) {
            diff.added.push_back(std::move(job));
            continue;
        }
        const Job& old_job = *place->second;
        old_by_name.erase(place);
        if (!is_of_file(old_job)) {
            return fail(ErrorCode::already_exists,
                        JobParts::source(job) + ": the name '" + job.name() +
                            "' is taken by a job that no file defines; delete that one, or name "
                            "this one otherwise");
        }
        const bool same_state = old_job.state() == job.state() || switched_by_hand(old_job);
        if (same_state && same_definition(old_job, job)) {
            diff.unchanged.push_back(std::move(JobParts::name(job)));
            continue;
        }
        diff.changed.push_back(std::move(job));
        if (same_state) diff.changed.back().set_state(old_job.state());
    }
    for (const JobRef& job : old_jobs) {
        if (old_by_name.contains(job->name()) && is_of_file(*job)) {
            diff.removed.push_back(job->name());
        }
    }
    return diff;
}

}  // namespace quantum::config
