#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace quantum {

/// Where everything that waits for the kernel waits: timers, children's pipes, sockets.
///
/// A thin face on boost::asio::io_context, so that only the rooms that own descriptors include
/// Asio (through `context()`); the others post.
///
///     EventLoop loop;
///     loop.start(2);                    // two threads of its own; or run() on this thread
///     loop.post([] { ... });
///     loop.stop();
///
/// Thread-safety: every method may be called from any thread, except `start` and `run`, which
/// belong to the owner.
/// Threads that the loop starts have every signal blocked: signals stay with the program.
/// Posted work lets no exception escape; one that does ends the program.
class EventLoop {
public:
    EventLoop();
    /// Stops. What was posted and never ran is destroyed unrun.
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs the loop on `threads` threads of its own. At most once.
    void start(std::size_t threads);

    /// Runs the loop on the calling thread until `stop`; at once if it was stopped already.
    void run();

    /// Ends `run` and the threads after the work at hand. Safe before `start`, twice, and from
    /// any thread; returns when nothing runs any more, except on a thread of the loop itself,
    /// where it only asks.
    void stop();

    /// Calls `work` soon on a thread of the loop, never inside this call.
    void post(std::function<void()> work);

    /// True on a thread that is running this loop.
    [[nodiscard]] bool on_loop_thread() const;

    [[nodiscard]] boost::asio::io_context& context();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace quantum
