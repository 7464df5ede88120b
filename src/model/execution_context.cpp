#include "quantum/execution_context.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

ExecutionContext::ExecutionContext(const Execution& execution, RunObserver& observer, Clock& clock,
                                   std::stop_token stop, Resume resume)
    : execution_(execution),
      observer_(observer),
      clock_(clock),
      stop_(std::move(stop)),
      resume_(std::move(resume)) {}

WallTime ExecutionContext::due() const { return execution_.due; }
std::uint32_t ExecutionContext::attempt() const { return execution_.attempt; }

void ExecutionContext::log(std::string_view line) { log(line, OutputChannel::standard_output); }

void ExecutionContext::log(std::string_view line, OutputChannel channel) {
    observer_.output(execution_, channel, line);
}

/// The timer and the request to stop both want to continue the coroutine; one of them does.
struct ExecutionContext::Sleep::Waiting {
    explicit Waiting(Resume the_resume) : resume(std::move(the_resume)) {}

    void wake() {
        if (!woken.exchange(true)) resume(coroutine);
    }

    const Resume resume;
    std::coroutine_handle<> coroutine;
    std::atomic<bool> woken{false};
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

void ExecutionContext::Sleep::await_suspend(std::coroutine_handle<> coroutine) {
    auto waiting = std::make_shared<Waiting>(context_.resume_);
    waiting->coroutine = coroutine;
    waiting_ = waiting;
    // Whoever wakes it first may end the run while this goes on: nothing of the run is touched
    // after the timer is set.
    Clock& clock = context_.clock_;
    const Duration duration = duration_;
    const std::weak_ptr<Waiting> weak = waiting;
    waiting->on_stop.emplace(context_.stop_, [weak] {
        if (const auto self = weak.lock()) self->wake();
    });
    static_cast<void>(clock.wake_after(duration, [waiting] { waiting->wake(); }));
}

}  // namespace quantum
