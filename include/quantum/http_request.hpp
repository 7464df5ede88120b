#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/output_file.hpp"

namespace quantum {

/// The status codes from `first` to `last`, inclusive.
struct HttpStatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 299;

    friend bool operator==(const HttpStatusRange&, const HttpStatusRange&) = default;
};

/// A header whose value is read when the request is sent. Only the names are ever stored; if the
/// response repeats the value, it is shown as "***".
struct SecretHeader {
    std::string header;
    /// A file in the runner's secrets directory, or an absolute path. The value is the content of
    /// the file without its final newline.
    std::string secret;
    std::string before{};  ///< a prefix for the value: "Bearer "

    friend bool operator==(const SecretHeader&, const SecretHeader&) = default;
};

/// The description of an HTTP request. A value; creating one does not send anything.
///
///     quantum::HttpRequest request{.url = "https://example.org/hooks/nightly", .method = "POST"};
///     request.headers = {{"Content-Type", "application/json"}};
///     request.body = R"({"report":"nightly"})";
///
/// Requires the component `quantum::http`, see `quantum/http.hpp`.
struct HttpRequest {
    /// "http://…" or "https://…"; without a user name and without bytes that must be
    /// percent-encoded.
    std::string url;

    std::string method = "GET";

    /// Sent in this order. Content-Length, Connection and other headers that frame a message are
    /// added by the runner, as are Quantum-Job, Quantum-Execution-Id, Quantum-Due and
    /// Quantum-Attempt, and User-Agent and Accept if they are missing here.
    std::vector<std::pair<std::string, std::string>> headers{};

    /// Sent after `headers`, only to the origin of `url`.
    std::vector<SecretHeader> secret_headers{};

    std::string body{};

    /// The run succeeds if the status of the response is one of these.
    std::vector<HttpStatusRange> expected_status = {HttpStatusRange{}};

    /// The maximum total time for name lookup, connection, redirects and response.
    Duration timeout = std::chrono::seconds(60);

    /// A file of certificates (PEM) to trust instead of the machine's. Read at each run.
    std::string ca_file{};

    /// The maximum number of redirects followed. A response with an expected status is never
    /// followed.
    std::uint32_t redirects = 5;

    /// Whether redirects may lead to this machine or to link-local addresses. `url` itself may
    /// always name them, because the author of the job chose it.
    bool local_redirects = false;

    /// The maximum size of the body in bytes; a longer one makes the run fail. None: unlimited,
    /// except by the timeout.
    std::optional<std::uint64_t> max_response{};

    std::optional<OutputFile> output_file{};

    friend bool operator==(const HttpRequest&, const HttpRequest&) = default;
};

}  // namespace quantum
