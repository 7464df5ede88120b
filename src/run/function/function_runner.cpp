#include "run/function/function_runner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstring>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "quantum/coroutine.hpp"
#include "quantum/execution_context.hpp"
#include "quantum/job.hpp"

#include "base/mutex.hpp"
#include "run/function/batch_queue.hpp"
#include "run/mutant.hpp"

namespace quantum {
namespace {

/// A wait shorter than this says that work flows: the next wait is worth some looking out.
constexpr auto flow = std::chrono::microseconds(200);
/// How long a thread looks for work before it sleeps, while work flows.
constexpr auto longest_look = std::chrono::microseconds(50);
/// Executions that wait longer than this for the threads that are awake get another one.
constexpr Duration falls_behind = std::chrono::milliseconds(1);

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
        outcome.reason = "an exception that is no std::exception";
    }
    if (!mutated(RunMutant::exception_escapes_as_success)) outcome.kind = OutcomeKind::failed;
}

}  // namespace

// Not in the unnamed namespace: Pool, which has linkage, holds them.
struct ContextRunHash {
    std::size_t operator()(const ExecutionId& id) const noexcept {
        std::size_t random = 0;
        std::memcpy(&random, id.bytes.data() + 8, sizeof random);
        return random;
    }
};

/// A run whose task is told more than its execution.
struct ContextRun {
    ContextRun(const Execution& what, RunObserver& whom, Clock& clock, BootTime when,
               ExecutionContext::Resume resume)
        : execution(what),
          observer(whom),
          context(execution, observer, clock, stop.get_token(), std::move(resume)),
          begun(when) {}

    const Execution execution;
    RunObserver& observer;
    std::stop_source stop;
    ExecutionContext context;
    const BootTime begun;
    std::optional<Coroutine> coroutine;
};

struct FunctionRunner::Pool : std::enable_shared_from_this<Pool> {
    Pool(Clock& the_clock, FunctionRunnerOptions the_options)
        : clock(the_clock), options(std::move(the_options)) {
        if (options.threads == 0) {
            options.threads = std::max<std::size_t>(1, std::thread::hardware_concurrency());
        }
        options.most_threads = std::max(options.most_threads, options.threads);
    }

    Clock& clock;
    FunctionRunnerOptions options;

    // A leaf: no user code and no observer is called while it is held.
    mutable Mutex mutex;
    std::condition_variable_any wake;
    std::condition_variable_any ended_coroutine;
    BatchQueue waiting QUANTUM_GUARDED_BY(mutex);
    std::deque<std::coroutine_handle<>> waiting_to_go_on QUANTUM_GUARDED_BY(mutex);
    std::uint64_t gone_on QUANTUM_GUARDED_BY(mutex) = 0;
    std::unordered_map<ExecutionId, std::stop_source, ContextRunHash> running
        QUANTUM_GUARDED_BY(mutex);
    std::size_t coroutines QUANTUM_GUARDED_BY(mutex) = 0;
    std::atomic<std::uint64_t> spans_come{0};  // changed under the mutex, looked at without
    std::vector<std::thread> threads QUANTUM_GUARDED_BY(mutex);
    std::vector<std::thread::id> ended QUANTUM_GUARDED_BY(mutex);
    std::size_t alive QUANTUM_GUARDED_BY(mutex) = 0;
    std::size_t asleep QUANTUM_GUARDED_BY(mutex) = 0;
    bool on_watch QUANTUM_GUARDED_BY(mutex) = false;  // a thread looks for work without sleeping
    std::optional<Clock::TimerId> patience_timer QUANTUM_GUARDED_BY(mutex);
    bool stopping QUANTUM_GUARDED_BY(mutex) = false;

