#include "run/function_runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstring>
#include <deque>
#include <exception>
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

namespace quantum {
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
        outcome.reason = "an exception that is no std::exception";
    }
    outcome.kind = OutcomeKind::failed;
}

struct IdHash {
    std::size_t operator()(const ExecutionId& id) const noexcept {
        std::size_t random = 0;
        std::memcpy(&random, id.bytes.data() + 8, sizeof random);
        return random;
    }
};

/// Something to do for a thread of the pool: a run that begins, or a coroutine that goes on.
struct Work {
    Execution execution;
    RunObserver* observer = nullptr;
    std::coroutine_handle<> resume{};
};

/// A run whose task is told more than its execution.
struct ContextRun {
    ContextRun(Work the_work, Clock& clock, ExecutionContext::Resume resume)
        : work(std::move(the_work)),
          context(work.execution, *work.observer, clock, stop.get_token(), std::move(resume)),
          begun(clock.boot_now()) {}

    const Work work;
    std::stop_source stop;
    ExecutionContext context;
    const BootTime begun;
    std::optional<Coroutine> coroutine;
};

}  // namespace

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
    std::deque<Work> waiting QUANTUM_GUARDED_BY(mutex);
    std::unordered_map<ExecutionId, std::stop_source, IdHash> running QUANTUM_GUARDED_BY(mutex);
    std::size_t coroutines QUANTUM_GUARDED_BY(mutex) = 0;
    std::vector<std::thread> threads QUANTUM_GUARDED_BY(mutex);
    std::vector<std::thread::id> ended QUANTUM_GUARDED_BY(mutex);
    std::size_t alive QUANTUM_GUARDED_BY(mutex) = 0;
    std::size_t idle QUANTUM_GUARDED_BY(mutex) = 0;
    std::uint64_t taken QUANTUM_GUARDED_BY(mutex) = 0;
    std::optional<Clock::TimerId> patience_timer QUANTUM_GUARDED_BY(mutex);
    bool stopping QUANTUM_GUARDED_BY(mutex) = false;

    void add(std::span<const Execution> executions, RunObserver& observer) QUANTUM_EXCLUDES(mutex) {
        {
            const MutexLock lock(mutex);
            for (const auto& execution : executions) {
                waiting.push_back({execution, &observer, {}});
            }
            const std::size_t wanted = std::min(options.threads, waiting.size() + alive - idle);
            while (alive < wanted && add_thread()) {
            }
            watch();
        }
        if (executions.size() == 1) {
            wake.notify_one();
        } else {
            wake.notify_all();
        }
    }

    void go_on(std::coroutine_handle<> coroutine) QUANTUM_EXCLUDES(mutex) {
        {
            const MutexLock lock(mutex);
            waiting.push_back({{}, nullptr, coroutine});
            if (idle == 0 && alive < options.threads) add_thread();
            watch();
        }
        wake.notify_one();
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
        if (patience_timer || waiting.empty() || idle > 0 || stopping ||
            alive >= options.most_threads) {
            return;
        }
        patience_timer =
            clock.wake_after(options.patience, [weak = weak_from_this(), seen = taken] {
                if (const auto self = weak.lock()) self->look_again(seen);
            });
    }

    void look_again(std::uint64_t seen) QUANTUM_EXCLUDES(mutex) {
        const MutexLock lock(mutex);
        patience_timer.reset();
        if (taken == seen && !waiting.empty() && idle == 0 && !stopping) add_thread();
        watch();
    }

    void run() QUANTUM_EXCLUDES(mutex) {
        for (;;) {
            std::optional<Work> work;
            {
                const MutexLock lock(mutex);
                if (waiting.empty() && alive > options.threads) {
                    end_thread();
                    return;
                }
                ++idle;
                while (waiting.empty() && !stopping) wake.wait(mutex);
                --idle;
                if (waiting.empty()) {
                    end_thread();
                    return;
                }
                work = std::move(waiting.front());
                waiting.pop_front();
                ++taken;
            }
            if (work->resume) {
                work->resume.resume();
            } else {
                work_off(*work);
            }
        }
    }

    void end_thread() QUANTUM_REQUIRES(mutex) {
        --alive;
        ended.push_back(std::this_thread::get_id());
    }

    // An observer that throws is a bug and ends the program.
    void work_off(const Work& work) noexcept {
        work.observer->started(work.execution, 0);
        const Task& task = work.execution.job->task();
        if (const auto* const function = std::get_if<Function>(&task)) {
            return call_plainly(work, *function);
        }
        if (const auto* const function = std::get_if<ExecutionFunction>(&task)) {
            return call_plainly(work, [&] { (*function)(work.execution); });
        }
        call_with_context(work, task);
    }

    template <class Call>
    void call_plainly(const Work& work, const Call& call) {
        Outcome outcome;
        const BootTime begun = clock.boot_now();
        call_fenced(call, outcome);
        outcome.duration = clock.boot_now() - begun;
        work.observer->finished(work.execution, std::move(outcome));
    }

    void call_with_context(const Work& work, const Task& task) QUANTUM_EXCLUDES(mutex) {
        const auto resume = [weak = weak_from_this()](std::coroutine_handle<> coroutine) {
            if (const auto self = weak.lock()) self->go_on(coroutine);
        };
        const auto run = std::make_shared<ContextRun>(work, clock, resume);
        const auto* const coroutine = std::get_if<CoroutineFunction>(&task);
        {
            const MutexLock lock(mutex);
            running.emplace(work.execution.id, run->stop);
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

    void call(ContextRun& run, const Task& task) const {
        if (const auto* const function = std::get_if<ContextFunction>(&task)) {
            (*function)(run.context);
        } else if (const HandlerCall* const handler_call = handler_of(task)) {
            const auto handler = options.handlers.find(handler_call->name);
            if (handler == options.handlers.end()) {
                throw std::runtime_error("no handler '" + handler_call->name + "' is registered");
            }
            handler->second(run.context, handler_call->arguments);
        } else if (command_of(task) != nullptr) {
            throw std::runtime_error("the job's task is a command, not a function");
        } else if (request_of(task) != nullptr) {
            throw std::runtime_error(
                "nothing here sends HTTP requests: the component quantum::http does, given to "
                "SchedulerConfig::http");
        } else {
            throw std::runtime_error("the job has no task");
        }
    }

    void end(ContextRun& run, Outcome outcome, bool is_coroutine) QUANTUM_EXCLUDES(mutex) {
        const Execution& execution = run.work.execution;
        outcome.duration = clock.boot_now() - run.begun;
        outcome.result = run.context.result();
        {
            const MutexLock lock(mutex);
            running.erase(execution.id);
        }
        run.work.observer->finished(execution, std::move(outcome));
        if (!is_coroutine) return;
        const MutexLock lock(mutex);
        --coroutines;
        ended_coroutine.notify_all();
    }

    static void report_not_begun(const Work& work) {
        Outcome outcome;
        outcome.kind = OutcomeKind::killed;
        outcome.reason = "told to end before it began";
        work.observer->finished(work.execution, std::move(outcome));
    }

    void stop(const ExecutionId& id) QUANTUM_EXCLUDES(mutex) {
        if (ask_to_end(id)) return;
        std::optional<Work> found;
        {
            const MutexLock lock(mutex);
            const auto place =
                std::find_if(waiting.begin(), waiting.end(),
                             [&id](const Work& work) { return work.execution.id == id; });
            if (place == waiting.end()) return;
            found = std::move(*place);
            waiting.erase(place);
        }
        report_not_begun(*found);
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
        std::deque<Work> left;
        std::vector<std::thread> to_join;
        std::optional<Clock::TimerId> timer;
        {
            const MutexLock lock(mutex);
            for (Work& work : std::exchange(waiting, {})) {
                (work.resume ? waiting : left).push_back(std::move(work));
            }
        }
        end_runs();
        {
            const MutexLock lock(mutex);
            stopping = true;
            std::swap(to_join, threads);
            timer = std::exchange(patience_timer, std::nullopt);
        }
        wake.notify_all();
        if (timer) clock.cancel(*timer);
        for (const Work& work : left) report_not_begun(work);
        for (auto& thread : to_join) thread.join();
    }
};

FunctionRunner::FunctionRunner(Clock& clock, FunctionRunnerOptions options)
    : pool_(std::make_shared<Pool>(clock, std::move(options))) {}

FunctionRunner::~FunctionRunner() { pool_->close(); }

void FunctionRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    if (!executions.empty()) pool_->add(executions, observer);
}

void FunctionRunner::stop(const ExecutionId& execution, StopSignal /*signal*/) {
    pool_->stop(execution);
}

std::size_t FunctionRunner::threads() const {
    const MutexLock lock(pool_->mutex);
    return pool_->alive;
}

}  // namespace quantum
