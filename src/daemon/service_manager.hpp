#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::daemon {

/// The service manager that has started this process, if it wants to be told how it gets on:
/// systemd's own protocol (sd_notify), a datagram each time.
///
/// Thread-safety: every method may be called from any thread. None blocks for more than a second;
/// what the service manager does not take is lost, except that it then says that it is not ready.
class ServiceManager {
public:
    /// Nobody is told anything.
    ServiceManager() = default;

    /// The one that the environment names (NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID). These
    /// variables are removed, so that no job takes itself for the service. Before any thread
    /// starts.
    [[nodiscard]] static ServiceManager from_environment();

    [[nodiscard]] bool is_there() const { return static_cast<bool>(socket_); }

    /// How often it wants to hear that the service is alive: if it has not for so long, it kills it
    /// and starts it again. None: it does not ask.
    [[nodiscard]] std::optional<Duration> watchdog() const { return watchdog_; }

    void tell_ready() const;
    /// Must be followed by `tell_ready`, however the reload ends.
    void tell_reloading() const;
    /// The stop takes at most so long.
    void tell_stopping(Duration at_most) const;
    /// A line for `systemctl status`.
    void tell_status(std::string_view text) const;
    void tell_alive() const;

private:
    void send(const std::string& message, int wait_ms) const;

    base::FileDescriptor socket_;  // connected
    std::optional<Duration> watchdog_;
};

}  // namespace quantum::daemon
