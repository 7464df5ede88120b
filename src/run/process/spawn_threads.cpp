#include "run/process/spawn_threads.hpp"

#include <csignal>
#include <system_error>
#include <utility>

namespace quantum {

bool SpawnThreads::submit(std::function<void()> work) {
    {
        const MutexLock lock(mutex_);
        if (stopping_) return false;
        if (idle_ <= waiting_.size() && threads_.size() < most_) {
            sigset_t all;
            sigset_t before;
            sigfillset(&all);
            pthread_sigmask(SIG_SETMASK, &all, &before);
            try {
                threads_.emplace_back([this] { run(); });
            } catch (const std::system_error&) {
                // Those there are will come to it.
            }
            pthread_sigmask(SIG_SETMASK, &before, nullptr);
            if (threads_.empty()) return false;
        }
        waiting_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
}

void SpawnThreads::stop() {
    std::vector<std::thread> threads;
    std::deque<std::function<void()>> dropped;  // destroyed after the lock is gone
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
        std::swap(threads, threads_);
        std::swap(dropped, waiting_);
    }
    wake_.notify_all();
    for (auto& thread : threads) thread.join();
}

void SpawnThreads::run() noexcept {
    for (;;) {
        std::function<void()> work;
        {
            const MutexLock lock(mutex_);
            ++idle_;
            while (waiting_.empty() && !stopping_) wake_.wait(mutex_);
            --idle_;
            if (waiting_.empty()) return;
            work = std::move(waiting_.front());
            waiting_.pop_front();
        }
        work();
    }
}

}  // namespace quantum
