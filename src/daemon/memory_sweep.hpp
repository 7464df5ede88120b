#pragma once

#include <optional>

#include "quantum/clock.hpp"

namespace quantum {

/// After a load, gives what is free of its memory back to the system: at once, and a second time
/// when the scheduler is through with what it was handed.
///
/// Used by one thread, which polls; see OrphanReaper.
class MemorySweep {
public:
    void begin(BootTime now);

    /// How long to poll at most; -1: without end. `otherwise`: what others want.
    [[nodiscard]] int timeout_ms(BootTime now, int otherwise) const;
    /// After each poll.
    void look(BootTime now);

private:
    std::optional<BootTime> again_at_;
};

}  // namespace quantum