    void add(std::vector<Execution>&& executions, RunObserver& observer) QUANTUM_EXCLUDES(mutex) {
        // What may throw comes first: after that the executions are moved.
        auto span = std::make_shared<ExecutionBatch>(executions.size(), observer, clock.boot_now());
        std::size_t sleepers = 0;
        {
            const MutexLock lock(mutex);
            const bool is_first = waiting.size() == 0;
            waiting.push(std::move(span), std::move(executions));
            spans_come.fetch_add(1, std::memory_order_release);
            sleepers = rouse(is_first);
        }
        for (; sleepers > 0; --sleepers) wake.notify_one();
    }

    void resume(std::coroutine_handle<> coroutine) QUANTUM_EXCLUDES(mutex) {
        {
            const MutexLock lock(mutex);
            waiting_to_go_on.push_back(coroutine);
            spans_come.fetch_add(1, std::memory_order_release);
            if (asleep == 0 && alive < options.threads) add_thread();
            watch();
        }
        wake.notify_one();
    }

    [[nodiscard]] bool has_work() QUANTUM_REQUIRES(mutex) {
        return !waiting_to_go_on.empty() || waiting.front() != nullptr;
    }

    /// Rises with every piece of work that is taken.
    [[nodiscard]] std::uint64_t progress() const QUANTUM_REQUIRES(mutex) {
        return waiting.taken() + gone_on;
    }

    /// Sees to it that what waits is taken; gives how many threads are to be woken.
    ///
    /// A few executions get a thread each at once. More are left to the threads that are awake,
    /// since waking one costs more than a short function; who falls behind wakes the next, and
    /// patience finds those that are held up.
    std::size_t rouse(bool is_first) QUANTUM_REQUIRES(mutex) {
        std::size_t runs = waiting.size();
        if (on_watch && runs > 0) --runs;
        const bool few = runs <= options.threads;
        const std::size_t wanted = few ? runs : (is_first && !on_watch ? 1 : 0);
        const std::size_t woken = std::min(wanted, asleep);
        std::size_t added = 0;
        while (woken + added < wanted && alive < options.threads && add_thread()) ++added;
        if (woken + added < runs) watch();
        return woken;
    }

    bool add_thread() QUANTUM_REQUIRES(mutex) {
        join_ended();
        // Signals belong to the program, not to its pool.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        bool added = true;
        try {
            threads.emplace_back([this] { run(); });
            ++alive;
        } catch (const std::system_error&) {
            added = false;  // the machine has no more; those there are go on
        }
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return added;
    }

    void join_ended() QUANTUM_REQUIRES(mutex) {
        for (const auto id : std::exchange(ended, {})) {
            const auto thread = std::find_if(threads.begin(), threads.end(),
                                             [id](const auto& t) { return t.get_id() == id; });
            thread->join();  // past its last lock: it only returns
            threads.erase(thread);
        }
    }

    /// Comes back later to see whether the threads are held up.
    void watch() QUANTUM_REQUIRES(mutex) {
        if (patience_timer || stopping) return;
        if (waiting.size() == 0 && waiting_to_go_on.empty()) return;
        if (asleep == 0 && alive >= options.most_threads) return;
        patience_timer =
            clock.wake_after(options.patience, [weak = weak_from_this(), seen = progress()] {
                if (const auto self = weak.lock()) self->look_again(seen);
            });
    }

    void look_again(std::uint64_t seen) QUANTUM_EXCLUDES(mutex) {
        const MutexLock lock(mutex);
        patience_timer.reset();
        if (has_work() && progress() == seen && !stopping) {
            if (asleep > 0) {
                wake.notify_one();
            } else {
                add_thread();
            }
        }
        watch();
    }

    void run() QUANTUM_EXCLUDES(mutex) {
        bool flows = false;
        for (;;) {
            const Work work = next_work(flows);
            if (work.coroutine) {
                work.coroutine.resume();
            } else if (work.span) {
                work_off(*work.span);
            } else {
                return;
            }
        }
    }

    void work_off(ExecutionBatch& span) QUANTUM_EXCLUDES(mutex) {
        BootTime behind = span.came + falls_behind;
        while (const Execution* execution = span.take()) {
            const BootTime now = work_off(*execution, span.observer);
            if (now < behind) continue;
            behind = now + falls_behind;
            wake_another();
        }
    }

