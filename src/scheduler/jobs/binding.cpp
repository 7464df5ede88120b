#include "scheduler/jobs/binding.hpp"

#include <utility>

#include "model/job_parts.hpp"
#include "model/same_definition.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

bool is_function(TaskKind kind) {
    switch (kind) {
        case TaskKind::function:
        case TaskKind::execution_function:
        case TaskKind::context_function:
        case TaskKind::coroutine_function:
            return true;
        case TaskKind::none:
        case TaskKind::handler:
        case TaskKind::command:
        case TaskKind::request:
            break;
    }
    return false;
}

// What the definitions themselves do not say. What runs at a start is always taken anew.
bool is_held_the_same(const Job& job, const Job& before) {
    if (job.schedule() && job.schedule()->is_reboot()) return false;
    if (job.pause() && job.pause() != before.pause()) return false;
    return model::JobParts::source(job) == model::JobParts::source(before);
}

}  // namespace

bool Binding::is_unbound(const Job& job) const {
    if (mutated(SchedulerMutant::unbound_runs)) return false;
    if (job.task().kind() == TaskKind::none) return true;
    if (runner_ == nullptr || job.task().kind() != TaskKind::handler) return false;
    return !runner_->has_handler(handler_of(job.task())->name);
}

std::string why_unbound(const Job& job) {
    if (const HandlerCall* const call = handler_of(job.task())) {
        return "unbound: no handler '" + call->name + "' is registered";
    }
    if (job.task().kind() != TaskKind::none) {
        return "unbound: its schedule or run strategy could not be stored; add_job gives it back";
    }
    return "unbound: its function could not be stored; add_job gives it back";
}

Job with_task_of(const Job& job, const Job& given) {
    Job bound = job;
    model::JobParts::task(bound) = given.task();
    return bound;
}

bool is_unchanged(const Job& job, const Job& before) {
    return before.state() == job.state() && is_held_the_same(job, before) &&
           model::same_definition(job, before);
}

// One that is finished stays so: its only due time may still wait for the function.
bool only_binds(const Job& job, const Job& before) {
    const bool same_state = before.state() == job.state() || before.state() == JobState::finished;
    return same_state && is_function(job.task().kind()) && is_held_the_same(job, before) &&
           model::same_definition_but_task(job, before);
}

bool lacks_something(const StoredJob& stored) {
    return stored.lacks_schedule || stored.lacks_run_strategy ||
           stored.job->task().kind() == TaskKind::none;
}

void give_back(StoredJob& stored, const Job& given) {
    Job bound = *stored.job;
    if (bound.task().kind() == TaskKind::none) model::JobParts::task(bound) = given.task();
    if (stored.lacks_schedule && given.schedule()) {
        const Schedule& schedule = *given.schedule();
        const bool counts = schedule.has_interval() && schedule.anchor() == WallTime{};
        bound.set_schedule(counts ? schedule.anchored_at(stored.effective_from) : schedule);
        stored.lacks_schedule = false;
    }
    if (stored.lacks_run_strategy && given.run_strategy()) {
        bound.set_run_strategy(given.run_strategy());
        stored.lacks_run_strategy = false;
    }
    stored.job = std::move(bound);
}

}  // namespace quantum::scheduler
