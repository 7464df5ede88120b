#include "server/http/control_server.hpp"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace quantum::server {
namespace {

constexpr std::size_t most_tcp = 256;
constexpr Duration last_replies_within = std::chrono::seconds(1);
constexpr int most_waiting_tcp = 128;

BootTime boot_now() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return BootTime(std::chrono::duration_cast<Duration>(std::chrono::seconds(now.tv_sec) +
                                                         std::chrono::nanoseconds(now.tv_nsec)));
}

ApiOptions api_options(const ControlOptions& options, const Engine& engine) {
    const std::int64_t life = engine.facts().started.time_since_epoch().count();
    return {options.hosts, std::to_string(life), boot_now};
}

Result<UnixListener::Mode> socket_mode(const ControlOptions& options) {
    UnixListener::Mode mode;
    const std::string& text = options.socket_mode;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (error != std::errc() || end != text.data() + text.size() || (value & ~0666U) != 0) {
        return fail(ErrorCode::invalid_argument,
                    "socket_mode: '" + text + "' is not a mode such as 0600 or 0660");
    }
    mode.mode = value;
    if (options.socket_group.empty()) return mode;
    std::vector<char> buffer(65'536);
    group entry{};
    group* found = nullptr;
    if (getgrnam_r(options.socket_group.c_str(), &entry, buffer.data(), buffer.size(), &found) !=
            0 ||
        found == nullptr) {
        return fail(ErrorCode::not_found,
                    "socket_group: there is no group '" + options.socket_group + "'");
    }
    mode.group = found->gr_gid;
    return mode;
}

/// "127.0.0.1:7917", "[::1]:7917": a loopback address and a port.
Result<sockaddr_storage> loopback_address(const std::string& text) {
    const auto refuse = [&text](std::string_view why) {
        return fail(ErrorCode::invalid_argument, "listen: '" + text + "' " + std::string(why));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return refuse("has no port, as in 127.0.0.1:7917");
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || rest != end) return refuse("has no port, as in 127.0.0.1:7917");
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    sockaddr_storage address{};
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&address);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address);
    if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        const bool is_loopback = (ntohl(v4->sin_addr.s_addr) >> 24U) == 127;
        if (is_loopback) return address;
    } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        if (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) return address;
    } else {
        return refuse("is not an address, as in 127.0.0.1:7917");
    }
    return refuse("is not a loopback address; there is no TLS, so tokens would be seen by all");
}

}  // namespace

Status ControlServer::check(const ControlOptions& options) {
    if (const auto access = Access::of(options.access); !access) {
        return tl::unexpected(access.error());
    }
    if (const auto mode = socket_mode(options); !mode) return tl::unexpected(mode.error());
    if (options.listen.empty()) return {};
    const auto address = loopback_address(options.listen);
    if (!address) return tl::unexpected(address.error());
    return {};
}

Result<std::unique_ptr<ControlServer>> ControlServer::open(const ControlOptions& options,
                                                           Engine& engine) {
    auto access = Access::of(options.access);
    if (!access) return tl::unexpected(std::move(access).error());
    const auto mode = socket_mode(options);
    if (!mode) return tl::unexpected(mode.error());
    Result<Tokens> tokens = Tokens();
    if (!options.state.empty()) tokens = Tokens::open(options.state);
    if (!tokens) return tl::unexpected(std::move(tokens).error());
    auto listener = UnixListener::open(options.directory, *mode);
    if (!listener) return tl::unexpected(std::move(listener).error());
    std::unique_ptr<ControlServer> server(new ControlServer(
        options, engine, std::move(*access), std::move(*tokens), std::move(*listener)));
    if (!options.listen.empty()) {
        if (Status listens = server->listen_tcp(options.listen); !listens) {
            return tl::unexpected(std::move(listens).error());
        }
    }
    server->loop_->start();
    server->is_open_ = true;
    return server;
}

ControlServer::ControlServer(const ControlOptions& options, Engine& engine, Access access,
                             Tokens tokens, UnixListener listener)
    : access_(std::move(access)),
      listener_(std::move(listener)),
      loop_(std::make_shared<ServerLoop>()),
      api_(engine, loop_, std::move(tokens), api_options(options, engine)),
      feed_([this, loop = std::weak_ptr<ServerLoop>(loop_)] {
          if (const auto alive = loop.lock()) alive->post([this] { api_.take(feed_.take()); });
      }),
      http_(loop_->api(), [this](Request request, Reply reply) {
          api_.handle(std::move(request), std::move(reply));
      }) {
    http_.listen_local(listener_.take(), HttpLimits{},
                       [this](int connection) { return peer_of(connection, access_); });
}

// What is posted from now on is dropped; nobody calls anything of this any more.
ControlServer::~ControlServer() {
    // Whoever has asked for the end learns that it comes.
    if (is_open_) http_.flush(last_replies_within);
    loop_->stop();
    http_.end();
}

Status ControlServer::listen_tcp(const std::string& text) {
    auto address = loopback_address(text);
    if (!address) return tl::unexpected(std::move(address).error());
    auto* const raw = reinterpret_cast<sockaddr*>(&*address);
    socklen_t size = raw->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    base::FileDescriptor listener(
        socket(raw->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    if (!listener || setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener.get(), raw, size) != 0 || ::listen(listener.get(), most_waiting_tcp) != 0 ||
        getsockname(listener.get(), raw, &size) != 0) {
        return fail(ErrorCode::io_error, "listen: cannot listen on " + text + ": " +
                                             std::generic_category().message(errno));
    }
    const std::uint16_t port = raw->sa_family == AF_INET
                                   ? reinterpret_cast<const sockaddr_in*>(raw)->sin_port
                                   : reinterpret_cast<const sockaddr_in6*>(raw)->sin6_port;
    address_ = text.substr(0, text.rfind(':') + 1) + std::to_string(ntohs(port));
    HttpLimits limits;
    limits.connections = most_tcp;
    http_.listen_tcp(std::move(listener), limits,
                     [this](std::string_view value, const std::string& from) {
                         return api_.peer_with_token(value, from);
                     });
    return {};
}

}  // namespace quantum::server
