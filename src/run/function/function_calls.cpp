#include "run/function/function_calls.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "quantum/coroutine.hpp"
#include "quantum/job.hpp"
#include "quantum/runner/task_output.hpp"

#include "run/function/current_run.hpp"
#include "run/mutant.hpp"

namespace quantum::run {
namespace {

/// The fence around user code.
template <class Call>
void call_fenced(const Call& call, Outcome& outcome) {
    try {
        call();
        return;
    } catch (const std::exception& error) {
        outcome.reason = error.what();
        if (outcome.reason.empty()) outcome.reason = "an exception without text";
    } catch (...) {
        outcome.reason = "an exception that is not a std::exception";
    }
    if (!mutated(RunMutant::exception_escapes_as_success)) outcome.kind = OutcomeKind::failed;
}

}  // namespace

/// A run whose task is told more than its execution.
struct FunctionCalls::ContextRun {
    ContextRun(const Execution& what, RunObserver& whom, const OutputSetting& setting, Clock& clock,
               BootTime when, const Resume& resume)
        : execution(what),
          observer(whom),
          begun(when),
          output(setting.open(execution, observer)),
          context(execution, *output, clock, stop.get_token(),
                  [this, &resume](std::coroutine_handle<> suspended) {
                      resume(suspended, execution, observer);
                  }) {}

