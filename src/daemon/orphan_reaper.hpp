#pragma once

#include <optional>

#include "quantum/clock.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// Processes whose parents have gone come to this process instead of to process 1, and are reaped
/// here. As process 1 they come anyway.
///
/// Make it before any thread is started: SIGCHLD is blocked then, and told through a descriptor.
/// Looks at most once a second, and not at all while nothing ends.
class OrphanReaper {
public:
    OrphanReaper();
    OrphanReaper(const OrphanReaper&) = delete;
    OrphanReaper& operator=(const OrphanReaper&) = delete;

    /// What to poll for reading; -1 while it rests.
    [[nodiscard]] int descriptor() const { return rests_until_ ? -1 : signals_.get(); }
    /// How long to poll at most; -1: without end.
    [[nodiscard]] int timeout_ms(BootTime now) const;
    /// After each poll: reaps if there is something to reap and the rest is over.
    void look(BootTime now);

private:
    FileDescriptor signals_;
    std::optional<BootTime> rests_until_;
};

}  // namespace quantum
