#pragma once

#include <memory>
#include <optional>

#include "quantum/result.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/scheduler_config.hpp"

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "stage/asio_runtime.hpp"

namespace quantum::scheduler {

/// The system clock, a thread for the stages, and a runner for real tasks: what a scheduler creates
/// at its start if it was not given any parts.
class DefaultParts {
public:
    /// Fails if the process cannot open more file descriptors, and if the runner cannot be wrapped.
    [[nodiscard]] static Result<std::unique_ptr<DefaultParts>> make(const SchedulerConfig& config);

    /// Ends the stages' thread. The runner stays until this object is destroyed, which waits for
    /// running functions.
    void stop() { loop_.stop(); }
    ~DefaultParts();
    DefaultParts(const DefaultParts&) = delete;
    DefaultParts& operator=(const DefaultParts&) = delete;

    [[nodiscard]] Clock& clock() { return *clock_; }
    [[nodiscard]] Runtime& runtime() { return *runtime_; }
    [[nodiscard]] Runner& runner() { return *runner_; }

private:
    DefaultParts() = default;
    [[nodiscard]] Status make_runner(const SchedulerConfig& config);

    base::EventLoop loop_;
    std::unique_ptr<base::SystemClock> clock_;
    std::optional<stage::AsioRuntime> runtime_;
    std::unique_ptr<Runner> runner_;
};

}  // namespace quantum::scheduler
