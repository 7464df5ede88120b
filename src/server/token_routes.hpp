#pragma once

#include "server/api_context.hpp"
#include "server/call.hpp"
#include "server/tokens.hpp"

namespace quantum::server {

/// Lists, makes and ends tokens. Used on the API's thread.
class TokenRoutes {
public:
    TokenRoutes(const ApiContext& context, Tokens& tokens) : context_(context), tokens_(tokens) {}

    void list(const CallRef& call);
    void add(const CallRef& call);
    void remove(const CallRef& call);

private:
    void note(const CallRef& call, std::string_view action, const std::string& name);

    const ApiContext& context_;
    Tokens& tokens_;
};

}  // namespace quantum::server
