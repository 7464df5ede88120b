#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "quantum/clock.hpp"

#include "server/message.hpp"

namespace quantum::server {

/// The answers to requests with an idempotency key, by actor and key: 10,000 of them, for 24 h.
///
/// Used on the API's thread only.
class KnownAnswers {
public:
    static constexpr std::size_t most = 10'000;
    static constexpr Duration kept = std::chrono::hours(24);

    enum class Found : unsigned char {
        nothing,    ///< it is new, and counts as under way from now on
        answer,     ///< here is the answer
        under_way,  ///< the first one has none yet
        reused,     ///< the first one was another request
    };
    /// `request`: its line and body.
    [[nodiscard]] Found find(const std::string& actor, const std::string& key,
                             const std::string& request, BootTime now, Response& answer);
    /// An answer that says nothing of what became of the request is not kept: the next one is new.
    void settle(const std::string& actor, const std::string& key, const Response& response);

private:
    struct Known {
        std::size_t request = 0;  // its hash
        BootTime at{};
        std::optional<Response> answer{};
    };
    static std::string name_of(const std::string& actor, const std::string& key);
    void forget_old(BootTime now);

    std::unordered_map<std::string, Known> known_;
    std::deque<std::pair<BootTime, std::string>> order_;
};

}  // namespace quantum::server
