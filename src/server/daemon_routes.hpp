#pragma once

#include <functional>
#include <string>

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Answers about the daemon as a whole, and changes it. Used on the API's thread.
class DaemonRoutes {
public:
    explicit DaemonRoutes(const ApiContext& context) : context_(context) {}

    void live(const CallRef& call);
    void ready(const CallRef& call);
    void version(const CallRef& call);
    void status(const CallRef& call);
    void reload(const CallRef& call);
    void drain(const CallRef& call);

private:
    /// Calls `use` when it is known whether the thread that decides goes on.
    void with_pulse(const CallRef& call, std::function<void(const CallRef&, bool goes_on)> use);
    void answer_status(const CallRef& call, bool goes_on, const StorageHealth& health,
                       const LedgerBounds& bounds);

    const ApiContext& context_;
};

}  // namespace quantum::server