    const Execution execution;
    RunObserver& observer;
    const BootTime begun;
    const std::unique_ptr<TaskOutput> output;
    std::stop_source stop;
    ExecutionContext context;
    std::optional<Coroutine> coroutine;
};

FunctionCalls::FunctionCalls(Clock& clock, Handlers handlers, OutputSetting output)
    : clock_(clock), output_(std::move(output)) {
    for (auto& [name, handler] : handlers) {
        handlers_.emplace(name, std::make_shared<const Handler>(std::move(handler)));
    }
}

bool FunctionCalls::has_handler(std::string_view name) const { return handler(name) != nullptr; }

// The one before may be running: it stays as long as it does.
void FunctionCalls::add_handler(const std::string& name, std::shared_ptr<const Handler> handler) {
    const base::MutexLock lock(mutex_);
    handlers_[name].swap(handler);
}

std::shared_ptr<const Handler> FunctionCalls::handler(std::string_view name) const {
    const base::MutexLock lock(mutex_);
    const auto found = handlers_.find(name);
    return found == handlers_.end() ? nullptr : found->second;
}

BootTime FunctionCalls::run(const Execution& execution, RunObserver& observer) noexcept {
    const Task& task = execution.job->task();
    const BootTime begun = clock_.boot_now();
    if (const auto* const function = task.function()) {
        return call_plainly(execution, observer, begun, *function);
    }
    if (const auto* const function = task.execution_function()) {
        return call_plainly(execution, observer, begun, [&] { (*function)(execution); });
    }
    if (std::string reason = why_not_callable(task); !reason.empty()) {
        Outcome outcome;
        outcome.kind = OutcomeKind::failed;
        outcome.reason = std::move(reason);
        observer.finished(execution, std::move(outcome));
    } else {
        call_with_context(execution, observer, begun, task);
    }
    return clock_.boot_now();
}

template <class Call>
BootTime FunctionCalls::call_plainly(const Execution& execution, RunObserver& observer,
                                     BootTime begun, const Call& call) {
    observer.started(execution, begun, 0);
    Outcome outcome;
    outcome.started = begun;
    {
        const CurrentRun here(observer, execution.id);
        call_fenced(call, outcome);
    }
    const BootTime end = clock_.boot_now();
    outcome.duration = end - begun;
    observer.finished(execution, std::move(outcome));
    return end;
}

void FunctionCalls::call_with_context(const Execution& execution, RunObserver& observer,
                                      BootTime begun, const Task& task) {
    observer.started(execution, begun, 0);
    const auto run =
        std::make_shared<ContextRun>(execution, observer, output_, clock_, begun, resume_);
    const auto* const coroutine = task.coroutine_function();
    {
        const base::MutexLock lock(mutex_);
        running_.emplace(execution.id, run);
        if (coroutine != nullptr) ++coroutines_;
    }
    Outcome outcome;
    const CurrentRun here(observer, run->execution.id);
    if (coroutine == nullptr) {
        call_fenced([&] { call(*run, task); }, outcome);
        return end(*run, std::move(outcome), false);
    }
    call_fenced([&] { run->coroutine.emplace((*coroutine)(run->context)); }, outcome);
    if (!run->coroutine) return end(*run, std::move(outcome), true);
    // It keeps the run, and through its execution the job, until it has ended.
    run->coroutine->start([run, this](const std::exception_ptr& thrown) {
        Outcome outcome_at_end;
        call_fenced(
            [&] {
                if (thrown) std::rethrow_exception(thrown);
            },
            outcome_at_end);
        end(*run, std::move(outcome_at_end), true);
        run->coroutine.reset();
    });
}

std::string FunctionCalls::why_not_callable(const Task& task) const {
    if (task.context_function() != nullptr || task.coroutine_function() != nullptr) return {};
    if (const HandlerCall* const call = handler_of(task)) {
        if (has_handler(call->name)) return {};
        return "no handler '" + call->name + "' is registered";
    }
    if (task.kind() == TaskKind::command) return "the job's task is a command, not a function";
    if (request_of(task) != nullptr) {
        return "HTTP requests are not supported: pass the runner of the component quantum::http as "
               "SchedulerConfig::http";
    }
    return "the job has no task";
}

void FunctionCalls::call(ContextRun& run, const Task& task) const {
    if (const auto* const function = task.context_function()) {
        (*function)(run.context);
    } else {
        const HandlerCall& handler_call = *handler_of(task);
        (*handler(handler_call.name))(run.context, handler_call.arguments);
    }
}

void FunctionCalls::end(ContextRun& run, Outcome outcome, bool is_coroutine) {
    const Execution& execution = run.execution;
    outcome.started = run.begun;
    outcome.duration = clock_.boot_now() - run.begun;
    outcome.result = run.context.result();
    if (const auto& failure = run.context.failure();
        failure && outcome.kind == OutcomeKind::succeeded &&
        !mutated(RunMutant::returned_error_is_success)) {
        outcome.kind = OutcomeKind::failed;
        outcome.reason = failure->empty() ? "an error without text" : *failure;
    }
    {
        const base::MutexLock lock(mutex_);
        running_.erase(execution.id);
    }
    run.observer.finished_with_output(execution, std::move(outcome), run.output->finish());
    if (!is_coroutine) return;
    const base::MutexLock lock(mutex_);
    --coroutines_;
    ended_coroutine_.notify_all();
}

void FunctionCalls::report_not_begun(const Execution& execution, RunObserver& observer) {
    Outcome outcome;
    outcome.kind = OutcomeKind::killed;
    outcome.reason = "terminated before it started";
    observer.finished(execution, std::move(outcome));
}

// Whoever waits for the request is called without the lock.
bool FunctionCalls::ask_to_end(const ExecutionId& id) {
    const auto run = find(id);
    if (!run) return false;
    run->stop.request_stop();
    return true;
}

std::shared_ptr<const CapturedOutput> FunctionCalls::output_so_far(const ExecutionId& id) {
    const auto run = find(id);
    return run ? run->output->so_far() : nullptr;
}

std::shared_ptr<FunctionCalls::ContextRun> FunctionCalls::find(const ExecutionId& id) {
    const base::MutexLock lock(mutex_);
    const auto run = running_.find(id);
    return run == running_.end() ? nullptr : run->second;
}

// Coroutines that wait need threads to end on.
void FunctionCalls::end_all() {
    std::vector<std::stop_source> sources;
    {
        const base::MutexLock lock(mutex_);
        for (const auto& [id, run] : running_) sources.push_back(run->stop);
    }
    for (std::stop_source& source : sources) source.request_stop();
    const base::MutexLock lock(mutex_);
    while (coroutines_ > 0) ended_coroutine_.wait(mutex_);
}

}  // namespace quantum::run
