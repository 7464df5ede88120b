#include "run/function_runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "quantum/job.hpp"

#include "base/mutex.hpp"

namespace quantum {
namespace {

/// Calls what the job's task says; throws what it throws.
struct Call {
    const Execution& execution;
    const std::unordered_map<std::string, Handler>& handlers;

    void operator()(std::monostate) const { throw std::runtime_error("the job has no task"); }
    void operator()(const Function& function) const { function(); }
    void operator()(const ExecutionFunction& function) const { function(execution); }
    void operator()(const HandlerCall& call) const {
        const auto handler = handlers.find(call.name);
        if (handler == handlers.end()) {
            throw std::runtime_error("no handler '" + call.name + "' is registered");
        }
        handler->second(execution, call.arguments);
    }
    void operator()(const Command&) const {
        throw std::runtime_error("the job's task is a command, not a function");
    }
    void operator()(const HttpRequest&) const {
        throw std::runtime_error(
            "nothing here sends HTTP requests: the component quantum::http does, given to "
            "SchedulerConfig::http");
    }
};

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

    struct Work {
        Execution execution;
        RunObserver* observer;
    };

    Clock& clock;
    FunctionRunnerOptions options;

    // A leaf: no user code and no observer is called while it is held.
    mutable Mutex mutex;
    std::condition_variable_any wake;
    std::deque<Work> waiting QUANTUM_GUARDED_BY(mutex);
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
            for (const auto& execution : executions) waiting.push_back({execution, &observer});
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
            work_off(*work);
        }
    }

    void end_thread() QUANTUM_REQUIRES(mutex) {
        --alive;
        ended.push_back(std::this_thread::get_id());
    }

    // An observer that throws is a bug and ends the program.
    void work_off(const Work& work) noexcept {
        work.observer->started(work.execution, 0);
        Outcome outcome;
        const BootTime begun = clock.boot_now();
        call_fenced({work.execution, options.handlers}, outcome);
        outcome.duration = clock.boot_now() - begun;
        work.observer->finished(work.execution, std::move(outcome));
    }

    static void report_not_begun(const Work& work) {
        Outcome outcome;
        outcome.kind = OutcomeKind::killed;
        outcome.reason = "told to end before it began";
        work.observer->finished(work.execution, std::move(outcome));
    }

    void stop(const ExecutionId& id) QUANTUM_EXCLUDES(mutex) {
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

    void close() QUANTUM_EXCLUDES(mutex) {
        std::deque<Work> left;
        std::vector<std::thread> to_join;
        std::optional<Clock::TimerId> timer;
        {
            const MutexLock lock(mutex);
            stopping = true;
            std::swap(left, waiting);
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
