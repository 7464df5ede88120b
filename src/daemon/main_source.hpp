#pragma once

#include "quantum/clock.hpp"

namespace quantum::daemon {

/// Something that the daemon's main thread waits for: a descriptor that becomes readable, a time,
/// or both.
///
/// Used by that thread only.
class MainSource {
public:
    virtual ~MainSource() = default;
    MainSource(const MainSource&) = delete;
    MainSource& operator=(const MainSource&) = delete;

    /// The descriptor to poll for reading; -1: none.
    [[nodiscard]] virtual int descriptor() const { return -1; }
    /// The maximum time to poll; -1: unlimited. `otherwise`: what others want.
    [[nodiscard]] virtual int timeout_ms(BootTime now, int otherwise) const = 0;
    /// Called after each poll.
    virtual void look(BootTime now) = 0;

protected:
    MainSource() = default;
};

/// The timeout until an instant, or `otherwise` if that is shorter.
[[nodiscard]] int timeout_until(BootTime then, BootTime now, int otherwise);

}  // namespace quantum::daemon
