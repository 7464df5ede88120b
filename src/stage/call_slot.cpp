#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "quantum/detail/stage/call.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/runtime.hpp"

#include "base/deadline.hpp"
#include "base/futex.hpp"
#include "stage/mutant.hpp"

namespace quantum::detail {
namespace {

constexpr Duration longest_look = std::chrono::microseconds(100);

}  // namespace

bool CallSlot::is_done() const { return (state_.load(std::memory_order_acquire) & phases) == done; }

void CallSlot::publish() {
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    do {
        if ((state & phases) == given_up) return;
    } while (
        !state_.compare_exchange_weak(state, (state & ~phases) | done, std::memory_order_acq_rel));
    if ((state & sleeps) != 0) base::futex_wake_all(state_);
    answered();
}

void CallSlot::publish_error(Error error) {
    store_error(std::move(error));
    publish();
}

void CallSlot::fail(Error error) {
    if (claim()) publish_error(std::move(error));
}

/// False if the reply came first. This and `publish` are the two ends of one transition.
bool CallSlot::give_up() {
    std::uint32_t state = state_.load(std::memory_order_acquire);
    while ((state & phases) != done) {
        if (state_.compare_exchange_weak(state, state | given_up, std::memory_order_acq_rel)) {
            return true;
        }
    }
    return false;
}

/// By the clock, which may be one that is moved by hand.
void CallSlot::remind() {
    state_.fetch_or(is_late, std::memory_order_release);
    base::futex_wake_all(state_);
}

Status CallSlot::wait(Runtime& runtime, Clock& clock, Duration timeout, std::string_view what) {
    const base::Deadline deadline(clock, timeout);
    const auto no_answer = [what](std::string_view why) {
        return quantum::fail(ErrorCode::timed_out,
                             "no answer from " + std::string(what) + std::string(why));
    };
    if (timeout <= Duration::zero() && !mutated(stage::StageMutant::no_time_is_some_time)) {
        static_cast<void>(give_up());  // whether it is there by now would be chance
        return no_answer(" in time");
    }
    if (runtime.waiting() == Waiting::drive) {
        if (drive(runtime, deadline)) return {};
        return no_answer(deadline.has_passed() ? " in time" : ", and nothing is left to run");
    }
    // An answer is usually microseconds away: sooner than a timer is set and a thread woken. On a
    // busy machine a single yield may take longer than all of them elsewhere.
    const base::Deadline look(clock, std::min(timeout, longest_look));
    for (int spin = 0; spin < 100 && !is_done() && !look.has_passed(); ++spin) {
        std::this_thread::yield();
    }
    if (is_done()) return {};
    // The thread of the clock may be the one that is waited for, so this thread keeps the time
    // itself. Beside it the clock's timer: it knows of a suspend, and of a clock moved by hand.
    std::optional<Clock::TimerId> timer;
    if (!deadline.is_none()) {
        timer = clock.wake_after(timeout, [slot = shared_from_this()] { slot->remind(); });
    }
    const bool answered_in_time = sleep(deadline);
    if (timer) clock.cancel(*timer);
    if (!answered_in_time) return no_answer(" in time");
    return {};
}

/// Runs what is to answer, on this thread.
bool CallSlot::drive(Runtime& runtime, const base::Deadline& deadline) {
    while (!is_done() && !deadline.has_passed() && runtime.run_one()) {
    }
    return !give_up();
}

/// Sleeps until there is an answer.
bool CallSlot::sleep(const base::Deadline& deadline) {
    Duration shortest{};
    std::uint32_t state = state_.fetch_or(sleeps, std::memory_order_acq_rel) | sleeps;
    while ((state & phases) != done) {
        if ((state & is_late) != 0 || deadline.has_passed()) return !give_up();
        Duration nap = std::max(deadline.left(), shortest);
        if (mutated(stage::StageMutant::clock_keeps_the_deadline)) nap = Duration::max();
        // A clock that does not move with real time is looked at less and less often.
        if (!base::futex_wait(state_, state, nap)) shortest = nap * 2;
        state = state_.load(std::memory_order_acquire);
    }
    return true;
}

void ReplyPort::send() {
    StageCell* current = StageCell::current();
    if (current != nullptr && current == callee_) {
        current->defer_reply(slot_);
    } else {
        slot_->publish();
    }
}

void ReplyPort::send_now() {
    if (mutated(stage::StageMutant::reply_now_waits)) return send();
    slot_->publish();
}

ReplyPort::~ReplyPort() {
    if (mutated(stage::StageMutant::dropped_request_hangs)) return;
    slot_->fail({ErrorCode::unavailable, "the stage dropped the request without an answer"});
}

}  // namespace quantum::detail
