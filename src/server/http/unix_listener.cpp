#include "server/http/unix_listener.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/path_walk.hpp"

namespace quantum::server {
namespace {

constexpr int most_waiting = 128;
constexpr std::size_t most_groups = 65'536;

/// The name of the socket below an open directory: one that is short enough however deep it lies.
sockaddr_un address_in(int directory) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path =
        "/proc/self/fd/" + std::to_string(directory) + '/' + UnixListener::name;
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    return address;
}

std::vector<gid_t> groups_of(int connection) {
    std::vector<gid_t> groups(16);
    for (;;) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        if (getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
            groups.resize(size / sizeof(gid_t));
            return groups;
        }
        if (errno != ERANGE || groups.size() >= most_groups) return {};
        groups.resize(groups.size() * 4);
    }
}

}  // namespace

Result<UnixListener> UnixListener::open(const std::filesystem::path& directory, const Mode& mode) {
    const auto refuse = [&](int error) {
        return fail(ErrorCode::io_error, (directory / name).string() + ": cannot listen there: " +
                                             std::generic_category().message(error));
    };
    auto opened = base::open_directory(directory.string(), base::own_rules(), false);
    if (!opened) return tl::unexpected(std::move(opened).error());
    base::FileDescriptor place = std::move(*opened);
    base::FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // The mode of the socket is that of its file, which is there only once it is bound.
    if (!listener || fchmod(listener.get(), S_IRUSR | S_IWUSR) != 0) return refuse(errno);
    if (unlinkat(place.get(), name, 0) != 0 && errno != ENOENT) return refuse(errno);
    const sockaddr_un address = address_in(place.get());
    if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return refuse(errno);
    }
    if (mode.group && fchownat(place.get(), name, static_cast<uid_t>(-1), *mode.group,
                               AT_SYMLINK_NOFOLLOW) != 0) {
        return refuse(errno);
    }
    // Opened further only when it belongs to whom it is opened for.
    if (mode.mode != 0600 && fchmodat(place.get(), name, mode.mode, 0) != 0) return refuse(errno);
    if (listen(listener.get(), most_waiting) != 0) return refuse(errno);
    return UnixListener(std::move(place), std::move(listener));
}

UnixListener::~UnixListener() {
    if (directory_) static_cast<void>(unlinkat(directory_.get(), name, 0));
}

Peer peer_of(int connection, const Access& access) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        Peer unknown;
        unknown.actor = "api:unknown";
        unknown.rate_key = unknown.actor;
        return unknown;
    }
    return access.peer_of(peer.uid, peer.gid, groups_of(connection));
}

}  // namespace quantum::server
