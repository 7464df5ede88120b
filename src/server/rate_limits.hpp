#pragma once

#include <string>
#include <unordered_map>

#include "quantum/clock.hpp"

namespace quantum::server {

/// How many requests a peer may send: 200 reads and 20 changes a second, each a second's worth at
/// once.
///
/// Used on the API's thread only.
class RateLimits {
public:
    static constexpr double reads_a_second = 200;
    static constexpr double changes_a_second = 20;

    /// False: this one is too many.
    [[nodiscard]] bool admit(const std::string& peer, bool changes, BootTime now);

private:
    struct Bucket {
        double reads = reads_a_second;
        double changes = changes_a_second;
        BootTime filled{};
    };
    static constexpr std::size_t most = 4096;

    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace quantum::server
