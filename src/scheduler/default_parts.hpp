#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

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
    using Handlers = std::map<std::string, std::shared_ptr<const Handler>, std::less<>>;

    /// `handlers`: those registered besides the configuration's.
    /// Fails if the process cannot open more file descriptors, and if the runner cannot be wrapped.
    [[nodiscard]] static Result<std::unique_ptr<DefaultParts>> make(const SchedulerConfig& config,
                                                                    const Handlers& handlers = {});

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
    /// False where `SchedulerConfig::wrap_runner` made a runner that takes none. Thread-safety: any
    /// thread.
    [[nodiscard]] bool add_handler(const std::string& name,
                                   std::shared_ptr<const Handler> handler) {
        return runner_->add_handler(name, std::move(handler));
    }

private:
    DefaultParts() = default;
    [[nodiscard]] Status make_runner(const SchedulerConfig& config, const Handlers& handlers);

    base::EventLoop loop_;
    std::unique_ptr<base::SystemClock> clock_;
    std::optional<stage::AsioRuntime> runtime_;
    std::unique_ptr<Runner> runner_;
};

}  // namespace quantum::scheduler
