#pragma once

#include <string>
#include <vector>

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Answers what happens, at once or when something has. Used on the API's thread.
class EventRoutes {
public:
    explicit EventRoutes(const ApiContext& context) : context_(context) {}

    void events(const CallRef& call);
    /// Something has been added to the log: whoever waits may have an answer.
    void look();

private:
    struct Waiting {
        CallRef call;
        std::string after;
    };
    /// False: there is nothing for this call yet.
    [[nodiscard]] bool answer(const CallRef& call, const std::string& after, bool waits);

    const ApiContext& context_;
    std::vector<Waiting> waiting_;
};

}  // namespace quantum::server
