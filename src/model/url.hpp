#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/result.hpp"

namespace quantum {

/// Where a request goes: an http or https URL, taken apart.
struct HttpUrl {
    bool tls = false;
    std::string host;  ///< in lower case; an IPv6 address without its brackets
    std::uint16_t port = 80;
    std::string target = "/";  ///< path and query, what stands in the request line

    /// "example.org", "[::1]:8080": the port only where the scheme does not imply it.
    [[nodiscard]] std::string authority() const;
    /// "https://example.org/path?query".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool same_origin(const HttpUrl& other) const {
        return tls == other.tls && host == other.host && port == other.port;
    }

    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// Reads an absolute URL; a fragment is dropped. Errors: `invalid_argument` with what was found and
/// what is allowed.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

/// Where `reference`, the Location of an answer from `base`, leads (RFC 3986, section 5.2). What
/// servers tend to leave unencoded in it (blanks, bytes beyond ASCII) is encoded.
[[nodiscard]] Result<HttpUrl> resolve_http_url(const HttpUrl& base, std::string_view reference);

}  // namespace quantum
