#include "daemon/crontab_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "daemon/main_source.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr std::size_t most_peers = 64;
constexpr std::size_t most_of_a_user = 4;
constexpr std::size_t most_changes = 10;
constexpr Duration time_for_changes = std::chrono::minutes(1);
constexpr Duration time_for_a_peer = std::chrono::seconds(10);
constexpr int backlog = 64;
constexpr mode_t for_everybody = 0666;

tl::unexpected<Error> refuse(const std::filesystem::path& path, int error) {
    return fail(ErrorCode::io_error,
                path.string() + ": cannot listen there: " + std::generic_category().message(error));
}

/// The directory of the socket, which everybody has to get through.
Result<base::FileDescriptor> directory_of(const std::filesystem::path& path) {
    const std::string directory = path.parent_path().string();
    const bool is_new = !std::filesystem::exists(directory);
    auto opened = base::open_directory(directory, base::PathRules(), true);
    if (opened && is_new) fchmod(opened->get(), 0755);
    return opened;
}

}  // namespace

/// Somebody who is connected: his request comes in, or his answer goes out.
struct CrontabSocket::Peer {
    base::FileDescriptor connection;
    uid_t user = 0;
    BootTime until;
    CrontabRequestReader reader{};
    std::string answer{};
    bool is_answered = false;
    bool is_over = false;
};

struct CrontabSocket::Changes {
    uid_t user = 0;
    std::vector<BootTime> at{};
};

Result<std::unique_ptr<CrontabSocket>> CrontabSocket::open(const std::filesystem::path& path,
                                                           UserCrontabOptions options,
                                                           const Clock& clock, Logger& logger,
                                                           Changed changed) {
    auto directory = directory_of(path);
    if (!directory) return tl::unexpected(std::move(directory).error());
    const std::string name = path.filename().string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string place = "/proc/self/fd/" + std::to_string(directory->get()) + '/' + name;
    if (place.size() >= sizeof address.sun_path) return refuse(path, ENAMETOOLONG);
    std::copy(place.begin(), place.end(), std::begin(address.sun_path));
    base::FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener) return refuse(path, errno);
    if (unlinkat(directory->get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return refuse(path, errno);
    }
    if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        fchmodat(directory->get(), name.c_str(), for_everybody, 0) != 0 ||
        listen(listener.get(), backlog) != 0) {
        return refuse(path, errno);
    }
    return std::unique_ptr<CrontabSocket>(new CrontabSocket(std::move(*directory), name,
                                                            std::move(listener), std::move(options),
                                                            clock, logger, std::move(changed)));
}

CrontabSocket::CrontabSocket(base::FileDescriptor directory, std::string name,
                             base::FileDescriptor listener, UserCrontabOptions options,
                             const Clock& clock, Logger& logger, Changed changed)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      listener_(std::move(listener)),
      crontabs_(std::move(options)),
      clock_(clock),
      logger_(logger),
      changed_(std::move(changed)) {
    thread_ = std::thread([this] { serve(); });
}

CrontabSocket::~CrontabSocket() {
    stop_.ring();
    thread_.join();
    static_cast<void>(unlinkat(directory_.get(), name_.c_str(), 0));
}

void CrontabSocket::serve() {
    for (;;) {
        std::vector<pollfd> polled{{.fd = stop_.descriptor(), .events = POLLIN, .revents = 0},
                                   {.fd = listener_.get(), .events = POLLIN, .revents = 0}};
        auto next = BootTime::max();
        for (const Peer& peer : peers_) {
            const short events = peer.is_answered ? POLLOUT : POLLIN;
            polled.push_back({.fd = peer.connection.get(), .events = events, .revents = 0});
            next = std::min(next, peer.until);
        }
        const int timeout = peers_.empty() ? -1 : timeout_until(next, clock_.boot_now(), -1);
        poll(polled.data(), polled.size(), timeout);
        if (polled[0].revents != 0) return;
        for (std::size_t at = 0; at < peers_.size(); ++at) {
            Peer& peer = peers_[at];
            const bool is_called = polled[at + 2].revents != 0;
            if (is_called && peer.is_answered) {
                write_to(peer);
            } else if (is_called) {
                read_from(peer);
            }
        }
        drop_peers();
        if (polled[1].revents != 0) accept_peers();
    }
}

void CrontabSocket::drop_peers() {
    const BootTime now = clock_.boot_now();
    std::erase_if(peers_, [now](const Peer& peer) { return peer.is_over || now >= peer.until; });
}

