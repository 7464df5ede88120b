#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// A call that may block for long, made on a separate thread so that the caller can do other things
/// in the meantime. The wakeup descriptor is signaled when it has returned.
///
/// Thread-safety: none; one thread creates, polls and destroys it.
template <class Answer>
class CallApart {
public:
    CallApart(std::function<Answer()> call, WakeupFd& wakeup)
        : thread_([this, call = std::move(call), &wakeup] {
              answer_.emplace(call());
              is_answered_.store(true);
              wakeup.ring();
          }) {}
    /// Waits for the call to return.
    ~CallApart() = default;
    CallApart(const CallApart&) = delete;
    CallApart& operator=(const CallApart&) = delete;

    [[nodiscard]] bool is_answered() const { return is_answered_.load(); }
    /// Must be called only after the call has returned.
    [[nodiscard]] Answer take() { return std::move(*answer_); }

private:
    std::optional<Answer> answer_;  // owned by the thread until the call has returned
    std::atomic<bool> is_answered_ = false;
    std::jthread thread_;
};

}  // namespace quantum::daemon
