#include <thread>
#include <utility>

#include "quantum/detail/stage/call.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/runtime.hpp"

#include "stage/mutant.hpp"

namespace quantum::detail {

void CallSlot::publish() {
    // In one order with the look of notify_all at who waits: were the store still in the
    // processor's buffer then, a thread that just went to sleep would see the old value and sleep
    // for ever.
    state_.store(done, std::memory_order_seq_cst);
    state_.notify_all();
    answered();
}

void CallSlot::publish_error(Error error) {
    store_error(std::move(error));
    publish();
}

void CallSlot::fail(Error error) {
    if (claim()) publish_error(std::move(error));
}

void CallSlot::wait(Runtime& runtime, Clock& clock, Duration timeout, std::string_view what) {
    const auto is_done = [this] { return state_.load(std::memory_order_acquire) == done; };
    const Waiting waiting = runtime.waiting();
    if (waiting == Waiting::block) {
        // An answer is usually microseconds away: sooner than a timer is set and a thread woken.
        for (int spin = 0; spin < 100 && !is_done(); ++spin) std::this_thread::yield();
    }
    if (is_done()) return;

    std::string late = "no answer from ";
    late += what;
    std::optional<Clock::TimerId> timer;
    if (timeout != Duration::max()) {
        timer = clock.wake_after(timeout, [slot = shared_from_this(), late] {
            slot->fail({ErrorCode::timed_out, late + " in time"});
        });
    }
    if (waiting == Waiting::drive) {
        while (!is_done() && runtime.run_one()) {
        }
        fail({ErrorCode::timed_out, late + ", and nothing is left to run"});
    }
    for (std::uint32_t state = state_.load(std::memory_order_acquire); state != done;
         state = state_.load(std::memory_order_acquire)) {
        state_.wait(state, std::memory_order_acquire);
    }
    if (timer) clock.cancel(*timer);
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
