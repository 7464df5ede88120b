#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::client {

/// A request to the control API.
struct Question {
    std::string method = "GET";
    std::string target{};  ///< path and query, percent-encoded
    std::string body{};    ///< JSON; empty: none
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// What came back.
struct Answer {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};  ///< names in lowercase
    std::string body{};

    [[nodiscard]] bool is_good() const { return status >= 200 && status < 300; }
    /// Empty: there is no such header.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// A connection to the control API of a daemon: one request after another, each waited for.
///
/// Not thread-safe.
class Connection {
public:
    using Patience = std::chrono::milliseconds;

    /// Errors: `not_found` (there is no socket, or nobody listens there), `timed_out`, `io_error`.
    [[nodiscard]] static Result<Connection> open(const std::filesystem::path& socket,
                                                 Patience patience);

    /// Errors: `timed_out` if there is no whole answer in time, `io_error` if the connection ends
    /// before, `corrupt` if what comes is no HTTP.
    [[nodiscard]] Result<Answer> ask(const Question& question, Patience patience);

private:
    using Deadline = std::chrono::steady_clock::time_point;
    explicit Connection(base::FileDescriptor socket) : socket_(std::move(socket)) {}

    [[nodiscard]] Status send(std::string_view text, Deadline until) const;
    /// Reads more into the buffer. False: the other side has ended.
    [[nodiscard]] Result<bool> receive(Deadline until);

    base::FileDescriptor socket_;
    std::string buffer_;
};

/// Reads the head of an answer: `text` up to the empty line. None: it is no such thing.
[[nodiscard]] std::optional<Answer> parse_head(std::string_view text);

/// Percent-encodes everything but letters, digits and "-._~".
[[nodiscard]] std::string encoded(std::string_view text);

}  // namespace quantum::client
