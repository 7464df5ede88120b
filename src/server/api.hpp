#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quantum/clock.hpp"

#include "server/api_context.hpp"
#include "server/api_parts.hpp"
#include "server/call.hpp"
#include "server/feed.hpp"
#include "server/known_answers.hpp"
#include "server/message.hpp"
#include "server/rate_limits.hpp"
#include "server/tokens.hpp"

namespace quantum::server {

struct ApiOptions {
    /// Names by which this API may be called, besides the loopback and the socket.
    std::vector<std::string> hosts{};
    /// Tells one life of the daemon from the next, in the places of events.
    std::string epoch{};
    /// The boot clock, for rates and keys.
    std::function<BootTime()> boot_now{};
};

/// The control API: turns requests into responses, whoever carries them. It waits for nothing; see
/// docs/design/0010-control-api.md.
///
/// Thread-safety: everything on one thread, that of the loop, except that a reply may be called on
/// any. Goes only when the loop has stopped.
class Api {
public:
    Api(Engine& engine, std::shared_ptr<Loop> loop, Tokens tokens, ApiOptions options);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    void handle(Request request, Reply reply);

    /// What has happened, as told by the feed.
    void take(Feed::Taken taken);

    /// The peer that showed this token over TCP; none, or a wrong one: `is_unknown`.
    [[nodiscard]] Peer peer_with_token(std::string_view value, const std::string& address);

    static constexpr Duration longest = std::chrono::seconds(35);

private:
    void dispatch(const CallRef& call);
    [[nodiscard]] bool check_host(const CallRef& call) const;
    [[nodiscard]] bool check_browser(const CallRef& call) const;
    [[nodiscard]] bool find_target(const CallRef& call) const;
    [[nodiscard]] bool check_role(const CallRef& call) const;
    [[nodiscard]] bool check_query(const CallRef& call) const;
    [[nodiscard]] bool read_body(const CallRef& call) const;
    [[nodiscard]] bool look_up_key(const CallRef& call);

    Engine& engine_;
    const std::shared_ptr<Loop> loop_;
    const ApiOptions options_;
    Tokens tokens_;
    EngineCalls calls_;
    JobKeeper keeper_;
    EventLog log_;
    const ApiContext context_;
    ApiParts parts_;
    RateLimits rates_;
    KnownAnswers answers_;
};

}  // namespace quantum::server
