#pragma once

#include <optional>

#include "quantum/clock.hpp"

namespace quantum::daemon {

/// After loading files, returns free memory to the system: once at once, and again when the
/// scheduler has finished with what it was given.
///
/// Used by one thread, which polls; see OrphanReaper.
class MemorySweep {
public:
    void begin(BootTime now);

    /// The maximum time to poll; -1: unlimited. `otherwise`: what others want.
    [[nodiscard]] int timeout_ms(BootTime now, int otherwise) const;
    /// Called after each poll.
    void look(BootTime now);

private:
    std::optional<BootTime> again_at_;
};

}  // namespace quantum::daemon
