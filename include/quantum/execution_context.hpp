#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "quantum/clock.hpp"

namespace quantum {

struct Execution;
class TaskOutput;  // quantum/runner/task_output.hpp
enum class OutputChannel : std::uint8_t;

/// The interface of a running task to its run.
///
///     .task = [](quantum::ExecutionContext& context) {
///         while (!context.stop_requested() && more()) step();
///         context.log("finished early");
///         context.out() << rows << " rows\n";  // needs <ostream>
///         context.set_result("42");
///     }
///
/// What a task writes is passed on line by line (`TelemetryKind::job_output`). With
/// `SchedulerConfig::output` it is also kept, as a command's output is.
///
/// Exists as long as the run. Thread-safety: `stop_token` and `log` may be used from any thread,
/// everything else only from the task.
class ExecutionContext {
public:
    /// Resumes a suspended coroutine on a thread of the runner.
    using Resume = std::function<void(std::coroutine_handle<>)>;

    /// For runners; `execution`, `output` and `clock` must outlive the run.
    ExecutionContext(const Execution& execution, TaskOutput& output, Clock& clock,
                     std::stop_token stop, Resume resume = {});
    ExecutionContext(const ExecutionContext&) = delete;
    ExecutionContext& operator=(const ExecutionContext&) = delete;
    ~ExecutionContext();

    [[nodiscard]] const Execution& execution() const { return execution_; }
    // NOLINTNEXTLINE(google-explicit-constructor): whoever wants the execution only gets it
    operator const Execution&() const { return execution_; }
    /// The due time given by the schedule, not the time of the start.
    [[nodiscard]] WallTime due() const;
    /// Counts from 1; the execution ID is the same for all attempts.
    [[nodiscard]] std::uint32_t attempt() const;

    /// Signaled when the run is asked to end: at its timeout, when it is replaced, or when the
    /// scheduler stops and its timeout has passed.
    [[nodiscard]] std::stop_token stop_token() const { return stop_; }
    [[nodiscard]] bool stop_requested() const { return stop_.stop_requested(); }

    /// Adds a line to the run's output, as if written by a command.
    void log(std::string_view line);
    void log(std::string_view line, OutputChannel channel);

    /// Streams to the run's output: standard output, or the given channel. Nothing is buffered, so
    /// that it keeps its order with `log`; what follows the last newline is a line too.
    [[nodiscard]] std::ostream& out();
    [[nodiscard]] std::ostream& out(OutputChannel channel);

    /// Sets the result of the run, for telemetry and the ledger.
    void set_result(std::string result) { result_ = std::move(result); }
    [[nodiscard]] const std::string& result() const { return result_; }

    /// Makes the run fail with this reason once the task has returned; the same as returning an
    /// error, and the way for a coroutine. The last call counts.
    void set_failure(std::string reason) { failure_ = std::move(reason); }
    [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

    class Sleep;
    /// For coroutines: `co_await context.sleep_for(5s)` does not occupy a thread. Ends early when
    /// the run is asked to end.
    [[nodiscard]] Sleep sleep_for(Duration duration);

private:
    struct Streams;

    const Execution& execution_;
    TaskOutput& output_;
    Clock& clock_;
    Streams* streams_ = nullptr;  // owned, once asked for; cheaper to include than a smart pointer
    std::stop_token stop_;
    Resume resume_;
    std::string result_;
    std::optional<std::string> failure_;
};

/// The awaitable returned by `sleep_for`.
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
