#include "run/process/spawn_threads.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/mutex.hpp"
#include "run/mutant.hpp"

namespace quantum::run {
namespace {

// How many threads wait for work when there is none.
constexpr std::size_t kept_threads = 4;

/// What it holds may point to what has gone with its owner, and is never released.
void keep_for_good(std::function<void()> work) {
    static auto& mutex = *new base::Mutex;  // a leaf
    static auto* const kept = new std::deque<std::function<void()>>();
    const base::MutexLock lock(mutex);
    kept->push_back(std::move(work));
}

/// Starts a thread that nobody joins and no signal reaches.
bool start_apart(std::function<void()> body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_started = true;
    try {
        std::thread(std::move(body)).detach();
    } catch (const std::system_error&) {
        is_started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return is_started;
}

}  // namespace

/// What the threads share with their owner, and outlives it where one of them hangs.
class SpawnThreads::Crew : public std::enable_shared_from_this<Crew> {
public:
    explicit Crew(Limits limits) : limits_(limits) {}

    bool submit(const std::string& name, std::function<void()> work) QUANTUM_EXCLUDES(mutex_) {
        {
            const base::MutexLock lock(mutex_);
            if (stopping_) return false;
            WorkQueue& lane = lanes_.try_emplace(name, name).first->second;
            lane.waiting.push_back(std::move(work));
            if (!queue(lane)) return true;  // the end of another work of the lane brings it on
            if (idle_ < runnable_ && threads_ < limits_.all) {
                if (start_apart([crew = shared_from_this()] { crew->run(); })) ++threads_;
            }
            if (threads_ == 0) {
                lane.waiting.pop_back();
                unqueue(lane);
                return false;
            }
        }
        wake_.notify_one();
        return true;
    }

    void stop(Duration patience) QUANTUM_EXCLUDES(mutex_) {
        std::unordered_map<std::string, WorkQueue> dropped;  // destroyed after the lock is gone
        const auto until = std::chrono::steady_clock::now() + patience;
        const base::MutexLock lock(mutex_);
        if (abandoned_) return;  // who hung then is not waited for again
        stopping_ = true;
        for (auto& [name, lane] : lanes_) {
            auto& left = dropped.try_emplace(name, name).first->second;
            left.waiting.swap(lane.waiting);
        }
        turns_.clear();
        runnable_ = 0;
        wake_.notify_all();
        while (threads_ > 0 && wake_.wait_until(mutex_, until) != std::cv_status::timeout) {
        }
        abandoned_ = threads_ > 0;
    }

private:
    struct WorkQueue {
        explicit WorkQueue(std::string lane) : name(std::move(lane)) {}
        std::string name;
        std::deque<std::function<void()>> waiting{};
        std::size_t busy = 0;
        std::size_t runnable = 0;  ///< of those that wait, how many may run now
        bool has_turn = false;     ///< stands in `turns_`
    };

    /// True if more of it may run than before.
    bool queue(WorkQueue& lane) QUANTUM_REQUIRES(mutex_) {
        const std::size_t most =
            mutated(RunMutant::one_user_takes_all_starts) ? limits_.all : limits_.lane;
        const std::size_t now = std::min(lane.waiting.size(), most - std::min(most, lane.busy));
        const bool is_more = now > lane.runnable;
        runnable_ += now - lane.runnable;
        lane.runnable = now;
        if (now > 0 && !std::exchange(lane.has_turn, true)) turns_.push_back(&lane);
        return is_more;
    }
    void unqueue(WorkQueue& lane) QUANTUM_REQUIRES(mutex_) {
        queue(lane);
        if (lane.runnable > 0 || !lane.has_turn) return;
        lane.has_turn = false;
        turns_.erase(std::find(turns_.begin(), turns_.end(), &lane));
    }

    void run() noexcept QUANTUM_EXCLUDES(mutex_) {
        while (run_one()) {
        }
    }

    /// False: the thread ends, and touches nothing of this any more.
    bool run_one() QUANTUM_EXCLUDES(mutex_) {
        std::function<void()> work;
        WorkQueue* lane = nullptr;
        {
            const base::MutexLock lock(mutex_);
            if (turns_.empty() && !stopping_ && idle_ < kept_threads) {
                ++idle_;
                while (turns_.empty() && !stopping_) wake_.wait(mutex_);
                --idle_;
            }
            if (turns_.empty()) {
                --threads_;
                wake_.notify_all();
                return false;
            }
            lane = turns_.front();
            turns_.pop_front();
            lane->has_turn = false;
            work = std::move(lane->waiting.front());
            lane->waiting.pop_front();
            ++lane->busy;
            queue(*lane);
        }
        work();
        bool is_abandoned = false;
        {
            const base::MutexLock lock(mutex_);
            is_abandoned = abandoned_;
            --lane->busy;
            if (lane->busy == 0 && lane->waiting.empty()) {
                const std::string name = std::move(lane->name);
                lanes_.erase(name);
            } else {
                queue(*lane);
            }
        }
        if (is_abandoned) keep_for_good(std::move(work));
        return true;
    }

    const Limits limits_;
    base::Mutex mutex_;  // a leaf
    std::condition_variable_any wake_;
    std::unordered_map<std::string, WorkQueue> lanes_ QUANTUM_GUARDED_BY(mutex_);
    std::deque<WorkQueue*> turns_ QUANTUM_GUARDED_BY(mutex_);  ///< lanes of which something may run
    std::size_t runnable_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::size_t threads_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::size_t idle_ QUANTUM_GUARDED_BY(mutex_) = 0;
    bool stopping_ QUANTUM_GUARDED_BY(mutex_) = false;
    bool abandoned_ QUANTUM_GUARDED_BY(mutex_) = false;
};

SpawnThreads::SpawnThreads(Limits limits) : crew_(std::make_shared<Crew>(limits)) {}

bool SpawnThreads::submit(const std::string& lane, std::function<void()> work) {
    return crew_->submit(lane, std::move(work));
}

void SpawnThreads::stop(Duration patience) { crew_->stop(patience); }

}  // namespace quantum::run
