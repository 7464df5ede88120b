#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantum::server {

/// The target of a request: what stands between the method and the version.
struct Target {
    /// The segments of the path, split at '/' and then percent-decoded, so that a segment may hold
    /// a '/': "/v1/jobs/a%2Fb" is `v1`, `jobs`, `a/b`.
    std::vector<std::string> path{};
    /// The parameters of the query in their order, decoded; '+' is a blank.
    std::vector<std::pair<std::string, std::string>> query{};
};

/// None: it is no absolute path, an escape is incomplete, or there is a zero byte or an empty
/// segment.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);

/// Percent-encodes everything but letters, digits and "-._~".
[[nodiscard]] std::string encode_segment(std::string_view text);

/// For cursors: base64 with the alphabet of URLs, without padding.
[[nodiscard]] std::string encode_cursor(std::string_view text);
[[nodiscard]] std::optional<std::string> decode_cursor(std::string_view text);

}  // namespace quantum::server
