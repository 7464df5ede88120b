#include "config/job_diff.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/mutant.hpp"
#include "model/job_parts.hpp"
#include "model/same_definition.hpp"

namespace quantum::config {
bool is_of_file(const Job& job) {
    const std::string source = model::JobParts::source(job);
    return !source.empty() && !source.starts_with("api:");
}

std::string source_file(const Job& job) {
    std::string source = model::JobParts::source(job);
    const std::size_t colon = source.find_last_not_of("0123456789");
    const bool numbered =
        colon != std::string::npos && source[colon] == ':' && colon + 1 < source.size();
    if (numbered) source.resize(colon);
    return source;
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
                        model::JobParts::source(job) + ": the name '" + job.name() +
                            "' is already used by a job that no file defines; delete that job, or "
                            "rename this one");
        }
        // That its single due time is over is no file's word, and a new instant is due again.
        const bool finished = old_job.state() == JobState::finished;
        const bool same_state =
            finished || old_job.state() == job.state() ||
            (switched_by_hand(old_job) && !mutated(ConfigMutant::pause_lost_at_a_change));
        if (same_state && model::same_definition(old_job, job) &&
            (source_file(old_job) == source_file(job) ||
             mutated(ConfigMutant::moved_job_is_unchanged))) {
            diff.unchanged.push_back(std::move(model::JobParts::name(job)));
            continue;
        }
        diff.changed.push_back(std::move(job));
        if (same_state && (!finished || mutated(ConfigMutant::finished_is_taken_over)))
            diff.changed.back().set_state(old_job.state());
    }
    for (const JobRef& job : old_jobs) {
        if (old_by_name.contains(job->name()) &&
            (is_of_file(*job) || mutated(ConfigMutant::others_jobs_are_removed))) {
            diff.removed.push_back(job->name());
        }
    }
    return diff;
}

}  // namespace quantum::config
