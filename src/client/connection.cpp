#include "client/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace quantum::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_head = 64 * 1024;
constexpr std::size_t most_body = std::size_t{64} << 20U;
constexpr std::string_view end_of_head = "\r\n\r\n";

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool wait_for(int descriptor, short events, steady_clock::time_point until) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd one{.fd = descriptor, .events = events, .revents = 0};
        const int ready = poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

tl::unexpected<Error> too_late() {
    return fail(ErrorCode::timed_out, "the daemon did not answer in time");
}

tl::unexpected<Error> broken(const std::string& why) {
    return fail(ErrorCode::io_error, "the connection to the daemon broke: " + why);
}

/// The address of a socket by way of its open directory, so that its path may be of any length.
Result<sockaddr_un> address_of(const base::FileDescriptor& directory, const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + '/' + name;
    if (path.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::not_found, "the name of the socket is too long");
    }
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    return address;
}

}  // namespace

std::string encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string result;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += '%';
        result += hex[byte >> 4U];
        result += hex[byte & 15U];
    }
    return result;
}

std::string_view Answer::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [name](const auto& one) { return one.first == name; });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<Answer> parse_head(std::string_view text) {
    constexpr std::string_view version = "HTTP/1.1 ";
    if (!text.starts_with(version)) return std::nullopt;
    text.remove_prefix(version.size());
    Answer answer;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), answer.status);
    if (error != std::errc() || answer.status < 100 || answer.status > 999) return std::nullopt;
    for (std::size_t line_end = text.find("\r\n"); line_end != std::string_view::npos;
         line_end = text.find("\r\n")) {
        text.remove_prefix(line_end + 2);
        const std::string_view line = text.substr(0, text.find("\r\n"));
        if (line.empty()) break;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        answer.headers.emplace_back(lowered(line.substr(0, colon)),
                                    std::string(trimmed(line.substr(colon + 1))));
    }
    return answer;
}

Result<Connection> Connection::open(const std::filesystem::path& socket_path, Patience patience) {
    const auto until = steady_clock::now() + patience;
    const std::filesystem::path parent =
        socket_path.has_parent_path() ? socket_path.parent_path() : std::filesystem::path(".");
    // It need not be readable, only its socket.
    const base::FileDescriptor directory(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
        return fail(ErrorCode::not_found, socket_path.string() + ": there is no socket: " +
                                              std::generic_category().message(errno));
    }
    const auto address = address_of(directory, socket_path.filename().string());
    if (!address) return tl::unexpected(address.error());
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return broken(std::generic_category().message(errno));
    while (connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
           0) {
        // EAGAIN: others wait there too.
        if (errno != EAGAIN && errno != EINTR) {
            const int why = errno;
            const bool is_closed = why == EACCES || why == EPERM;
            return fail(
                is_closed ? ErrorCode::io_error : ErrorCode::not_found,
                socket_path.string() +
                    (is_closed ? ": you may not connect: " : ": no daemon answers there: ") +
                    std::generic_category().message(why));
        }
        if (steady_clock::now() >= until) return too_late();
        std::this_thread::sleep_for(milliseconds(10));
    }
    return Connection(std::move(socket));
}

Status Connection::send(std::string_view text, Deadline until) const {
    while (!text.empty()) {
        if (!wait_for(socket_.get(), POLLOUT, until)) return too_late();
        const ssize_t put =
            ::send(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (put < 0) return broken(std::generic_category().message(errno));
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<bool> Connection::receive(Deadline until) {
    std::array<char, 16 * 1024> chunk{};
    for (;;) {
        if (!wait_for(socket_.get(), POLLIN, until)) return too_late();
        const ssize_t got = recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return broken(std::generic_category().message(errno));
        buffer_.append(chunk.data(), static_cast<std::size_t>(got));
        return got > 0;
    }
}

Result<Answer> Connection::ask(const Question& question, Patience patience) {
    const auto until = steady_clock::now() + patience;
    std::string text = question.method + ' ' + question.target + " HTTP/1.1\r\nHost: quantum\r\n";
    for (const auto& [name, value] : question.headers) text += name + ": " + value + "\r\n";
    if (!question.body.empty()) {
        text += "Content-Type: application/json\r\nContent-Length: " +
                std::to_string(question.body.size()) + "\r\n";
    }
    text += "\r\n" + question.body;
    const Status sent = send(text, until);
    // It may have been refused before it was read: then the reason is there to be read.
    if (!sent && sent.error().code != ErrorCode::io_error) return tl::unexpected(sent.error());
    std::size_t head_end = buffer_.find(end_of_head);
    while (head_end == std::string::npos) {
        if (buffer_.size() > most_head) return fail(ErrorCode::corrupt, "the head is too long");
        const auto more = receive(until);
        if (!more) return tl::unexpected(more.error());
        if (!*more) return broken("it ended before the answer");
        head_end = buffer_.find(end_of_head);
    }
    auto answer = parse_head(std::string_view(buffer_).substr(0, head_end + 2));
    if (!answer) return fail(ErrorCode::corrupt, "what answers there does not speak HTTP");
    buffer_.erase(0, head_end + end_of_head.size());
    std::size_t size = 0;
    const std::string_view length = answer->header("content-length");
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), size);
    if (!length.empty() && (error != std::errc() || size > most_body)) {
        return fail(ErrorCode::corrupt, "the answer has no good length");
    }
    while (buffer_.size() < size) {
        const auto more = receive(until);
        if (!more) return tl::unexpected(more.error());
        if (!*more) return broken("it ended within the answer");
    }
    answer->body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return std::move(*answer);
}

}  // namespace quantum::client
