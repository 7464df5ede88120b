#pragma once

#include <memory>
#include <optional>

#include "quantum/result.hpp"
#include "quantum/scheduler_config.hpp"

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "run/default_runner.hpp"
#include "stage/asio_runtime.hpp"

namespace quantum::scheduler {

/// The system clock, a thread for the stages, and a runner for real tasks: what a scheduler creates
/// at its start if it was not given any parts.
class DefaultParts {
public:
    /// Fails if the process cannot open more file descriptors.
    [[nodiscard]] static Result<std::unique_ptr<DefaultParts>> make(const SchedulerConfig& config);

    /// Ends the stages' thread. The runner stays until this object is destroyed, which waits for
    /// running functions.
    void stop() { loop_.stop(); }
    /// The same, waiting at most `timeout`: false if the thread is still busy. On that thread
    /// itself it does not wait.
    [[nodiscard]] bool stop_within(Duration timeout) { return loop_.stop_within(timeout); }
    /// True on the stages' thread, which must not destroy this.
    [[nodiscard]] bool is_on_own_thread() const { return loop_.on_loop_thread(); }
    ~DefaultParts();
    DefaultParts(const DefaultParts&) = delete;
    DefaultParts& operator=(const DefaultParts&) = delete;

    [[nodiscard]] Clock& clock() { return *clock_; }
    [[nodiscard]] Runtime& runtime() { return *runtime_; }
    [[nodiscard]] Runner& runner() { return *runner_; }

private:
    DefaultParts() = default;

    base::EventLoop loop_;
    std::unique_ptr<base::SystemClock> clock_;
    std::optional<stage::AsioRuntime> runtime_;
    std::optional<run::DefaultRunner> runner_;
};

}  // namespace quantum::scheduler
