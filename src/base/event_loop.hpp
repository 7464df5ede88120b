#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "quantum/clock.hpp"

namespace boost::asio {
class io_context;
}

namespace quantum::base {

/// The event loop for everything that waits for the kernel: timers, children's pipes, sockets.
///
/// A thin wrapper around boost::asio::io_context, so that only rooms that own descriptors include
/// Asio (through `context()`); the others just post.
///
///     EventLoop loop;
///     loop.start(2);                    // two threads of its own; or run() on this thread
///     loop.post([] { ... });
///     loop.stop();
///
/// Thread-safety: every method may be called from any thread, except `start` and `run`, which are
/// reserved for the owner.
/// Threads started by the loop have all signals blocked, so that the program keeps handling them.
/// Posted work must not throw; an exception terminates the program.
class EventLoop {
public:
    EventLoop();
    /// Stops. Posted work that has not run is destroyed.
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs the loop on `threads` threads of its own. May be called once.
    void start(std::size_t threads);

    /// Runs the loop on the calling thread until `stop`; returns at once if it has already been
    /// stopped.
    void run();

    /// Ends `run` and the threads after the current work. May be called before `start`, more than
    /// once, and from any thread; returns when nothing is running any more, except on a thread of
    /// the loop itself, where it only requests the stop.
    void stop();
    /// The same, waiting at most this long for the loop's own threads: false if one is still busy,
    /// and this must be called again.
    [[nodiscard]] bool stop_within(Duration timeout);

    /// Calls `work` soon on a thread of the loop, never from within this call.
    void post(std::function<void()> work);

    /// True on a thread that is running this loop.
    [[nodiscard]] bool on_loop_thread() const;

    [[nodiscard]] boost::asio::io_context& context();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace quantum::base
