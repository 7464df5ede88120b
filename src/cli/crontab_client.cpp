#include "cli/crontab_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/file_descriptor.hpp"

namespace quantum::cli {
namespace {

constexpr timeval socket_patience{.tv_sec = 15, .tv_usec = 0};

tl::unexpected<Error> unreachable(const std::string& socket, const std::string& why) {
    return fail(
        ErrorCode::unavailable,
        "no scheduler with a crontab for every user can be reached at " + socket + ": " + why);
}

std::string reason(int error) { return std::generic_category().message(error); }

Result<base::FileDescriptor> connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return unreachable(path, reason(ENAMETOOLONG));
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket ||
        setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &socket_patience,
                   sizeof socket_patience) != 0 ||
        setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &socket_patience,
                   sizeof socket_patience) != 0 ||
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return unreachable(path, reason(errno));
    }
    return socket;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

}  // namespace

Result<daemon::CrontabAnswer> ask_for_crontab(const std::string& socket,
                                              const daemon::CrontabRequest& request) {
    auto connection = connect_to(socket);
    if (!connection) return tl::unexpected(std::move(connection).error());
    // It may have said why it takes no more.
    const bool is_sent = send_all(connection->get(), to_bytes(request));
    const int error = errno;
    std::string bytes;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t got = recv(connection->get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreachable(socket, reason(errno));
        if (got == 0) break;
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    if (auto answer = daemon::answer_in(bytes)) return *std::move(answer);
    return unreachable(socket,
                       is_sent ? "it gives no answer; too many may be asking" : reason(error));
}

}  // namespace quantum::cli
