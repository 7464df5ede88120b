#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/execution_context.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/task.hpp"

#include "base/mutex.hpp"

namespace quantum::run {

/// Calls what users wrote: functions, handlers and coroutines, behind a fence for exceptions; knows
/// which of those under way can be asked to end.
///
/// Owned by FunctionRunner and outlives its threads, which call `run`. Thread-safety: any thread.
/// The mutex is a leaf: no user code and no observer is called while it is held.
class FunctionCalls {
public:
    using Handlers = std::map<std::string, Handler, std::less<>>;

    FunctionCalls(Clock& clock, Handlers handlers, OutputSetting output);
    /// Where the coroutine of a run goes on that has waited.
    using Resume = std::function<void(std::coroutine_handle<>, const Execution&, RunObserver&)>;
    /// Set once, before the first run.
    void resume_on(Resume resume) { resume_ = std::move(resume); }

    [[nodiscard]] bool has_handler(std::string_view name) const QUANTUM_EXCLUDES(mutex_);
    /// Adds one, or replaces it for calls that begin from now on.
    void add_handler(const std::string& name, std::shared_ptr<const Handler> handler)
        QUANTUM_EXCLUDES(mutex_);

    /// Does what one execution asks for and reports it. A coroutine may end later, on another
    /// thread. Gives when the call ended. An observer that throws is a bug and ends the program.
    BootTime run(const Execution& execution, RunObserver& observer) noexcept;

    /// False if nothing under way can be told.
    bool ask_to_end(const ExecutionId& id) QUANTUM_EXCLUDES(mutex_);
    /// Asks all, and waits for the coroutines among them: they need threads to end on.
    void end_all() QUANTUM_EXCLUDES(mutex_);

    /// Null if the run is unknown or has ended, and if nothing is kept.
    [[nodiscard]] std::shared_ptr<const CapturedOutput> output_so_far(const ExecutionId& id)
        QUANTUM_EXCLUDES(mutex_);

    static void report_not_begun(const Execution& execution, RunObserver& observer);

private:
    struct ContextRun;

    template <class Call>
    BootTime call_plainly(const Execution& execution, RunObserver& observer, BootTime begun,
                          const Call& call);
    void call_with_context(const Execution& execution, RunObserver& observer, BootTime begun,
                           const Task& task) QUANTUM_EXCLUDES(mutex_);
    /// Why there is nothing to call; empty where there is.
    [[nodiscard]] std::string why_not_callable(const Task& task) const QUANTUM_EXCLUDES(mutex_);
    void call(ContextRun& run, const Task& task) const QUANTUM_EXCLUDES(mutex_);
    /// Null if there is none of this name.
    [[nodiscard]] std::shared_ptr<const Handler> handler(std::string_view name) const
        QUANTUM_EXCLUDES(mutex_);
    void end(ContextRun& run, Outcome outcome, bool is_coroutine) QUANTUM_EXCLUDES(mutex_);

    [[nodiscard]] std::shared_ptr<ContextRun> find(const ExecutionId& id) QUANTUM_EXCLUDES(mutex_);

    Clock& clock_;
    const OutputSetting output_;
    Resume resume_;

    mutable base::Mutex mutex_;
    std::map<std::string, std::shared_ptr<const Handler>, std::less<>> handlers_
        QUANTUM_GUARDED_BY(mutex_);
    std::condition_variable_any ended_coroutine_;
    std::unordered_map<ExecutionId, std::shared_ptr<ContextRun>> running_
        QUANTUM_GUARDED_BY(mutex_);
    std::size_t coroutines_ QUANTUM_GUARDED_BY(mutex_) = 0;
};

}  // namespace quantum::run
