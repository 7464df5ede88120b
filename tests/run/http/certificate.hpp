#pragma once

#include <string>

namespace quantum::run {

/// A certificate that has signed itself, and its key, both as PEM.
struct Certificate {
    std::string certificate;
    std::string key;
};

/// `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1". `valid_for` seconds from an hour
/// ago; less than an hour makes one that has expired. Without names, `common` is all it says.
[[nodiscard]] Certificate make_certificate(const std::string& names, long valid_for = 86'400,
                                           const std::string& common = "test server");

}  // namespace quantum::run
