#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/file_descriptor.hpp"

namespace quantum::test {

/// A unix datagram socket, as a service manager and the journal listen on, in place of them.
class DatagramSocket {
public:
    /// A path, or a name that begins with '@'.
    explicit DatagramSocket(const std::string& name)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (name.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + name);
        std::copy(name.begin(), name.end(), std::begin(address.sun_path));
        if (name.front() == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
            throw std::system_error(errno, std::generic_category(), name);
        }
    }

    /// The next datagram; none: none comes in that time.
    std::optional<std::string> next(std::chrono::milliseconds most = std::chrono::seconds(30)) {
        pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
        if (poll(&readable, 1, static_cast<int>(most.count())) <= 0) return std::nullopt;
        std::array<char, 65536> buffer{};
        const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0) return std::nullopt;
        return std::string(buffer.data(), static_cast<std::size_t>(got));
    }

    /// What has come so far.
    std::vector<std::string> all() {
        std::vector<std::string> messages;
        while (auto message = next(std::chrono::milliseconds(0))) {
            messages.push_back(std::move(*message));
        }
        return messages;
    }

    /// Until one comes that begins so; the others are dropped. None: it does not come.
    std::optional<std::string> wait_for(std::string_view beginning) {
        while (auto message = next()) {
            if (message->starts_with(beginning)) return message;
        }
        return std::nullopt;
    }

private:
    base::FileDescriptor socket_;
};

}  // namespace quantum::test
