#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/result.hpp"

namespace quantum::model {

/// The target of a request: a parsed http or https URL.
struct HttpUrl {
    bool tls = false;
    std::string host;  ///< in lower case; an IPv6 address without its brackets
    std::uint16_t port = 80;
    std::string target = "/";  ///< path and query, as in the request line

    /// "example.org", "[::1]:8080": with the port only if it is not the scheme's default.
    [[nodiscard]] std::string authority() const;
    /// "https://example.org/path?query".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool same_origin(const HttpUrl& other) const {
        return tls == other.tls && host == other.host && port == other.port;
    }

    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// Parses an absolute URL; a fragment is dropped. Errors: `invalid_argument` with what was found
/// and what is allowed.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

/// Resolves `reference`, the Location of a response from `base` (RFC 3986, section 5.2). What
/// servers tend to leave unencoded in it (spaces, non-ASCII bytes) is encoded.
[[nodiscard]] Result<HttpUrl> resolve_http_url(const HttpUrl& base, std::string_view reference);

}  // namespace quantum::model