    /// One of both; neither: the thread is to end.
    struct Work {
        std::shared_ptr<ExecutionBatch> span;
        std::coroutine_handle<> coroutine{};
    };

    /// Waits for a span with something left, or a coroutine that goes on.
    Work next_work(bool& flows) QUANTUM_EXCLUDES(mutex) {
        const auto begun = std::chrono::steady_clock::now();
        mutex.lock();
        if (!has_work() && flows && !on_watch && !stopping) look_out(begun);
        if (!has_work() && alive > options.threads) {
            end_thread();
            mutex.unlock();
            return {};
        }
        ++asleep;
        while (!has_work() && !stopping) wake.wait(mutex);
        --asleep;
        Work work;
        if (!waiting_to_go_on.empty()) {
            work.coroutine = waiting_to_go_on.front();
            waiting_to_go_on.pop_front();
            ++gone_on;
        } else {
            work.span = waiting.front();
            if (work.span == nullptr) end_thread();
        }
        mutex.unlock();
        flows = std::chrono::steady_clock::now() - begun < flow;
        return work;
    }

    /// Looks for work without sleeping, for as long as a sleep and a wake-up would take.
    void look_out(std::chrono::steady_clock::time_point begun) QUANTUM_REQUIRES(mutex) {
        const std::uint64_t seen = spans_come.load(std::memory_order_relaxed);
        on_watch = true;
        mutex.unlock();
        while (spans_come.load(std::memory_order_acquire) == seen &&
               std::chrono::steady_clock::now() - begun < longest_look) {
        }
        mutex.lock();
        on_watch = false;
    }

    void wake_another() QUANTUM_EXCLUDES(mutex) {
        const MutexLock lock(mutex);
        if (asleep > 0 && has_work()) wake.notify_one();
    }

    void end_thread() QUANTUM_REQUIRES(mutex) {
        --alive;
        ended.push_back(std::this_thread::get_id());
    }

    // An observer that throws is a bug and ends the program. Gives when it ended.
    BootTime work_off(const Execution& execution, RunObserver& observer) noexcept {
        const Task& task = execution.job->task();
        const BootTime begun = clock.boot_now();
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
        return clock.boot_now();
    }

    template <class Call>
    BootTime call_plainly(const Execution& execution, RunObserver& observer, BootTime begun,
                          const Call& call) {
        observer.started(execution, begun, 0);
        Outcome outcome;
        outcome.started = begun;
        call_fenced(call, outcome);
        const BootTime end = clock.boot_now();
        outcome.duration = end - begun;
        observer.finished(execution, std::move(outcome));
        return end;
    }

