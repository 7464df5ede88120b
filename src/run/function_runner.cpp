#include "run/function_runner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "quantum/job.hpp"

#include "base/mutex.hpp"
#include "run/waiting_runs.hpp"

namespace quantum {
namespace {

/// Calls what the job's task says; throws what it throws.
struct Call {
    const Execution& execution;
    const std::unordered_map<std::string, Handler>& handlers;

    void operator()(std::monostate) const { throw std::runtime_error("the job has no task"); }
    void operator()(const Function& function) const { function(); }
    void operator()(const ExecutionFunction& function) const { function(execution); }
    void operator()(const Shared<HandlerCall>& call) const {
        const auto handler = handlers.find(call->name);
        if (handler == handlers.end()) {
            throw std::runtime_error("no handler '" + call->name + "' is registered");
        }
        handler->second(execution, call->arguments);
    }
    void operator()(const Shared<Command>&) const {
        throw std::runtime_error("the job's task is a command, not a function");
    }
    void operator()(const Shared<HttpRequest>&) const {
        throw std::runtime_error(
            "nothing here sends HTTP requests: the component quantum::http does, given to "
            "SchedulerConfig::http");
    }
};

/// A wait shorter than this says that work flows: the next wait is worth some looking out.
constexpr auto flow = std::chrono::microseconds(200);
/// How long a thread looks for work before it sleeps, while work flows.
constexpr auto longest_look = std::chrono::microseconds(50);
/// Executions that wait longer than this for the threads that are awake get another one.
constexpr Duration falls_behind = std::chrono::milliseconds(1);

/// The fence around user code.
void call_fenced(const Call& call, Outcome& outcome) {
    try {
        std::visit(call, call.execution.job->task());
        return;
    } catch (const std::exception& error) {
        outcome.reason = error.what();
        if (outcome.reason.empty()) outcome.reason = "an exception without text";
    } catch (...) {
        outcome.reason = "an exception that is no std::exception";
    }
    outcome.kind = OutcomeKind::failed;
}

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
    WaitingRuns waiting QUANTUM_GUARDED_BY(mutex);
    std::atomic<std::uint64_t> spans_come{0};  // changed under the mutex, looked at without
    std::vector<std::thread> threads QUANTUM_GUARDED_BY(mutex);
    std::vector<std::thread::id> ended QUANTUM_GUARDED_BY(mutex);
    std::size_t alive QUANTUM_GUARDED_BY(mutex) = 0;
    std::size_t asleep QUANTUM_GUARDED_BY(mutex) = 0;
    bool on_watch QUANTUM_GUARDED_BY(mutex) = false;  // a thread looks for work without sleeping
    std::optional<Clock::TimerId> patience_timer QUANTUM_GUARDED_BY(mutex);
    bool stopping QUANTUM_GUARDED_BY(mutex) = false;

    void add(std::span<const Execution> executions, RunObserver& observer) QUANTUM_EXCLUDES(mutex) {
        auto span = std::make_shared<RunSpan>(executions, observer, clock.boot_now());
        std::size_t sleepers = 0;
        {
            const MutexLock lock(mutex);
            const bool is_first = waiting.size() == 0;
            waiting.push(std::move(span));
            spans_come.fetch_add(1, std::memory_order_release);
            sleepers = rouse(is_first);
        }
        for (; sleepers > 0; --sleepers) wake.notify_one();
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
        if (patience_timer || waiting.size() == 0 || stopping) return;
        if (asleep == 0 && alive >= options.most_threads) return;
        patience_timer =
            clock.wake_after(options.patience, [weak = weak_from_this(), seen = waiting.taken()] {
                if (const auto self = weak.lock()) self->look_again(seen);
            });
    }

    void look_again(std::uint64_t seen) QUANTUM_EXCLUDES(mutex) {
        const MutexLock lock(mutex);
        patience_timer.reset();
        if (waiting.size() > 0 && waiting.taken() == seen && !stopping) {
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
        while (const std::shared_ptr<RunSpan> span = next_span(flows)) {
            BootTime now = clock.boot_now();
            BootTime behind = span->came + falls_behind;
            while (const Execution* execution = span->take()) {
                now = work_off(*execution, span->observer, now);
                if (now < behind) continue;
                behind = now + falls_behind;
                wake_another();
            }
        }
    }

    /// Waits for a span with something left. Null: the thread is to end.
    std::shared_ptr<RunSpan> next_span(bool& flows) QUANTUM_EXCLUDES(mutex) {
        const auto begun = std::chrono::steady_clock::now();
        mutex.lock();
        if (waiting.front() == nullptr && flows && !on_watch && !stopping) look_out(begun);
        if (waiting.front() == nullptr && alive > options.threads) {
            end_thread();
            mutex.unlock();
            return nullptr;
        }
        ++asleep;
        while (waiting.front() == nullptr && !stopping) wake.wait(mutex);
        --asleep;
        std::shared_ptr<RunSpan> span = waiting.front();
        if (span == nullptr) end_thread();
        mutex.unlock();
        flows = std::chrono::steady_clock::now() - begun < flow;
        return span;
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
        if (asleep > 0 && waiting.size() > 0) wake.notify_one();
    }

    void end_thread() QUANTUM_REQUIRES(mutex) {
        --alive;
        ended.push_back(std::this_thread::get_id());
    }

    // An observer that throws is a bug and ends the program.
    BootTime work_off(const Execution& execution, RunObserver& observer, BootTime begun) noexcept {
        observer.started(execution, 0);
        Outcome outcome;
        call_fenced({execution, options.handlers}, outcome);
        const BootTime end = clock.boot_now();
        outcome.duration = end - begun;
        observer.finished(execution, std::move(outcome));
        return end;
    }

    static void report_not_begun(const Execution& execution, RunObserver& observer) {
        Outcome outcome;
        outcome.kind = OutcomeKind::killed;
        outcome.reason = "told to end before it began";
        observer.finished(execution, std::move(outcome));
    }

    void stop(const ExecutionId& id) QUANTUM_EXCLUDES(mutex) {
        std::vector<std::shared_ptr<RunSpan>> spans;
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

    void close() QUANTUM_EXCLUDES(mutex) {
        std::vector<std::shared_ptr<RunSpan>> left;
        std::vector<std::thread> to_join;
        std::optional<Clock::TimerId> timer;
        {
            const MutexLock lock(mutex);
            stopping = true;
            left = waiting.spans();
            std::swap(to_join, threads);
            timer = std::exchange(patience_timer, std::nullopt);
        }
        wake.notify_all();
        if (timer) clock.cancel(*timer);
        for (const auto& span : left) {
            while (const Execution* execution = span->take()) {
                report_not_begun(*execution, span->observer);
            }
        }
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
