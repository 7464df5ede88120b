#include "base/event_loop.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/base_mutant.hpp"
#include "base/deadline.hpp"
#include "base/mutex.hpp"

namespace quantum::base {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto longest_look = std::chrono::microseconds(50);

/// Whether to look out for work before sleeping. Asleep, the loop can only be told of posted work
/// by a system call and a wake-up; a look costs about as much as these. It pays while work flows,
/// that is while nearly every pause of late was so short that a look would have seen its end.
class Lookout {
public:
    [[nodiscard]] bool pays() const { return luck_ >= enough; }
    void saw() { luck_ = std::min(luck_ + 1, most); }
    void missed() { luck_ = std::max(luck_ - price, 0); }
    void slept(Steady::duration sleep) { sleep < short_sleep ? saw() : missed(); }

private:
    static constexpr auto short_sleep = 2 * longest_look;  // being woken takes its time too
    static constexpr int enough = 8;
    static constexpr int most = 16;
    static constexpr int price = 4;  // four looks in five have to be worth it

    int luck_ = 0;
};

/// Keeps every signal away from threads made while it lives; they inherit the mask.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(mutated(BaseMutant::signals_reach_threads) ? SIG_UNBLOCK : SIG_SETMASK,
                        &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

struct EventLoop::Impl {
    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard =
        boost::asio::make_work_guard(context);

    /// Serialises the joining of `threads`; taken by `start` and by every stopper.
    Mutex join_mutex;
    std::vector<std::thread> threads QUANTUM_GUARDED_BY(join_mutex);

    Mutex busy_mutex;                     // a leaf
    std::condition_variable_any is_idle;  // signaled when no thread of its own is left
    std::size_t busy QUANTUM_GUARDED_BY(busy_mutex) = 0;  // threads of its own

    void run_own_thread() {
        run();
        const MutexLock lock(busy_mutex);
        if (--busy == 0) is_idle.notify_all();
    }

    // An exception that leaves a handler is a bug: it must end the program, not one thread.
    // NOLINTNEXTLINE(bugprone-exception-escape): that is what noexcept is here for
    void run() noexcept {
        Lookout lookout;
        auto last_work = Steady::now();
        bool looking = false;
        while (!context.stopped()) {
            if (context.poll() > 0) {
                if (looking) lookout.saw();
                looking = false;
                last_work = Steady::now();
            }
            if (lookout.pays() && Steady::now() - last_work <= longest_look) {
                looking = true;
                continue;
            }
            if (looking) lookout.missed();
            const auto asleep_since = Steady::now();
            context.run_one();
            last_work = Steady::now();
            if (!looking) lookout.slept(last_work - asleep_since);
            looking = false;
        }
    }
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}

EventLoop::~EventLoop() { stop(); }

void EventLoop::start(std::size_t threads) {
    const SignalsBlocked blocked;
    const MutexLock lock(impl_->join_mutex);
    for (std::size_t i = 0; i < threads; ++i) {
        {
            const MutexLock busy(impl_->busy_mutex);
            ++impl_->busy;
        }
        impl_->threads.emplace_back([impl = impl_.get()] { impl->run_own_thread(); });
    }
}

void EventLoop::run() { impl_->run(); }

void EventLoop::stop() {
    impl_->context.stop();
    if (on_loop_thread()) return;
    const MutexLock lock(impl_->join_mutex);
    for (auto& thread : impl_->threads) thread.join();
    impl_->threads.clear();
}

bool EventLoop::stop_within(Duration timeout) {
    impl_->context.stop();
    if (on_loop_thread()) return true;
    {
        const auto end = real_end(timeout);
        const MutexLock lock(impl_->busy_mutex);
        while (impl_->busy > 0) {
            const auto woken = impl_->is_idle.wait_until(impl_->busy_mutex, end);
            if (woken == std::cv_status::timeout && impl_->busy > 0) return false;
        }
    }
    stop();  // they are past their work
    return true;
}

void EventLoop::post(std::function<void()> work) {
    boost::asio::post(impl_->context, std::move(work));
}

bool EventLoop::on_loop_thread() const {
    return impl_->context.get_executor().running_in_this_thread();
}

boost::asio::io_context& EventLoop::context() { return impl_->context; }

}  // namespace quantum::base
