#include "server/rate_limits.hpp"

#include <algorithm>
#include <chrono>

#include "server/mutant.hpp"

namespace quantum::server {

bool RateLimits::admit(const std::string& peer, bool changes, BootTime now) {
    if (mutated(ServerMutant::rate_not_limited)) return true;
    // A bucket that is full again tells nothing.
    if (buckets_.size() >= most) {
        std::erase_if(buckets_, [now](const auto& one) {
            return now - one.second.filled > std::chrono::seconds(1);
        });
    }
    const auto [place, is_new] = buckets_.try_emplace(peer);
    Bucket& bucket = place->second;
    if (!is_new) {
        const double passed = std::chrono::duration<double>(now - bucket.filled).count();
        bucket.reads = std::min(reads_a_second, bucket.reads + passed * reads_a_second);
        bucket.changes = std::min(changes_a_second, bucket.changes + passed * changes_a_second);
    }
    bucket.filled = now;
    double& left = changes ? bucket.changes : bucket.reads;
    if (left < 1) return false;
    left -= 1;
    return true;
}

}  // namespace quantum::server
