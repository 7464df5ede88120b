#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/output_file.hpp"

namespace quantum {

/// The status codes `first` to `last`, both included.
struct HttpStatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 299;

    friend bool operator==(const HttpStatusRange&, const HttpStatusRange&) = default;
};

/// A header whose value is read when the request is sent. Only names are ever stored; in the
/// answer, should it repeat the value, that is shown as "***".
struct SecretHeader {
    std::string header;
    /// A file in the runner's directory of secrets, or an absolute path. The value is the file
    /// without the newline at its end.
    std::string secret;
    std::string before{};  ///< what the header says in front of the value: "Bearer "

    friend bool operator==(const SecretHeader&, const SecretHeader&) = default;
};

/// One HTTP request, described. A value; nothing is sent by making one.
///
///     quantum::HttpRequest request{.url = "https://example.org/hooks/nightly", .method = "POST"};
///     request.headers = {{"Content-Type", "application/json"}};
///     request.body = R"({"report":"nightly"})";
///
/// Needs the component `quantum::http`, see `quantum/http.hpp`.
struct HttpRequest {
    /// "http://…" or "https://…"; no user name, no bytes that are to be percent-encoded.
    std::string url;

    std::string method = "GET";

    /// Sent in this order. Content-Length, Connection and what else frames a message is the
    /// runner's; it adds Quantum-Job, Quantum-Execution-Id, Quantum-Due and Quantum-Attempt, and
    /// User-Agent and Accept where they are not here.
    std::vector<std::pair<std::string, std::string>> headers{};

    /// Sent after `headers`, to the origin of `url` only.
    std::vector<SecretHeader> secret_headers{};

    std::string body{};

    /// The run has succeeded when the status of the answer is one of these.
    std::vector<HttpStatusRange> expected_status = {HttpStatusRange{}};

    /// How long the whole of it may take: name, connection, redirects, answer.
    Duration timeout = std::chrono::seconds(60);

    /// Certificates (PEM) to trust in place of the machine's own. Read at each run.
    std::string ca_file{};

    /// How many redirects are followed; an expected status is never followed.
    std::uint32_t redirects = 5;

    /// Lets a redirect lead to this machine or to link-local addresses. The `url` itself may always
    /// name them: whoever wrote it meant it.
    bool local_redirects = false;

    /// An answer with a longer body fails the run, in bytes. None: it is read to its end, however
    /// long, and the timeout bounds it.
    std::optional<std::uint64_t> max_response{};

    std::optional<OutputFile> output_file{};

    friend bool operator==(const HttpRequest&, const HttpRequest&) = default;
};

}  // namespace quantum
