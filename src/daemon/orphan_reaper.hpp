#pragma once

#include <optional>

#include "quantum/clock.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::daemon {

/// Makes this process, instead of process 1, the parent of processes whose parents have gone, and
/// reaps them. Process 1 gets them anyway.
///
/// Must be created before any thread is started: SIGCHLD is then blocked and received through a
/// descriptor. Checks at most once per second, and not at all while no child ends.
class OrphanReaper {
public:
    OrphanReaper();
    OrphanReaper(const OrphanReaper&) = delete;
    OrphanReaper& operator=(const OrphanReaper&) = delete;

    /// The descriptor to poll for reading; -1 while it rests.
    [[nodiscard]] int descriptor() const { return rests_until_ ? -1 : signals_.get(); }
    /// The maximum time to poll; -1: unlimited.
    [[nodiscard]] int timeout_ms(BootTime now) const;
    /// Called after each poll: reaps if there is something to reap and the rest period is over.
    void look(BootTime now);

private:
    base::FileDescriptor signals_;
    std::optional<BootTime> rests_until_;
};

}  // namespace quantum::daemon
