#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <utility>

namespace quantum {

/// The return type of a task written as a coroutine.
///
///     .task = [](quantum::ExecutionContext& context) -> quantum::Coroutine {
///         for (int left = 3; left > 0 && !context.stop_requested(); --left) {
///             if (co_await ask_server()) co_return;
///             co_await context.sleep_for(5s);  // no thread is held meanwhile
///         }
///         throw std::runtime_error("no answer");
///     }
///
/// It starts when it is started or awaited. When it ends, the run ends; an exception makes the run
/// fail. It may await other coroutines, and any awaitable that resumes it exactly once, on any
/// thread.
class [[nodiscard]] Coroutine {
public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Coroutine(Handle handle) : handle_(handle) {}
    Coroutine(Coroutine&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Coroutine& operator=(Coroutine&&) = delete;
    ~Coroutine();

    /// Runs it up to its first suspension. `done` is called at the end, with the exception it threw
    /// or null, on the thread on which it ended, and may destroy the coroutine.
    void start(std::function<void(std::exception_ptr)> done);

    /// Awaiting it starts it and rethrows its exception.
    auto operator co_await() &&;

private:
    Handle handle_;
};

struct Coroutine::promise_type {
    struct AtEnd {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        [[nodiscard]] std::coroutine_handle<> await_suspend(Handle ended) const noexcept;
        void await_resume() const noexcept {}
    };

    Coroutine get_return_object() { return Coroutine(Handle::from_promise(*this)); }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] AtEnd final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { thrown = std::current_exception(); }

    std::coroutine_handle<> awaiting;
    std::function<void(std::exception_ptr)> done;
    std::exception_ptr thrown;
};

inline auto Coroutine::operator co_await() && {
    struct Awaiter {
        Handle handle;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> by) noexcept {
            handle.promise().awaiting = by;
            return handle;
        }
        void await_resume() const {
            if (handle.promise().thrown) std::rethrow_exception(handle.promise().thrown);
        }
    };
    return Awaiter{handle_};
}

}  // namespace quantum
