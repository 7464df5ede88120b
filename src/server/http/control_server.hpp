#pragma once

#include <memory>
#include <string>

#include "quantum/result.hpp"
#include "quantum/telemetry.hpp"

#include "server/access.hpp"
#include "server/api.hpp"
#include "server/engine.hpp"
#include "server/http/control_options.hpp"
#include "server/http/http_server.hpp"
#include "server/http/server_loop.hpp"
#include "server/http/unix_listener.hpp"

namespace quantum::server {

/// The control API of a daemon on its sockets, with the threads that it has for itself.
///
/// Thread-safety: made and destroyed by one thread; `tell` may be called from any.
class ControlServer {
public:
    /// Whether there are such users, groups, modes and addresses. Errors: `invalid_argument`,
    /// `not_found`.
    [[nodiscard]] static Status check(const ControlOptions& options);

    /// Errors: a user, group, mode or address that is no such thing, `invalid_argument` or
    /// `not_found`; a socket that cannot be had, `io_error`.
    [[nodiscard]] static Result<std::unique_ptr<ControlServer>> open(const ControlOptions& options,
                                                                     Engine& engine);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// A TelemetryListener for `Feed::kinds()`.
    void tell(const TelemetryEvent& event) { feed_(event); }
    /// Where it listens on TCP, with the port it got: "127.0.0.1:7917"; empty: nowhere.
    [[nodiscard]] const std::string& address() const { return address_; }

private:
    ControlServer(const ControlOptions& options, Engine& engine, Access access, Tokens tokens,
                  UnixListener listener);
    [[nodiscard]] Status listen_tcp(const std::string& address);

    const Access access_;
    UnixListener listener_;
    std::string address_;
    bool is_open_ = false;
    std::shared_ptr<ServerLoop> loop_;
    Api api_;
    Feed feed_;
    HttpServer http_;
};

}  // namespace quantum::server
