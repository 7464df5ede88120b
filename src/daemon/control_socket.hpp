#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "quantum/result.hpp"

#include "base/event_loop.hpp"
#include "base/file_descriptor.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// The socket of a daemon in its state directory, `control.sock`: whoever may read the directory
/// asks there whether the schedule goes on. A thread of its own answers, so that there is an answer
/// when the control thread has none.
///
/// It speaks the little of HTTP that the one question needs, `GET /v1/status`. Root and the
/// daemon's own user are answered, one at a time, each within two seconds.
///
/// Thread-safety: made and destroyed by one thread.
class ControlSocket {
public:
    /// In place of what an earlier life left; for the holder of the state directory's lock only.
    /// `control` is the loop that is asked, and outlives it.
    [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(
        const std::filesystem::path& directory, base::EventLoop& control);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    static constexpr const char* name = "control.sock";

private:
    ControlSocket(base::FileDescriptor directory, base::FileDescriptor listener,
                  base::EventLoop& control);
    void serve();
    void answer(int connection);
    [[nodiscard]] bool control_thread_answers();

    const base::FileDescriptor directory_;
    const base::FileDescriptor listener_;
    base::EventLoop& control_;
    WakeupFd stop_;
    std::thread thread_;
};

/// What a daemon says of itself.
enum class ControlAnswer : unsigned char {
    none,  ///< there is nobody to ask: no daemon, one that is just starting, or an earlier version
    runs,
    hung,  ///< its control thread does not come to answer, or nobody does
};

/// Asks the daemon of a state directory, and waits two seconds at most.
[[nodiscard]] ControlAnswer ask_daemon(const std::filesystem::path& directory);

}  // namespace quantum::daemon
