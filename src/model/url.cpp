#include "model/url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "model/mutant.hpp"

namespace quantum::model {
namespace {

constexpr std::size_t longest_url = 8000;
constexpr std::size_t longest_host = 253;

tl::unexpected<Error> refuse_url(std::string message) {
    return fail(ErrorCode::invalid_argument, "url: " + std::move(message));
}

std::string quoted(std::string_view text) {
    return std::string(1, '\'').append(text).append(1, '\'');
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

bool is_visible(char c) { return c > 0x20 && c < 0x7F; }

Status check_bytes(std::string_view text) {
    const auto bad = std::find_if_not(text.begin(), text.end(), is_visible);
    if (bad == text.end()) return {};
    const std::string where = "byte " + std::to_string(bad - text.begin() + 1);
    const auto value = static_cast<unsigned char>(*bad);
    if (value == ' ') return refuse_url(where + " is a space; write it as %20");
    if (value < 0x20 || value == 0x7F) return refuse_url(where + " is a control character");
    return refuse_url(where +
                      " is not ASCII; percent-encode paths, and write host names in their " +
                      "xn-- form");
}

Result<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc() || rest != end || (port == 0 && !mutated(ModelMutant::port_zero))) {
        return refuse_url("port " + quoted(text) + " is not one of 1 to 65535");
    }
    return port;
}

Status check_host_name(std::string_view name) {
    if (name.empty()) return refuse_url("has no host");
    if (name.size() > longest_host) return refuse_url("the host name is longer than 253 bytes");
    const auto bad = std::find_if_not(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
    });
    if (bad == name.end()) return {};
    return refuse_url(quoted(std::string_view(&*bad, 1)) + " in the host name " + quoted(name) +
                      "; only letters, digits, '-', '.' and '_' are allowed");
}

/// "host", "host:port", "[v6]", "[v6]:port".
Status read_authority(std::string_view authority, HttpUrl& url) {
    if (authority.find('@') != std::string_view::npos) {
        return refuse_url("contains a user name; credentials belong in an Authorization header");
    }
    std::string_view port;
    bool has_port = false;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return refuse_url("'[' without ']'");
        url.host = lower(authority.substr(1, end - 1));
        in6_addr address{};
        if (inet_pton(AF_INET6, url.host.c_str(), &address) != 1) {
            return refuse_url(quoted(url.host) + " is not an IPv6 address");
        }
        const std::string_view rest = authority.substr(end + 1);
        has_port = rest.starts_with(':');
        if (!rest.empty() && !has_port) return refuse_url(quoted(rest) + " after the address");
        if (has_port) port = rest.substr(1);
    } else {
        const std::size_t colon = authority.find(':');
        url.host = lower(authority.substr(0, colon));
        has_port = colon != std::string_view::npos;
        if (has_port) port = authority.substr(colon + 1);
        if (port.find(':') != std::string_view::npos) {
            return refuse_url(quoted(authority) +
                              ": IPv6 addresses must be in brackets, as in [::1]");
        }
        if (auto checked = check_host_name(url.host); !checked) return checked;
    }
    if (!has_port) {
        url.port = url.tls ? 443 : 80;
        return {};
    }
    auto number = parse_port(port);
    if (!number) return tl::unexpected(std::move(number).error());
    url.port = *number;
    return {};
}

std::string encoded(std::string_view reference) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result;
    for (const char c : reference) {
        const auto value = static_cast<unsigned char>(c);
        if (value == ' ' || value >= 0x80) {
            result += {'%', hex[value >> 4U], hex[value & 0xFU]};
        } else {
            result += c;
        }
    }
    return result;
}

/// "http" of "http:…"; empty where the reference names no scheme.
std::string_view scheme_of(std::string_view reference) {
    const std::size_t colon = reference.find_first_of(":/?#");
    if (colon == std::string_view::npos || colon == 0 || reference[colon] != ':') return {};
    return reference.substr(0, colon);
}

/// The path without its "." and ".." segments; it begins with a slash.
std::string without_dots(std::string_view path) {
    std::vector<std::string_view> kept;
    bool directory = false;  // the path ends in a slash
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash before the segment
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        directory = segment == "." || segment == ".." || (segment.empty() && path.empty());
        if (segment == "..") {
            if (!kept.empty() && !mutated(ModelMutant::dots_climb)) kept.pop_back();
        } else if (!directory) {
            kept.push_back(segment);
        }
    }
    std::string result;
    for (const std::string_view segment : kept) result.append(1, '/').append(segment);
    if (directory || result.empty()) result += '/';
    return result;
}

}  // namespace

std::string HttpUrl::authority() const {
    std::string result = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (mutated(ModelMutant::port_of_http_shown) || port != (tls ? 443 : 80)) {
        result.append(1, ':').append(std::to_string(port));
    }
    return result;
}

std::string HttpUrl::text() const {
    return std::string(tls ? "https://" : "http://").append(authority()).append(target);
}

Result<HttpUrl> parse_http_url(std::string_view text) {
    if (text.empty()) return refuse_url("must not be empty");
    if (text.size() > longest_url) {
        return refuse_url("has " + std::to_string(text.size()) + " bytes, at most " +
                          std::to_string(longest_url) + " are allowed");
    }
    if (auto checked = check_bytes(text); !checked) {
        return tl::unexpected(std::move(checked).error());
    }
    HttpUrl url;
    const std::string scheme = lower(scheme_of(text));
    url.tls = scheme == "https";
    if ((!url.tls && scheme != "http") || !text.substr(scheme.size()).starts_with("://")) {
        return refuse_url(quoted(text.substr(0, 40)) + " does not begin with http:// or https://");
    }
    text.remove_prefix(scheme.size() + 3);
    text = text.substr(0, text.find('#'));
    const std::string_view authority = text.substr(0, text.find_first_of("/?"));
    if (auto read = read_authority(authority, url); !read) {
        return tl::unexpected(std::move(read).error());
    }
    text.remove_prefix(authority.size());
    url.target = text.starts_with('/') ? std::string() : std::string(1, '/');
    url.target.append(text);
    return url;
}

Result<HttpUrl> resolve_http_url(const HttpUrl& base, std::string_view reference) {
    const std::string written = encoded(reference);
    if (!scheme_of(written).empty()) return parse_http_url(written);
    if (written.starts_with("//")) return parse_http_url((base.tls ? "https:" : "http:") + written);
    if (auto checked = check_bytes(written); !checked) {
        return tl::unexpected(std::move(checked).error());
    }
    HttpUrl url = base;
    const std::string_view relative = std::string_view(written).substr(0, written.find('#'));
    if (relative.empty()) return url;
    const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
    if (relative.starts_with('?')) {
        url.target = std::string(path).append(relative);
        return url;
    }
    const std::string_view query = relative.substr(std::min(relative.find('?'), relative.size()));
    std::string merged(relative.substr(0, relative.size() - query.size()));
    if (!merged.starts_with('/')) merged.insert(0, path.substr(0, path.rfind('/') + 1));
    url.target = without_dots(merged).append(query);
    return url;
}

}  // namespace quantum::model
