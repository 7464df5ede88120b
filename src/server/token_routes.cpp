#include "server/token_routes.hpp"

#include <string>
#include <utility>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"

namespace quantum::server {
namespace {

Problem token_problem(const Error& error) {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::already_exists) problem.kind = ProblemKind::exists;
    if (error.code == ErrorCode::not_found) problem.kind = ProblemKind::no_route;
    return problem;
}

void append_token(std::string& out, const Token& token) {
    base::JsonObject members(out);
    members.text("name", token.name);
    members.text("role", to_string(token.role));
    members.text("made", base::rfc3339(token.made));
    if (token.expires) members.text("expires", base::rfc3339(*token.expires));
    if (token.last_used) members.text("last_used", base::rfc3339(*token.last_used));
    members.end();
}

}  // namespace

void TokenRoutes::list(const CallRef& call) {
    std::string body;
    base::JsonObject members(body);
    members.key("tokens");
    base::JsonArray list(body);
    for (const Token& token : tokens_.all()) {
        list.element();
        append_token(body, token);
    }
    list.end();
    members.end();
    call->answer(200, std::move(body));
}

void TokenRoutes::add(const CallRef& call) {
    const std::string name = call->body_text("name");
    const std::string word = call->body_text("role");
    const auto role = role_named(word);
    if (!role || *role == Role::none) call->refuse("/role", "role must be read, operate or admin");
    const auto expires = call->body_instant("expires");
    if (call->has_failed()) return;
    auto value = tokens_.add(name, *role, expires, context_.engine.now());
    if (!value) return call->fail(token_problem(value.error()));
    note(call, "token add", name + ", " + word);
    std::string body;
    base::JsonObject members(body);
    members.text("name", name);
    members.text("role", word);
    members.text("token", *value);
    if (expires) members.text("expires", base::rfc3339(*expires));
    members.end();
    call->answer(201, std::move(body));
}

void TokenRoutes::remove(const CallRef& call) {
    const std::string& name = call->parameters.front();
    if (Status removed = tokens_.remove(name); !removed) {
        return call->fail(token_problem(removed.error()));
    }
    note(call, "token rm", name);
    Response response;
    response.status = 204;
    call->answer(std::move(response));
}

void TokenRoutes::note(const CallRef& call, std::string_view action, const std::string& name) {
    scheduler::AddNotes notes{{{WallTime{}, call->peer().actor, std::string(action), {}, name}}};
    context_.engine.add_notes(std::move(notes), [](const Result<void>&) {});
}

}  // namespace quantum::server
