#pragma once

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"

namespace quantum::daemon {

/// A flag that is raised by another thread and polled through a descriptor.
///
/// Thread-safety: `ring` may be called from any thread.
class WakeupFd {
public:
    WakeupFd() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

    void ring() {
        const std::uint64_t one = 1;
        // Full means that it is already raised.
        static_cast<void>(!write(descriptor_.get(), &one, sizeof one));
    }
    void silence() {
        std::uint64_t count = 0;
        static_cast<void>(!read(descriptor_.get(), &count, sizeof count));
    }
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

private:
    base::FileDescriptor descriptor_;
};

}  // namespace quantum::daemon
