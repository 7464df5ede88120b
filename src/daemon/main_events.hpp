#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"

#include "daemon/call_apart.hpp"
#include "daemon/main_source.hpp"
#include "daemon/memory_sweep.hpp"
#include "daemon/mutant.hpp"
#include "daemon/orphan_reaper.hpp"
#include "daemon/signals.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// What the daemon's main thread waits for: signals, a wake-up by another thread, orphans to be
/// reaped, the time of the next memory sweep, and other sources. It sleeps in one `poll`, and never
/// is deaf to a signal: a call that may wait for the storage is made apart.
///
/// Owned by the daemon; touched by its main thread only. Goes before the scheduler, since it waits
/// for the calls that it left.
class MainEvents {
public:
    /// `orphan_reaper`: null where the process reaps nobody else's children.
    /// `others` outlive it.
    MainEvents(Signals signals, OrphanReaper* orphan_reaper, std::vector<MainSource*> others,
               const Clock& clock, WakeupFd& wakeup)
        : signals_(std::move(signals)),
          orphan_reaper_(orphan_reaper),
          others_(std::move(others)),
          clock_(clock),
          wakeup_(wakeup) {}

    /// Sleeps until something has come; not at all while a signal that was put off waits.
    void wait() {
        if (put_off_.empty()) sleep();
    }
    /// The next signal that has come, if one has.
    [[nodiscard]] std::optional<int> next_signal();
    /// It ends the program; the others ask for something.
    [[nodiscard]] bool ends_program(int signal) const;
    /// A HUP is then the end of the terminal, and asks for nothing.
    [[nodiscard]] bool terminal_has_closed() const { return terminal_.has_closed(); }

    /// Makes a call that may have to wait for the storage. None: a signal that ends the program
    /// came first; who waits then is told so when the scheduler stops.
    template <class Call>
    [[nodiscard]] auto unless_ended(Call call) -> std::optional<decltype(call())> {
        auto apart = std::make_shared<CallApart<decltype(call())>>(std::move(call), wakeup_);
        while (!apart->is_answered()) {
            sleep();
            put_off_signals();
            const bool is_ended = std::any_of(put_off_.begin(), put_off_.end(),
                                              [this](int signal) { return ends_program(signal); });
            if (is_ended && !apart->is_answered() && !mutated(DaemonMutant::end_waits_for_a_call)) {
                left_calls_.push_back(std::move(apart));
                return std::nullopt;
            }
        }
        return apart->take();
    }

    void sweep_memory() { memory_sweep_.begin(clock_.boot_now()); }
    void wake_every_second(bool wakes) { wakes_every_second_ = wakes; }

private:
    void sleep();
    void put_off_signals();

    Signals signals_;
    OrphanReaper* const orphan_reaper_;
    const std::vector<MainSource*> others_;
    const Terminal terminal_;
    const Clock& clock_;
    WakeupFd& wakeup_;
    MemorySweep memory_sweep_;
    bool wakes_every_second_ = false;
    std::deque<int> put_off_;                        // signals that came during a call
    std::vector<std::shared_ptr<void>> left_calls_;  // answered by the end of the scheduler
};

}  // namespace quantum::daemon
