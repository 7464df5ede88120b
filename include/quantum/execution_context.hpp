#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "quantum/clock.hpp"

namespace quantum {

struct Execution;
class RunObserver;
enum class OutputChannel : std::uint8_t;

/// What a task is told while it runs, and what it may say.
///
///     .task = [](quantum::ExecutionContext& context) {
///         while (!context.stop_requested() && more()) step();
///         context.log("42 rows");
///         context.set_result("42");
///     }
///
/// Lives as long as the run. Thread-safety: `stop_token` and `log` from any thread, the rest from
/// the task.
class ExecutionContext {
public:
    /// How a suspended coroutine is continued on a thread of the runner.
    using Resume = std::function<void(std::coroutine_handle<>)>;

    /// For runners; `execution`, `observer` and `clock` outlive the run.
    ExecutionContext(const Execution& execution, RunObserver& observer, Clock& clock,
                     std::stop_token stop, Resume resume = {});
    ExecutionContext(const ExecutionContext&) = delete;
    ExecutionContext& operator=(const ExecutionContext&) = delete;

    [[nodiscard]] const Execution& execution() const { return execution_; }
    // NOLINTNEXTLINE(google-explicit-constructor): whoever wants the execution only gets it
    operator const Execution&() const { return execution_; }
    /// The instant the schedule names, not that of the start.
    [[nodiscard]] WallTime due() const;
    /// From 1; the same execution id for all of them.
    [[nodiscard]] std::uint32_t attempt() const;

    /// Set when the run is asked to end: at its timeout, when it is replaced, when the scheduler
    /// stops and patience is over.
    [[nodiscard]] std::stop_token stop_token() const { return stop_; }
    [[nodiscard]] bool stop_requested() const { return stop_.stop_requested(); }

    /// A line of the run's output, as a command writes it.
    void log(std::string_view line);
    void log(std::string_view line, OutputChannel channel);

    /// What the run came to, for telemetry and the ledger.
    void set_result(std::string result) { result_ = std::move(result); }
    [[nodiscard]] const std::string& result() const { return result_; }

    class Sleep;
    /// For coroutines: `co_await context.sleep_for(5s)` holds no thread meanwhile. Ends early when
    /// the run is asked to end.
    [[nodiscard]] Sleep sleep_for(Duration duration);

private:
    const Execution& execution_;
    RunObserver& observer_;
    Clock& clock_;
    std::stop_token stop_;
    Resume resume_;
    std::string result_;
};

/// What `sleep_for` gives to `co_await`.
class ExecutionContext::Sleep {
public:
    Sleep(ExecutionContext& context, Duration duration) : context_(context), duration_(duration) {}
    [[nodiscard]] bool await_ready() const {
        return duration_ <= Duration::zero() || context_.stop_requested();
    }
    void await_suspend(std::coroutine_handle<> coroutine);
    void await_resume() { waiting_.reset(); }

private:
    struct Waiting;

    ExecutionContext& context_;
    Duration duration_;
    std::shared_ptr<Waiting> waiting_;
};

inline ExecutionContext::Sleep ExecutionContext::sleep_for(Duration duration) {
    return {*this, duration};
}

}  // namespace quantum