    void call_with_context(const Execution& execution, RunObserver& observer, BootTime begun,
                           const Task& task) QUANTUM_EXCLUDES(mutex) {
        observer.started(execution, begun, 0);
        const auto resume = [weak = weak_from_this()](std::coroutine_handle<> coroutine) {
            if (const auto self = weak.lock()) self->resume(coroutine);
        };
        const auto run = std::make_shared<ContextRun>(execution, observer, clock, begun, resume);
        const auto* const coroutine = task.coroutine_function();
        {
            const MutexLock lock(mutex);
            running.emplace(execution.id, run->stop);
            if (coroutine != nullptr) ++coroutines;
        }
        Outcome outcome;
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

    /// Why there is nothing to call; empty where there is.
    [[nodiscard]] std::string why_not_callable(const Task& task) const {
        if (task.context_function() != nullptr || task.coroutine_function() != nullptr) return {};
        if (const HandlerCall* const call = handler_of(task)) {
            if (options.handlers.contains(call->name)) return {};
            return "no handler '" + call->name + "' is registered";
        }
        if (task.kind() == TaskKind::command) return "the job's task is a command, not a function";
        if (request_of(task) != nullptr) {
            return "nothing here sends HTTP requests: the component quantum::http does, given to "
                   "SchedulerConfig::http";
        }
        return "the job has no task";
    }

    void call(ContextRun& run, const Task& task) const {
        if (const auto* const function = task.context_function()) {
            (*function)(run.context);
        } else {
            const HandlerCall& handler_call = *handler_of(task);
            options.handlers.find(handler_call.name)->second(run.context, handler_call.arguments);
        }
    }

    void end(ContextRun& run, Outcome outcome, bool is_coroutine) QUANTUM_EXCLUDES(mutex) {
        const Execution& execution = run.execution;
        outcome.started = run.begun;
        outcome.duration = clock.boot_now() - run.begun;
        outcome.result = run.context.result();
        {
            const MutexLock lock(mutex);
            running.erase(execution.id);
        }
        run.observer.finished(execution, std::move(outcome));
        if (!is_coroutine) return;
        const MutexLock lock(mutex);
        --coroutines;
        ended_coroutine.notify_all();
    }

    static void report_not_begun(const Execution& execution, RunObserver& observer) {
        Outcome outcome;
        outcome.kind = OutcomeKind::killed;
        outcome.reason = "told to end before it began";
        observer.finished(execution, std::move(outcome));
    }

    void stop(const ExecutionId& id) QUANTUM_EXCLUDES(mutex) {
        if (ask_to_end(id)) return;
        std::vector<std::shared_ptr<ExecutionBatch>> spans;
        {
            const MutexLock lock(mutex);
            spans = waiting.spans();
        }
        for (const auto& span : spans) {
            if (const Execution* found = span->take(id)) {
                report_not_begun(*found, span->observer);
                return;
            }
        }
    }

    // Whoever waits for the request is called without the lock.
    bool ask_to_end(const ExecutionId& id) QUANTUM_EXCLUDES(mutex) {
        std::optional<std::stop_source> source;
        {
            const MutexLock lock(mutex);
            if (const auto run = running.find(id); run != running.end()) source = run->second;
        }
        if (!source) return false;
        source->request_stop();
        return true;
    }

    // Coroutines that wait need threads to end on.
    void end_runs() QUANTUM_EXCLUDES(mutex) {
        std::vector<std::stop_source> sources;
        {
            const MutexLock lock(mutex);
            for (const auto& [id, source] : running) sources.push_back(source);
        }
        for (std::stop_source& source : sources) source.request_stop();
        const MutexLock lock(mutex);
        while (coroutines > 0) ended_coroutine.wait(mutex);
    }

    void close() QUANTUM_EXCLUDES(mutex) {
        std::vector<std::shared_ptr<ExecutionBatch>> left;
        {
            const MutexLock lock(mutex);
            left = waiting.spans();
        }
        for (const auto& span : left) {
            while (const Execution* execution = span->take()) {
                report_not_begun(*execution, span->observer);
            }
        }
        end_runs();
        std::vector<std::thread> to_join;
        std::optional<Clock::TimerId> timer;
        {
            const MutexLock lock(mutex);
            stopping = true;
            std::swap(to_join, threads);
            timer = std::exchange(patience_timer, std::nullopt);
        }
        wake.notify_all();
        if (timer) clock.cancel(*timer);
        for (auto& thread : to_join) thread.join();
    }
};

FunctionRunner::FunctionRunner(Clock& clock, FunctionRunnerOptions options)
    : pool_(std::make_shared<Pool>(clock, std::move(options))) {}

FunctionRunner::~FunctionRunner() { pool_->close(); }

void FunctionRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    start_moved({executions.begin(), executions.end()}, observer);
}

void FunctionRunner::start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
    if (!executions.empty()) pool_->add(std::move(executions), observer);
}

void FunctionRunner::stop(const ExecutionId& execution, StopSignal /*signal*/) {
    pool_->stop(execution);
}

std::size_t FunctionRunner::threads() const {
    const MutexLock lock(pool_->mutex);
    return pool_->alive;
}

}  // namespace quantum
