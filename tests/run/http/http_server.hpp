#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.hpp"
#include "run/http/certificate.hpp"

namespace quantum::run {

/// What a server does with a request.
struct HttpReply {
    enum class Then : unsigned char { close, hold, repeat };

    std::string bytes;        ///< sent as they are, status line and all
    Then then = Then::close;  ///< then closes, says no more, or sends `repeated` for ever
    std::string repeated = std::string(std::size_t{64} * 1024, 'x');
};

/// "HTTP/1.1 200 OK" with a body of known length.
[[nodiscard]] HttpReply reply(const std::string& status, const std::string& body = {},
                              const std::string& headers = {});

/// A server on the loopback that says what a test wants said: raw bytes over TCP or TLS, no HTTP
/// library that would keep it from being wrong.
///
/// Runs on the loop; belongs to the test's thread, which runs the loop.
class HttpServer {
public:
    using Handler = std::function<HttpReply(const std::string& request)>;

    HttpServer(base::EventLoop& loop, Handler handler,
               const std::optional<Certificate>& certificate = std::nullopt);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// "http://127.0.0.1:PORT" and the path, or https.
    [[nodiscard]] std::string url(const std::string& path,
                                  const std::string& host = "127.0.0.1") const;
    /// What has come, head and body, in the order of arrival.
    [[nodiscard]] const std::vector<std::string>& requests() const;
    [[nodiscard]] std::size_t connections() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Answers each request with this.
inline HttpServer::Handler always(HttpReply answer) {
    return [answer = std::move(answer)](const std::string&) { return answer; };
}

}  // namespace quantum::run
