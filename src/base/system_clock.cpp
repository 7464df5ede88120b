#include "base/system_clock.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/base_mutant.hpp"
#include "base/mutex.hpp"
#include "base/timer_queue.hpp"

namespace quantum {

using base::BaseMutant;
using base::EventLoop;
using base::KernelTimers;
using base::mutated;
using base::Mutex;
using base::MutexLock;
using base::TimerQueue;

namespace {

/// Marks handles of the boot queue, whose own handles leave this bit clear.
constexpr std::uint64_t boot_bit = std::uint64_t{1} << 63U;

/// The wall timer is set at most this much early: what a wake-up takes, and what is spun away
/// where it takes less.
constexpr Duration longest_lead = std::chrono::microseconds(50);
/// Later than this, the thread was busy or had no processor.
constexpr Duration longest_late = std::chrono::microseconds(500);

/// The wall clock and the boot clock, read so close together that their difference means something.
struct Sample {
    WallTime wall;
    BootTime boot;

    [[nodiscard]] Duration offset() const {
        return wall.time_since_epoch() - boot.time_since_epoch();
    }

    static Sample take(const KernelTimers& timers) {
        // A thread that loses the processor between the two readings would see a step that never
        // was; the bound keeps a hopelessly loaded machine from staying here.
        for (int attempt = 0;; ++attempt) {
            const BootTime before = timers.boot_now();
            const WallTime wall = timers.wall_now();
            const BootTime after = timers.boot_now();
            if (after - before < std::chrono::milliseconds(10) || attempt == 100) {
                return {wall, before};
            }
        }
    }
};

/// Now plus a delay, without running over the end of the clock.
BootTime later(BootTime now, Duration delay) {
    if (delay <= Duration::zero()) return now;
    if (mutated(BaseMutant::long_delay_is_none) && delay > BootTime::max() - now) return now;
    return delay > BootTime::max() - now ? BootTime::max() : now + delay;
}

}  // namespace

struct SystemClock::State {
    explicit State(std::unique_ptr<KernelTimers> kernel_timers)
        : timers(std::move(kernel_timers)), known_offset(Sample::take(*timers).offset()) {}

    const std::unique_ptr<KernelTimers> timers;

    // A leaf but for the timers' own calls; no callback runs while it is held.
    Mutex mutex;
    TimerQueue<WallTime> wall QUANTUM_GUARDED_BY(mutex);
    TimerQueue<BootTime> boot QUANTUM_GUARDED_BY(mutex);
    std::optional<WallTime> armed_wall QUANTUM_GUARDED_BY(mutex);
    std::optional<BootTime> armed_boot QUANTUM_GUARDED_BY(mutex);
    Duration known_offset QUANTUM_GUARDED_BY(mutex);

    std::map<std::uint64_t, StepCallback> listeners QUANTUM_GUARDED_BY(mutex);
    std::uint64_t next_listener QUANTUM_GUARDED_BY(mutex) = 1;

    // While callbacks run: on which thread, and which listener. `idle` is told of each end.
    std::thread::id dispatcher QUANTUM_GUARDED_BY(mutex);
    std::uint64_t running_listener QUANTUM_GUARDED_BY(mutex) = 0;
    std::condition_variable_any idle;
    bool closed QUANTUM_GUARDED_BY(mutex) = false;

    // How much earlier than the head the wall timer is set: about as late as wake-ups come.
    Duration lead QUANTUM_GUARDED_BY(mutex){};
    WallTime expected QUANTUM_GUARDED_BY(mutex);

    /// Brings the kernel's timers to the heads of the queues, where they differ.
    void arm() QUANTUM_REQUIRES(mutex) {
        const WallTime wall_head = wall.head().value_or(WallTime::max());
        if (armed_wall != wall_head) {
            armed_wall = wall_head;
            expected = wall_head == WallTime::max() ? wall_head : wall_head - lead;
            timers->arm_wall(expected);
        }
        const auto boot_head = boot.head();
        if (armed_boot != boot_head) {
            armed_boot = boot_head;
            timers->arm_boot(boot_head);
        }
    }

