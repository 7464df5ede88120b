#pragma once

#include <filesystem>
#include <optional>

#include <sys/types.h>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"
#include "server/access.hpp"
#include "server/message.hpp"

namespace quantum::server {

/// A listening Unix socket in a directory: bound relative to the open directory, so that its path
/// may be of any length and nobody moves it on the way, and removed at the end.
///
/// Thread-safety: made and destroyed by one thread.
class UnixListener {
public:
    static constexpr const char* name = "control.sock";

    struct Mode {
        mode_t mode = 0600;
        std::optional<gid_t> group{};
    };

    /// In place of what an earlier life left; for the holder of the state directory's lock only.
    /// Errors: `io_error`.
    [[nodiscard]] static Result<UnixListener> open(const std::filesystem::path& directory,
                                                   const Mode& mode);
    UnixListener(UnixListener&&) = default;
    UnixListener& operator=(UnixListener&&) = delete;
    /// Removes the socket's name.
    ~UnixListener();

    /// Gives the listening descriptor away; the name is still removed at the end.
    [[nodiscard]] base::FileDescriptor take() { return std::move(listener_); }

private:
    UnixListener(base::FileDescriptor directory, base::FileDescriptor listener)
        : directory_(std::move(directory)), listener_(std::move(listener)) {}

    base::FileDescriptor directory_;
    base::FileDescriptor listener_;
};

/// Who is at the other end of a connection, as the kernel has it. A peer that cannot be told has no
/// role.
[[nodiscard]] Peer peer_of(int connection, const Access& access);

}  // namespace quantum::server
