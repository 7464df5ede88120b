#pragma once

#include <string>

#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"

namespace quantum {

/// Makes whoever opens a file hang, also without waiting (O_NONBLOCK), until this is gone: as on a
/// dead file server. For root, on kernels that let programs decide about opens.
class HangingFile {
public:
    explicit HangingFile(const std::string& path)
        : decider_(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY)) {
        hangs_ = decider_ && fanotify_mark(decider_.get(), FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD,
                                           path.c_str()) == 0;
    }

    /// Whether it does; not every machine can.
    [[nodiscard]] bool hangs() const { return hangs_; }
    /// Lets everybody in who waits, and all after them.
    void release() { decider_.reset(); }

private:
    base::FileDescriptor decider_;
    bool hangs_ = false;
};

}  // namespace quantum
