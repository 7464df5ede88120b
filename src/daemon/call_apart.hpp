#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "daemon/wakeup_fd.hpp"

namespace quantum {

/// A call that may wait for long, on a thread of its own, so that the caller can look after other
/// things meanwhile. The bell is rung when it has been answered.
///
/// Thread-safety: none; one thread makes it, asks and destroys it.
template <class Answer>
class CallApart {
public:
    CallApart(std::function<Answer()> call, WakeupFd& wakeup)
        : thread_([this, call = std::move(call), &wakeup] {
              answer_.emplace(call());
              is_answered_.store(true);
              wakeup.ring();
          }) {}
    /// Waits for the answer.
    ~CallApart() = default;
    CallApart(const CallApart&) = delete;
    CallApart& operator=(const CallApart&) = delete;

    [[nodiscard]] bool is_answered() const { return is_answered_.load(); }
    /// Once it is answered.
    [[nodiscard]] Answer take() { return std::move(*answer_); }

private:
    std::optional<Answer> answer_;  // the thread's until it is answered
    std::atomic<bool> is_answered_ = false;
    std::jthread thread_;
};

}  // namespace quantum
