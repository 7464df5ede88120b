#include "run/function/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include "run/function/current_run.hpp"
#include "run/function/function_calls.hpp"

namespace quantum::run {
namespace {

/// A wait shorter than this says that work flows: the next wait is worth some looking out.
constexpr auto flow = std::chrono::microseconds(200);
/// How long a thread looks for work before it sleeps, while work flows.
constexpr auto longest_look = std::chrono::microseconds(50);
/// Executions that wait longer than this for the threads that are awake get another one.
constexpr Duration falls_behind = std::chrono::milliseconds(1);

}  // namespace

WorkerPool::WorkerPool(Clock& clock, FunctionCalls& calls, FunctionThreads options)
    : clock_(clock), calls_(calls), options_(options) {
    if (options_.kept == 0) {
        options_.kept = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    }
    options_.most = std::max(options_.most, options_.kept);
}

void WorkerPool::add(std::vector<Execution>&& executions, RunObserver& observer) {
    // What may throw comes first: after that the executions are moved.
    auto span = std::make_shared<ExecutionBatch>(executions.size(), observer, clock_.boot_now());
    std::size_t sleepers = 0;
    {
        const base::MutexLock lock(mutex_);
        const bool is_first = waiting_.size() == 0;
        waiting_.push(std::move(span), std::move(executions));
        spans_come_.fetch_add(1, std::memory_order_release);
        sleepers = rouse(is_first);
    }
    for (; sleepers > 0; --sleepers) wake_.notify_one();
}

void WorkerPool::resume(std::coroutine_handle<> coroutine, const ExecutionId& id,
                        RunObserver& observer) {
    {
        const base::MutexLock lock(mutex_);
        waiting_to_go_on_.push_back({coroutine, id, &observer});
        spans_come_.fetch_add(1, std::memory_order_release);
        if (asleep_ == 0 && alive_ < options_.kept) add_thread();
        watch();
    }
    wake_.notify_one();
}

bool WorkerPool::take_out(const ExecutionId& id) {
    std::vector<std::shared_ptr<ExecutionBatch>> spans;
    {
        const base::MutexLock lock(mutex_);
        spans = waiting_.spans();
    }
    for (const auto& span : spans) {
        if (const Execution* found = span->take(id)) {
            FunctionCalls::report_not_begun(*found, span->observer);
            return true;
        }
    }
    return false;
}

void WorkerPool::take_all_out() {
    std::vector<std::shared_ptr<ExecutionBatch>> left;
    {
        const base::MutexLock lock(mutex_);
        left = waiting_.spans();
    }
    for (const auto& span : left) {
        while (const Execution* execution = span->take()) {
            FunctionCalls::report_not_begun(*execution, span->observer);
        }
    }
}

void WorkerPool::close() {
    std::vector<std::thread> to_join;
    std::optional<Clock::TimerId> timer;
    std::optional<Clock::TimerId> idle_timer;
    {
        const base::MutexLock lock(mutex_);
        stopping_ = true;
        std::swap(to_join, threads_);
        timer = std::exchange(patience_timer_, std::nullopt);
        idle_timer = std::exchange(idle_timer_, std::nullopt);
    }
    wake_.notify_all();
    if (timer) clock_.cancel(*timer);
    if (idle_timer) clock_.cancel(*idle_timer);
    for (auto& thread : to_join) thread.join();
}

std::size_t WorkerPool::threads() const {
    const base::MutexLock lock(mutex_);
    return alive_;
}

bool WorkerPool::has_work() { return !waiting_to_go_on_.empty() || waiting_.front() != nullptr; }

// Rises with every piece of work that is taken.
std::uint64_t WorkerPool::progress() const { return waiting_.taken() + gone_on_; }

// Sees to it that what waits is taken; gives how many threads are to be woken.
//
// A few executions get a thread each at once. More are left to the threads that are awake,
// since waking one costs more than a short function; who falls behind wakes the next, and
// patience finds those that are held up.
std::size_t WorkerPool::rouse(bool is_first) {
    std::size_t runs = waiting_.size();
    if (on_watch_ && runs > 0) --runs;
    const bool few = runs <= options_.kept;
    const std::size_t wanted = few ? runs : (is_first && !on_watch_ ? 1 : 0);
    const std::size_t woken = std::min(wanted, asleep_);
    std::size_t added = 0;
    while (woken + added < wanted && alive_ < options_.kept && add_thread()) ++added;
    if (woken + added < runs) watch();
    return woken;
}

bool WorkerPool::add_thread() {
    join_ended();
    // Signals belong to the program, not to its pool.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool added = true;
    try {
        threads_.emplace_back([this] { run(); });
        ++alive_;
    } catch (const std::system_error&) {
        added = false;  // the machine has no more; those there are go on
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return added;
}

void WorkerPool::join_ended() {
    for (const auto id : std::exchange(ended_, {})) {
        const auto thread = std::find_if(threads_.begin(), threads_.end(),
                                         [id](const auto& t) { return t.get_id() == id; });
        thread->join();  // past its last lock: it only returns
        threads_.erase(thread);
    }
}

// Comes back later to see whether the threads are held up.
void WorkerPool::watch() {
    if (patience_timer_ || stopping_) return;
    if (waiting_.size() == 0 && waiting_to_go_on_.empty()) return;
    if (asleep_ == 0 && alive_ >= options_.most) return;
    patience_timer_ =
        clock_.wake_after(options_.patience, [weak = weak_from_this(), seen = progress()] {
            if (const auto self = weak.lock()) self->look_again(seen);
        });
}

void WorkerPool::look_again(std::uint64_t seen) {
    const base::MutexLock lock(mutex_);
    patience_timer_.reset();
    if (has_work() && progress() == seen && !stopping_) {
        if (asleep_ > 0) {
            wake_.notify_one();
        } else {
            add_thread();
        }
    }
    watch();
}

void WorkerPool::run() {
    bool flows = false;
    for (;;) {
        const Work work = next_work(flows);
        if (work.resumed) {
            const CurrentRun here(*work.resumed->observer, work.resumed->id);
            work.resumed->coroutine.resume();
        } else if (work.span) {
            work_off(*work.span);
        } else {
            return;
        }
    }
}

void WorkerPool::work_off(ExecutionBatch& span) {
    BootTime behind = span.came + falls_behind;
    while (const Execution* execution = span.take()) {
        const BootTime now = calls_.run(*execution, span.observer);
        if (now < behind) continue;
        behind = now + falls_behind;
        wake_another();
    }
}

// Waits for a span with something left, or a coroutine that goes on.
WorkerPool::Work WorkerPool::next_work(bool& flows) {
    const auto begun = std::chrono::steady_clock::now();
    mutex_.lock();
    if (!has_work() && flows && !on_watch_ && !stopping_) look_out(begun);
    if (!has_work() && alive_ > options_.kept && options_.idle <= Duration::zero()) {
        end_thread();
        mutex_.unlock();
        return {};
    }
    ++asleep_;
    if (!has_work()) watch_idle();
    while (!has_work() && !stopping_ && to_end_ == 0) wake_.wait(mutex_);
    --asleep_;
    if (to_end_ > 0 && !has_work()) {
        --to_end_;
        end_thread();
        mutex_.unlock();
        return {};
    }
    least_asleep_ = std::min(least_asleep_, asleep_);
    Work work;
    if (!waiting_to_go_on_.empty()) {
        work.resumed = waiting_to_go_on_.front();
        waiting_to_go_on_.pop_front();
        ++gone_on_;
    } else {
        work.span = waiting_.front();
        if (work.span == nullptr) end_thread();
    }
    mutex_.unlock();
    flows = std::chrono::steady_clock::now() - begun < flow;
    return work;
}

// Looks for work without sleeping, for as long as a sleep and a wake-up would take.
void WorkerPool::look_out(std::chrono::steady_clock::time_point begun) {
    const std::uint64_t seen = spans_come_.load(std::memory_order_relaxed);
    on_watch_ = true;
    mutex_.unlock();
    while (spans_come_.load(std::memory_order_acquire) == seen &&
           std::chrono::steady_clock::now() - begun < longest_look) {
    }
    mutex_.lock();
    on_watch_ = false;
}

void WorkerPool::wake_another() {
    const base::MutexLock lock(mutex_);
    if (asleep_ > 0 && has_work()) wake_.notify_one();
}

// Threads beyond those that are kept end once they have had nothing to do for so long: as many as
// were asleep all the time since the timer was set.
void WorkerPool::watch_idle() {
    if (idle_timer_ || stopping_ || alive_ <= options_.kept) return;
    if (options_.idle <= Duration::zero()) return;  // they do not come to sleep
    least_asleep_ = asleep_;
    idle_timer_ = clock_.wake_after(options_.idle, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->end_idle();
    });
}

void WorkerPool::end_idle() {
    {
        const base::MutexLock lock(mutex_);
        idle_timer_.reset();
        if (stopping_ || alive_ <= options_.kept) return;
        to_end_ = std::min(least_asleep_, alive_ - options_.kept);
        watch_idle();
    }
    wake_.notify_all();
}

void WorkerPool::end_thread() {
    --alive_;
    ended_.push_back(std::this_thread::get_id());
}

}  // namespace quantum::run
