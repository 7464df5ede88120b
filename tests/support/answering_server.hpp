#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace quantum::test {

/// A server on the loopback, on a thread of its own, that says the same to everybody.
class AnsweringServer {
public:
    explicit AnsweringServer(std::string answer)
        : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const raw = reinterpret_cast<sockaddr*>(&address);
        if (listener_ < 0 || bind(listener_, raw, size) != 0 || listen(listener_, 16) != 0 ||
            getsockname(listener_, raw, &size) != 0 || pipe(stop_) != 0) {
            throw std::runtime_error("cannot listen on the loopback");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~AnsweringServer() {
        close(stop_[1]);
        thread_.join();
        close(stop_[0]);
        close(listener_);
    }
    AnsweringServer(const AnsweringServer&) = delete;
    AnsweringServer& operator=(const AnsweringServer&) = delete;

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/";
    }
    /// The heads of what was asked, as they came.
    [[nodiscard]] std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    /// False: it is time to stop.
    [[nodiscard]] bool wait_for(int descriptor) const {
        pollfd both[2] = {{descriptor, POLLIN, 0}, {stop_[0], POLLIN, 0}};
        return poll(both, 2, -1) > 0 && both[1].revents == 0;
    }

    void serve() {
        while (wait_for(listener_)) {
            const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (peer < 0) continue;
            std::string request;
            char buffer[4096];
            while (request.find("\r\n\r\n") == std::string::npos && wait_for(peer)) {
                const ssize_t got = read(peer, buffer, sizeof buffer);
                if (got <= 0) break;
                request.append(buffer, static_cast<std::size_t>(got));
            }
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(std::move(request));
            }
            for (std::size_t sent = 0; sent < answer_.size();) {
                const ssize_t put =
                    send(peer, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
                if (put <= 0) break;
                sent += static_cast<std::size_t>(put);
            }
            close(peer);
        }
    }

    const std::string answer_;
    const int listener_;
    int stop_[2] = {-1, -1};
    int port_ = 0;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

}  // namespace quantum::test
