#include "daemon/service_manager.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iterator>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr int answer_within_ms = 1000;
// What is taken for the work around a stop whose length is known.
constexpr Duration slack = std::chrono::seconds(10);

/// A variable of the environment, which is then gone from it.
std::string take_variable(const char* name) {
    // NOLINTBEGIN(concurrency-mt-unsafe): before any thread starts
    const char* const value = std::getenv(name);
    std::string text = value == nullptr ? "" : value;
    unsetenv(name);
    // NOLINTEND(concurrency-mt-unsafe)
    return text;
}

std::optional<std::int64_t> number_of(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number <= 0) return {};
    return number;
}

/// A path, or a name in the abstract space, which begins with '@'.
base::FileDescriptor connect_to(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const bool is_name = name.starts_with('/') || name.starts_with('@');
    if (!is_name || name.size() >= sizeof address.sun_path) return {};
    std::copy(name.begin(), name.end(), std::begin(address.sun_path));
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        return {};
    }
    return socket;
}

/// The instant of the message by the clock that the service manager compares it with.
std::int64_t monotonic_microseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
    ServiceManager manager;
    const std::string name = take_variable("NOTIFY_SOCKET");
    const auto interval = number_of(take_variable("WATCHDOG_USEC"));
    const std::string process = take_variable("WATCHDOG_PID");
    if (!name.empty()) manager.socket_ = connect_to(name);
    const bool is_meant = process.empty() || number_of(process) == getpid();
    if (manager.socket_ && interval && is_meant) manager.watchdog_ = Duration(*interval);
    return manager;
}

void ServiceManager::tell_ready() const { send("READY=1", answer_within_ms); }

void ServiceManager::tell_reloading() const {
    if (!is_there()) return;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()),
         answer_within_ms);
}

void ServiceManager::tell_stopping(Duration at_most) const {
    if (!is_there()) return;
    send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string((at_most + slack).count()),
         answer_within_ms);
}

void ServiceManager::tell_status(std::string_view text) const {
    if (!is_there()) return;
    std::string line = "STATUS=" + std::string(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    send(line, 0);
}

void ServiceManager::tell_alive() const { send("WATCHDOG=1", 0); }

void ServiceManager::send(const std::string& message, int wait_ms) const {
    if (!is_there()) return;
    pollfd writable{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    while (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN || wait_ms == 0 || poll(&writable, 1, wait_ms) <= 0) return;
    }
}

}  // namespace quantum::daemon