void CrontabSocket::accept_peers() {
    for (;;) {
        base::FileDescriptor connection(
            accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection) {
            const bool is_full = errno == EMFILE || errno == ENFILE;
            // It waits on: not to be asked for it without end.
            if (is_full) {
                pollfd stopped{.fd = stop_.descriptor(), .events = POLLIN, .revents = 0};
                poll(&stopped, 1, 1000);
            }
            return;
        }
        ucred who{};
        socklen_t size = sizeof who;
        if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) continue;
        // Whose time ran out since the last round takes nobody's place.
        drop_peers();
        const auto of_user = std::count_if(peers_.begin(), peers_.end(), [&who](const Peer& peer) {
            return peer.user == who.uid;
        });
        const bool is_one_too_many =
            peers_.size() >= most_peers || static_cast<std::size_t>(of_user) >= most_of_a_user;
        if (is_one_too_many && !mutated(DaemonMutant::crontab_connections_without_end)) continue;
        peers_.push_back({std::move(connection), who.uid, clock_.boot_now() + time_for_a_peer});
    }
}

void CrontabSocket::read_from(Peer& peer) {
    std::array<char, 16384> buffer{};
    const ssize_t got = recv(peer.connection.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        peer.is_over = true;
        return;
    }
    const bool is_good =
        peer.reader.take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    if (is_good && !peer.reader.is_whole()) return;
    const CrontabAnswer said =
        is_good ? answer(peer, peer.reader.request())
                : CrontabAnswer{CrontabAnswer::Kind::refused, peer.reader.fault() + '\n'};
    peer.answer = to_bytes(said);
    peer.is_answered = true;
    write_to(peer);
}

void CrontabSocket::write_to(Peer& peer) {
    const ssize_t put = send(peer.connection.get(), peer.answer.data(), peer.answer.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
    peer.answer.erase(0, put < 0 ? peer.answer.size() : static_cast<std::size_t>(put));
    peer.is_over = peer.answer.empty();
}

CrontabAnswer CrontabSocket::answer(const Peer& peer, CrontabRequest request) {
    const auto user = crontabs_.user(peer.user);
    if (!user) return {CrontabAnswer::Kind::refused, user.error().message + '\n'};
    if (request.kind == CrontabRequest::Kind::read) return crontabs_.read(*user);
    return change(*user, std::move(request));
}

CrontabAnswer CrontabSocket::change(const config::Account& user, CrontabRequest request) {
    if (!may_change(user.uid)) {
        return {CrontabAnswer::Kind::refused,
                "too many changes within a minute; try again later\n"};
    }
    const CrontabAnswer said = request.kind == CrontabRequest::Kind::remove
                                   ? crontabs_.remove(user)
                                   : crontabs_.replace(user, request.text, request.tag);
    log_change(user, request, said);
    if (said.kind == CrontabAnswer::Kind::done) changed_(user, crontabs_.path_of(user));
    return said;
}

bool CrontabSocket::may_change(uid_t user) {
    const BootTime since = clock_.boot_now() - time_for_changes;
    for (Changes& one : changes_) {
        std::erase_if(one.at, [since](BootTime at) { return at <= since; });
    }
    std::erase_if(changes_, [](const Changes& one) { return one.at.empty(); });
    auto own = std::find_if(changes_.begin(), changes_.end(),
                            [user](const Changes& one) { return one.user == user; });
    if (own == changes_.end()) own = changes_.insert(own, {user});
    if (own->at.size() >= most_changes && !mutated(DaemonMutant::crontab_changes_without_end)) {
        return false;
    }
    own->at.push_back(clock_.boot_now());
    return true;
}

void CrontabSocket::log_change(const config::Account& user, const CrontabRequest& request,
                               const CrontabAnswer& answer) {
    const bool is_done = answer.kind == CrontabAnswer::Kind::done;
    LogLine line =
        logger_.line(is_done ? LogLevel::info : LogLevel::warning,
                     request.kind == CrontabRequest::Kind::remove ? "a user removes his crontab"
                                                                  : "a user replaces his crontab");
    line.text("user", user.name).number("uid", user.uid);
    line.text("result", is_done                                    ? "done"
                        : answer.kind == CrontabAnswer::Kind::none ? "there is none"
                                                                   : "refused");
    logger_.write(line);
}

}  // namespace quantum::daemon