    void handle(KernelTimers::Event event) noexcept {
        {
            const MutexLock lock(mutex);
            if (closed) return;
            dispatcher = std::this_thread::get_id();
            if (event == KernelTimers::Event::wall_expired && armed_wall) learn_lead();
            // A wall timer that expired while the clock was set tells only of the setting: what
            // it was armed for is then unknown.
            const bool kept = mutated(BaseMutant::not_armed_after_step) &&
                              event == KernelTimers::Event::clock_set;
            if (event != KernelTimers::Event::boot_expired && !kept) armed_wall.reset();
            if (event == KernelTimers::Event::boot_expired) armed_boot.reset();
        }
        report_step();
        if (event == KernelTimers::Event::wall_expired) look_out();
        run_due();
        {
            const MutexLock lock(mutex);
            if (!closed) arm();
            dispatcher = {};
        }
        idle.notify_all();
    }

    // Quick to grow and slow to shrink, so that most wake-ups come in time.
    void learn_lead() QUANTUM_REQUIRES(mutex) {
        const WallTime now = timers->wall_now();
        // Anything else says nothing of wake-ups. It may be at the other end of time.
        if (expected > now || expected < now - longest_late) return;
        const Duration late = now - expected;
        lead += late > lead ? (late - lead) / 4 : (late - lead) / 16;
        lead = std::min(lead, longest_lead);
    }

    /// Where the wake-up came before what it was for: until that is due, which is soon.
    void look_out() {
        std::optional<WallTime> due;
        {
            const MutexLock lock(mutex);
            due = wall.head();
        }
        // By a clock that nobody sets: the wall clock may be set back meanwhile.
        const auto begun = std::chrono::steady_clock::now();
        while (due && *due > timers->wall_now() && *due - timers->wall_now() <= longest_lead &&
               std::chrono::steady_clock::now() - begun < 2 * longest_lead) {
        }
    }

    void report_step() {
        ClockStep step;
        std::vector<std::uint64_t> told;
        {
            const MutexLock lock(mutex);
            const Sample now = Sample::take(*timers);
            const Duration moved = now.offset() - known_offset;
            if (std::chrono::abs(moved) <= step_threshold) return;
            if (mutated(BaseMutant::backward_step_unheard) && moved < Duration::zero()) return;
            if (!mutated(BaseMutant::step_told_again)) known_offset = now.offset();
            step = {now.wall - moved, now.wall};
            told.reserve(listeners.size());
            for (const auto& [id, callback] : listeners) told.push_back(id);
        }
        // One by one, since each may make the clock forget the others.
        for (const std::uint64_t id : told) {
            StepCallback callback;
            {
                const MutexLock lock(mutex);
                const auto found = listeners.find(id);
                if (closed || found == listeners.end()) continue;
                callback = found->second;
                running_listener = id;
            }
            callback(step);
            callback = nullptr;
            {
                const MutexLock lock(mutex);
                running_listener = 0;
            }
            idle.notify_all();
        }
    }

    void run_due() {
        std::uint64_t wall_mark = 0;
        std::uint64_t boot_mark = 0;
        {
            // What callbacks add waits for the next wake, so that one that always adds another
            // cannot keep the loop for itself.
            const MutexLock lock(mutex);
            wall_mark = wall.mark();
            boot_mark = boot.mark();
            if (mutated(BaseMutant::added_runs_at_once)) wall_mark = boot_mark = UINT64_MAX;
        }
        for (;;) {
            std::optional<Callback> callback;
            {
                const MutexLock lock(mutex);
                if (closed) return;
                callback = wall.pop_due(timers->wall_now(), wall_mark);
                if (!callback) callback = boot.pop_due(timers->boot_now(), boot_mark);
            }
            if (!callback) return;
            if (*callback) (*callback)();
        }
    }

    [[nodiscard]] bool on_dispatcher() const QUANTUM_REQUIRES(mutex) {
        return dispatcher == std::this_thread::get_id();
    }

