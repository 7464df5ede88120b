#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

#include "base/event_loop.hpp"
#include "base/file_descriptor.hpp"
#include "server/message.hpp"

namespace quantum::server {

/// What a connection may take.
struct HttpLimits {
    std::size_t connections = 1024;
    /// Further ones, which are answered about the health of the daemon only.
    std::size_t health_places = 8;
    std::uint32_t head_bytes = 16 * 1024;
    std::uint64_t body_bytes = std::uint64_t{1} << 20U;
    Duration head_within = std::chrono::seconds(10);
    Duration body_within = std::chrono::seconds(30);
    Duration answer_within = std::chrono::seconds(30);  ///< for the other side to take it
    Duration idle = std::chrono::seconds(60);
};

/// HTTP/1.1 on listening sockets: reads requests within limits, and writes what is replied.
///
/// Everything happens on the loop's one thread. Made, given listeners and destroyed by its owner
/// while the loop does not run.
class HttpServer {
public:
    using Handle = std::function<void(Request, Reply)>;
    /// The peer of an accepted connection.
    using Identify = std::function<Peer(int connection)>;
    /// The peer that shows this token from this address; no token is the empty one.
    using Authorize = std::function<Peer(std::string_view token, const std::string& address)>;

    HttpServer(base::EventLoop& loop, Handle handle);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Takes connections of a listening Unix socket.
    void listen_local(base::FileDescriptor listener, const HttpLimits& limits, Identify identify);
    /// Waits while the loop runs until what has been replied so far has been sent, but no longer
    /// than this.
    void flush(Duration at_most);
    /// Called when the loop has stopped: replies that still come go nowhere.
    void end();
    /// Takes connections of a listening TCP socket.
    void listen_tcp(base::FileDescriptor listener, const HttpLimits& limits, Authorize authorize);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace quantum::server
