#include "daemon/watchdog.hpp"

#include "daemon/mutant.hpp"

namespace quantum::daemon {

struct Watchdog::Core : std::enable_shared_from_this<Core> {
    Core(const ServiceManager& its_manager, Clock& its_clock, base::EventLoop* its_storage_loop)
        : manager(its_manager), clock(its_clock), storage_loop(its_storage_loop) {}

    const ServiceManager& manager;
    Clock& clock;
    base::EventLoop* const storage_loop;
    std::atomic<bool> storage_answers = true;  // the last question
    std::atomic<bool> is_degraded = false;

    base::Mutex mutex;  // a leaf, but for the clock's
    std::optional<Clock::TimerId> timer QUANTUM_GUARDED_BY(mutex);
    bool has_ended QUANTUM_GUARDED_BY(mutex) = false;

    void wait() {
        const base::MutexLock lock(mutex);
        if (has_ended) return;
        timer = clock.wake_after(*manager.watchdog() / 3, [weak = weak_from_this()] {
            if (const auto core = weak.lock()) core->look();
        });
    }

    /// On the control thread.
    void look() {
        const bool goes_on = storage_answers.load() || is_degraded.load() ||
                             mutated(DaemonMutant::storage_thread_not_asked);
        if (goes_on) manager.tell_alive();
        ask_storage();
        wait();
    }

    void ask_storage() {
        // One question at a time: who does not answer is not asked more and more.
        if (storage_loop == nullptr || !storage_answers.exchange(false)) return;
        storage_loop->post([weak = weak_from_this()] {
            if (const auto core = weak.lock()) core->storage_answers = true;
        });
    }
};

Watchdog::Watchdog(const ServiceManager& manager, Clock& clock, base::EventLoop* storage_loop)
    : core_(std::make_shared<Core>(manager, clock, storage_loop)) {}

Watchdog::~Watchdog() {
    const base::MutexLock lock(core_->mutex);
    core_->has_ended = true;
    if (core_->timer) core_->clock.cancel(*core_->timer);
}

void Watchdog::start() {
    if (!core_->manager.watchdog()) return;
    core_->manager.tell_alive();
    core_->wait();
}

void Watchdog::set_degraded(bool is_degraded) { core_->is_degraded = is_degraded; }

}  // namespace quantum::daemon
