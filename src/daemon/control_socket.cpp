#include "daemon/control_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Whoever asks waits longer than the one who answers, and so hears why there is no better answer.
constexpr auto asks_for = milliseconds(2000);
constexpr auto answers_within = milliseconds(1800);
// Whoever says nothing holds up the others for no longer than this.
constexpr auto request_within = milliseconds(500);

constexpr std::size_t longest_request = 4096;
constexpr int most_waiting = 16;

constexpr std::string_view request_text =
    "GET /v1/status HTTP/1.1\r\nHost: quantum\r\nConnection: close\r\n\r\n";

std::string response(std::string_view status, std::string_view type, std::string_view body) {
    return std::string("HTTP/1.1 ")
        .append(status)
        .append("\r\nContent-Type: ")
        .append(type)
        .append("\r\nContent-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\nConnection: close\r\n\r\n")
        .append(body);
}

/// The name of the socket below an open directory: one that is short enough however deep it lies.
sockaddr_un address_in(int directory) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path =
        "/proc/self/fd/" + std::to_string(directory) + '/' + ControlSocket::name;
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    return address;
}

base::FileDescriptor open_directory_at(const std::filesystem::path& directory) {
    return base::FileDescriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool wait_for(int descriptor, short events, steady_clock::time_point until) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd one{.fd = descriptor, .events = events, .revents = 0};
        const int ready = poll(&one, 1, static_cast<int>(left));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

/// Reads to the end of a head, or of everything. None: it did not come in time, or is too long.
std::optional<std::string> read_text(int connection, bool to_end_of_head,
                                     steady_clock::time_point until) {
    std::string text;
    std::array<char, 1024> buffer{};
    while (text.size() < longest_request && wait_for(connection, POLLIN, until)) {
        const ssize_t got = recv(connection, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) return to_end_of_head ? std::nullopt : std::optional(std::move(text));
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (to_end_of_head && text.find("\r\n\r\n") != std::string::npos) return text;
    }
    return std::nullopt;
}

bool send_text(int connection, std::string_view text, steady_clock::time_point until) {
    while (!text.empty()) {
        if (!wait_for(connection, POLLOUT, until)) return false;
        const ssize_t put = send(connection, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (put < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

bool is_trusted(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid() || mutated(DaemonMutant::control_of_anybody));
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::filesystem::path& directory,
                                                           base::EventLoop& control) {
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
    if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener.get(), most_waiting) != 0) {
        return refuse(errno);
    }
    return std::unique_ptr<ControlSocket>(
        new ControlSocket(std::move(place), std::move(listener), control));
}

ControlSocket::ControlSocket(base::FileDescriptor directory, base::FileDescriptor listener,
                             base::EventLoop& control)
    : directory_(std::move(directory)), listener_(std::move(listener)), control_(control) {
    thread_ = std::thread([this] { serve(); });
}

ControlSocket::~ControlSocket() {
    stop_.ring();
    thread_.join();
    static_cast<void>(unlinkat(directory_.get(), name, 0));
}

void ControlSocket::serve() {
    for (;;) {
        std::array<pollfd, 2> sources{{{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                                       {.fd = stop_.descriptor(), .events = POLLIN, .revents = 0}}};
        if (poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) return;
        if (sources[1].revents != 0) return;
        const base::FileDescriptor connection(
            accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection && is_trusted(connection.get())) {
            answer(connection.get());
        } else if (!connection && (errno == EMFILE || errno == ENFILE)) {
            // It waits on: not to be asked for it without end.
            wait_for(stop_.descriptor(), POLLIN, steady_clock::now() + answers_within);
        }
    }
}

void ControlSocket::answer(int connection) {
    const auto until = steady_clock::now() + request_within;
    const auto request = read_text(connection, true, until);
    if (!request) return;
    if (!request->starts_with("GET /v1/status ")) {
        send_text(connection,
                  response("404 Not Found", "application/problem+json",
                           R"({"type":"urn:quantum:problem:not_found","title":"Not found",)"
                           R"("status":404,"detail":"The only question is GET /v1/status."})"),
                  until);
        return;
    }
    const bool answers = control_thread_answers();
    const std::string body = std::string(R"({"status":")") + (answers ? "running" : "hung") +
                             R"(","pid":)" + std::to_string(getpid()) + "}\n";
    send_text(connection, response("200 OK", "application/json", body),
              steady_clock::now() + milliseconds(100));
}

bool ControlSocket::control_thread_answers() {
    if (mutated(DaemonMutant::control_thread_not_asked)) return true;
    const auto asked = std::make_shared<std::promise<void>>();
    auto answered = asked->get_future();
    control_.post([asked] { asked->set_value(); });
    const auto until = steady_clock::now() + answers_within - request_within;
    // Short waits, so that the end of the daemon does not wait for an answer that does not come.
    while (answered.wait_for(milliseconds(50)) != std::future_status::ready) {
        pollfd stopped{.fd = stop_.descriptor(), .events = POLLIN, .revents = 0};
        if (steady_clock::now() >= until || poll(&stopped, 1, 0) > 0) return false;
    }
    return true;
}

ControlAnswer ask_daemon(const std::filesystem::path& directory) {
    const auto until = steady_clock::now() + asks_for;
    const base::FileDescriptor place = open_directory_at(directory);
    const base::FileDescriptor connection(
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!place || !connection) return ControlAnswer::none;
    const sockaddr_un address = address_in(place.get());
    while (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
           0) {
        // EAGAIN: others wait there too.
        if (errno != EAGAIN && errno != EINTR) return ControlAnswer::none;
        if (steady_clock::now() >= until) return ControlAnswer::hung;
        std::this_thread::sleep_for(milliseconds(10));
    }
    if (!send_text(connection.get(), request_text, until)) return ControlAnswer::hung;
    const auto answer = read_text(connection.get(), false, until);
    if (!answer) return ControlAnswer::hung;
    if (answer->find(R"("status":"running")") != std::string::npos) return ControlAnswer::runs;
    return answer->find(R"("status":"hung")") != std::string::npos ? ControlAnswer::hung
                                                                   : ControlAnswer::none;
}

}  // namespace quantum::daemon
