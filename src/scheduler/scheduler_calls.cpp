#include "scheduler/scheduler_calls.hpp"

#include <memory>
#include <utility>

#include "scheduler/scheduler_impl.hpp"

namespace quantum::scheduler {

namespace {

template <class Use, class Request, class Then>
void ask_jobs(const Result<Use>& use, Request request, Then then) {
    if (!use) {
        then(tl::unexpected(use.error()));
        return;
    }
    (*use)->jobs().call_then(std::move(request), std::move(then));
}

template <class Use, class Request, class Then>
void ask_executions(const Result<Use>& use, Request request, Then then) {
    if (!use) {
        then(tl::unexpected(use.error()));
        return;
    }
    (*use)->executions().call_then(std::move(request), std::move(then));
}

}  // namespace

void SchedulerCalls::list(Then<std::vector<StoredJob>> then) const {
    ask_jobs(scheduler_.impl_->life.use(), ListJobs{}, std::move(then));
}

void SchedulerCalls::find(std::string name, Then<std::optional<JobView>> then) const {
    const auto use = scheduler_.impl_->life.use();
    if (!use) {
        then(tl::unexpected(use.error()));
        return;
    }
    const StageRef<ExecutionBroadcaster> executions = (*use)->executions();
    ask_jobs(use, FindJob{std::move(name)},
             [executions, then = std::move(then)](Result<std::optional<FoundJob>> found) {
                 if (!found) return then(tl::unexpected(std::move(found).error()));
                 if (!*found) return then(std::optional<JobView>());
                 const ViewRequest request{(*found)->handle, (*found)->stored.revision};
                 executions.call_then(request, [then, stored = std::move((*found)->stored)](
                                                   Result<ExecutionView> view) {
                     if (!view) return then(tl::unexpected(std::move(view).error()));
                     then(std::optional<JobView>(JobView{stored, *view}));
                 });
             });
}

void SchedulerCalls::runs(Then<std::vector<RunView>> then) const {
    ask_executions(scheduler_.impl_->life.use(), OpenRunsRequest{}, std::move(then));
}

void SchedulerCalls::put(AddJobs request, Then<StoredJob> then) const {
    const auto use = scheduler_.impl_->life.use();
    if (!use) {
        then(tl::unexpected(use.error()));
        return;
    }
    for (Job& job : request.jobs) {
        if (Status task = check_has_task(job); !task) {
            then(tl::unexpected(std::move(task).error()));
            return;
        }
        complete(job, (*use)->model());
    }
    request.list_accepted = true;
    ask_jobs(use, std::move(request),
             [then = std::move(then)](Result<std::vector<StoredJob>> accepted) {
                 if (!accepted) return then(tl::unexpected(std::move(accepted).error()));
                 then(std::move(accepted->front()));
             });
}

void SchedulerCalls::remove(RemoveJob request, Then<void> then) const {
    ask_jobs(scheduler_.impl_->life.use(), std::move(request), std::move(then));
}

void SchedulerCalls::set_pauses(SetPauses request, Then<std::size_t> then) const {
    ask_jobs(scheduler_.impl_->life.use(), std::move(request), std::move(then));
}

void SchedulerCalls::trigger(RunJob request, Then<ExecutionId> then) const {
    ask_jobs(scheduler_.impl_->life.use(), std::move(request), std::move(then));
}

void SchedulerCalls::add_notes(AddNotes request, Then<void> then) const {
    ask_jobs(scheduler_.impl_->life.use(), std::move(request), std::move(then));
}

void SchedulerCalls::stop_runs(StopRuns request, Then<std::vector<ExecutionId>> then) const {
    ask_executions(scheduler_.impl_->life.use(), std::move(request), std::move(then));
}

}  // namespace quantum::scheduler