    void wait_for_listener(std::uint64_t id) QUANTUM_REQUIRES(mutex) {
        while (running_listener == id) idle.wait(mutex);
    }
    void wait_for_dispatch() QUANTUM_REQUIRES(mutex) {
        while (dispatcher != std::thread::id{}) idle.wait(mutex);
    }
};

Result<std::unique_ptr<SystemClock>> SystemClock::start() {
    try {
        auto loop = std::make_shared<EventLoop>();
        auto clock = create(*loop);
        if (!clock) return clock;
        loop->start(1);
        (*clock)->own_loop_ = std::move(loop);
        return clock;
    } catch (const std::runtime_error& thrown) {
        return fail(ErrorCode::io_error, std::string("a clock: ") + thrown.what());
    }
}

Result<std::unique_ptr<SystemClock>> SystemClock::create(EventLoop& loop) {
    auto timers = base::make_timerfd_timers(loop);
    if (!timers) return tl::unexpected(std::move(timers).error());
    return std::make_unique<SystemClock>(std::move(*timers));
}

SystemClock::SystemClock(std::unique_ptr<KernelTimers> timers)
    : state_(std::make_shared<State>(std::move(timers))) {
    // Weak: the timers belong to the state, which must not keep itself alive through them.
    state_->timers->listen([weak = std::weak_ptr<State>(state_)](KernelTimers::Event event) {
        if (const auto state = weak.lock()) state->handle(event);
    });
    const MutexLock lock(state_->mutex);
    state_->arm();
}

SystemClock::~SystemClock() {
    TimerQueue<WallTime> wall;
    TimerQueue<BootTime> boot;
    const MutexLock lock(state_->mutex);
    state_->closed = true;
    if (!state_->on_dispatcher() && !mutated(BaseMutant::ends_under_callback))
        state_->wait_for_dispatch();
    // Callbacks are destroyed after the lock is gone: what they own may call the clock.
    std::swap(wall, state_->wall);
    std::swap(boot, state_->boot);
}

WallTime SystemClock::wall_now() const { return state_->timers->wall_now(); }

BootTime SystemClock::boot_now() const { return state_->timers->boot_now(); }

Clock::TimerId SystemClock::wake_at(WallTime due, Callback callback) {
    const MutexLock lock(state_->mutex);
    const auto handle = state_->wall.add(due, std::move(callback));
    // While callbacks run, the timers are set once, after the last of them.
    if (state_->dispatcher == std::thread::id{}) state_->arm();
    return TimerId{handle};
}

Clock::TimerId SystemClock::wake_after(Duration delay, Callback callback) {
    const MutexLock lock(state_->mutex);
    const auto handle =
        state_->boot.add(later(state_->timers->boot_now(), delay), std::move(callback));
    if (state_->dispatcher == std::thread::id{}) state_->arm();
    return TimerId{handle | boot_bit};
}

bool SystemClock::cancel(TimerId timer) {
    const auto handle = static_cast<std::uint64_t>(timer);
    std::optional<Callback> callback;  // destroyed after the lock is gone
    const MutexLock lock(state_->mutex);
    callback = (handle & boot_bit) != 0 ? state_->boot.cancel(handle & ~boot_bit)
                                        : state_->wall.cancel(handle);
    if (callback && state_->dispatcher == std::thread::id{} &&
        !mutated(BaseMutant::cancelled_still_armed))
        state_->arm();
    return callback.has_value();
}

Clock::ListenerId SystemClock::on_step(StepCallback callback) {
    const MutexLock lock(state_->mutex);
    const std::uint64_t id = state_->next_listener++;
    state_->listeners.emplace(id, std::move(callback));
    return ListenerId{id};
}

void SystemClock::ignore_steps(ListenerId listener) {
    const auto id = static_cast<std::uint64_t>(listener);
    StepCallback callback;  // destroyed after the lock is gone
    const MutexLock lock(state_->mutex);
    const auto found = state_->listeners.find(id);
    if (found != state_->listeners.end()) {
        callback = std::move(found->second);
        state_->listeners.erase(found);
    }
    if (!state_->on_dispatcher() && !mutated(BaseMutant::forgotten_while_running))
        state_->wait_for_listener(id);
}

}  // namespace quantum
