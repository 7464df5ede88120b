#include "plan/plan.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "config/job_diff.hpp"
#include "model/job_parts.hpp"
#include "model/same_definition.hpp"
#include "plan/mutant.hpp"
#include "scheduler/jobs/accepted_job.hpp"

namespace quantum::plan {
namespace {

using ByName = std::unordered_map<std::string_view, const StoredJob*>;

std::string zone_of(const Job& job) {
    return job.schedule() ? std::string(job.schedule()->zone_name()) : "UTC";
}

bool is_reboot(const Job& job) { return job.schedule() && job.schedule()->is_reboot(); }

/// Makes the plan of one reload.
class Planning {
public:
    Planning(const Known& known, const Period& period) : known_(known), period_(period) {
        for (const StoredJob& stored : known.jobs) by_name_.emplace(stored.job->name(), &stored);
    }

    Result<Plan> run(std::vector<Job> wanted) {
        std::vector<JobRef> jobs;
        std::unordered_set<std::string_view> switched;
        for (const StoredJob& stored : known_.jobs) {
            jobs.push_back(stored.job);
            // A revision that a file made has no note.
            if (!stored.note.empty()) switched.insert(stored.job->name());
        }
        auto diff = config::diff_jobs(jobs, std::move(wanted), [&switched](const Job& job) {
            return switched.contains(job.name());
        });
        if (!diff) return tl::unexpected(std::move(diff).error());
        Plan plan{.period = period_, .jobs = {}, .unchanged = diff->unchanged.size()};
        for (Job& job : diff->changed) {
            const StoredJob* const before = by_name_.at(job.name());
            auto one = put(std::move(job), before);
            if (!one) return tl::unexpected(std::move(one).error());
            plan.jobs.push_back(*std::move(one));
        }
        for (Job& job : diff->added) {
            added_.push_back(job);
            auto one = put(std::move(job), nullptr);
            if (!one) return tl::unexpected(std::move(one).error());
            plan.jobs.push_back(*std::move(one));
        }
        for (const std::string& name : diff->removed) plan.jobs.push_back(remove(name));
        return plan;
    }

private:
    /// As the scheduler would take it.
    Result<JobPlan> put(Job job, const StoredJob* before) {
        std::optional<scheduler::JobRow> row;
        if (before != nullptr) {
            row.emplace();
            row->job = before->job;
            row->revision = before->revision;
            row->state = scheduler::JobRow::State::active;
        }
        const scheduler::JobRow* const earlier =
            row && !mutated(PlanMutant::anchor_begins_anew) ? &*row : nullptr;
        if (auto wrong = scheduler::check_accepted(job, earlier, period_.from)) {
            return tl::unexpected(*std::move(wrong));
        }
        JobPlan plan;
        plan.job = job.name();
        plan.source = model::JobParts::source(job);
        plan.zone = zone_of(job);
        plan.runs_at_boot = is_reboot(job);
        if (before != nullptr) {
            plan.revision = before->revision;
            plan.fields = field_changes(*before->job, job);
            plan.running = running(job.name());
        } else {
            plan.kind = ChangeKind::added;
        }
        scheduler::prepare(job, earlier, period_.from);
        plan.due = due_change(before == nullptr ? nullptr : &*before->job, &job, period_);
        return plan;
    }

    JobPlan remove(const std::string& name) {
        const StoredJob& stored = *by_name_.at(name);
        const Job& job = *stored.job;
        JobPlan plan;
        plan.job = name;
        plan.kind = ChangeKind::removed;
        plan.source = model::JobParts::source(job);
        plan.zone = zone_of(job);
        plan.revision = stored.revision;
        plan.runs_at_boot = is_reboot(job);
        plan.running = running(name);
        plan.loses_pause = job.pause().has_value();
        plan.due = due_change(&job, nullptr, period_);
        plan.renamed_to = new_name_of(job);
        return plan;
    }

    [[nodiscard]] std::size_t running(const std::string& name) const {
        return mutated(PlanMutant::running_not_told) ? 0 : known_.running.count(name);
    }

    /// The one added job that is the same but for its name; empty: there is none, or several.
    std::string new_name_of(const Job& job) {
        // Each is compared with each.
        constexpr std::size_t most = 1000;
        if (added_.size() > most || mutated(PlanMutant::rename_not_seen)) return {};
        const Job* found = nullptr;
        for (const Job& added : added_) {
            Job renamed = added;
            if (!renamed.set_name(job.name()) || !model::same_definition(job, renamed)) continue;
            if (found != nullptr) return {};
            found = &added;
        }
        return found == nullptr ? std::string() : found->name();
    }

    const Known& known_;
    const Period period_;
    ByName by_name_;
    std::vector<Job> added_;
};

}  // namespace

std::string_view to_string(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::added:
            return "added";
        case ChangeKind::changed:
            return "changed";
        case ChangeKind::removed:
            return "removed";
    }
    return "unknown";
}

std::size_t Plan::count(ChangeKind kind) const {
    return static_cast<std::size_t>(std::count_if(
        jobs.begin(), jobs.end(), [kind](const JobPlan& one) { return one.kind == kind; }));
}

Result<Plan> make_plan(const Known& known, std::vector<Job> wanted, const Period& period) {
    return Planning(known, period).run(std::move(wanted));
}

}  // namespace quantum::plan
