#include "server/api.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <boost/json.hpp>
#include <netinet/in.h>

#include "config/diagnostic.hpp"
#include "config/spelling.hpp"
#include "server/mutant.hpp"
#include "server/routes.hpp"

namespace quantum::server {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_key = 255;
constexpr std::size_t deepest_json = 16;

/// An address, and not a name that begins like one: `127.0.0.1.example.org` may lead anywhere.
bool is_loopback_address(const std::string& host) {
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24U) == 127;
}

bool is_loopback_name(std::string_view host) {
    return host == "localhost" || host == "quantum" || host == "[::1]" ||
           host.ends_with(".localhost") || is_loopback_address(std::string(host));
}

/// Without the port.
std::string_view host_name(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && host.find(']', colon) == host.npos;
    return has_port ? host.substr(0, colon) : host;
}

/// What a field that is unknown was probably meant to be.
FieldProblem unknown_field(std::string pointer, std::string_view name,
                           std::span<const RouteField> known) {
    std::vector<std::string_view> names;
    for (const RouteField& field : known) names.push_back(field.name);
    FieldProblem problem{std::move(pointer), "'" + config::printable(name) + "' is unknown", {}};
    problem.did_you_mean = config::closest(name, names);
    if (!problem.did_you_mean.empty()) {
        problem.message += "; did you mean '" + problem.did_you_mean + "'?";
    }
    return problem;
}

bool has_field(std::span<const RouteField> fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [name](const RouteField& field) { return field.name == name; });
}

void fail_role(const CallRef& call, Role needed) {
    const Peer& peer = call->peer();
    if (peer.is_unknown) {
        Problem problem{ProblemKind::who, "Send Authorization: Bearer with a token."};
        problem.headers.emplace_back("WWW-Authenticate", "Bearer");
        return call->fail(problem);
    }
    call->fail(ProblemKind::role, "The role '" + std::string(to_string(needed)) + "' is needed; " +
                                      peer.actor + " has '" + std::string(to_string(peer.role)) +
                                      "'.");
}

void fail_unknown(const CallRef& call, std::vector<FieldProblem> errors) {
    Problem problem{ProblemKind::unknown_field, errors.front().message};
    if (!problem.detail.ends_with('?')) problem.detail += '.';
    problem.errors = std::move(errors);
    call->fail(problem);
}

}  // namespace

Api::Api(Engine& engine, std::shared_ptr<Loop> loop, Tokens tokens, ApiOptions options)
    : engine_(engine),
      loop_(std::move(loop)),
      options_(std::move(options)),
      tokens_(std::move(tokens)),
      calls_(loop_),
      keeper_(engine_, calls_),
      log_(options_.epoch),
      context_{engine_, calls_, keeper_, log_},
      parts_{JobRoutes(context_),   DefinitionRoutes(context_),    ChangeRoutes(context_),
             RunRoutes(context_),   RecordRoutes(context_),        DaemonRoutes(context_),
             EventRoutes(context_), TokenRoutes(context_, tokens_)} {}

void Api::handle(Request request, Reply reply) {
    const auto call = std::make_shared<Call>(std::move(request), std::move(reply));
    dispatch(call);
    if (call->is_answered()) return;
    loop_->after(longest, [waiting = std::weak_ptr<Call>(call)] {
        const CallRef late = waiting.lock();
        if (late != nullptr) late->fail(ProblemKind::timed_out, "There was no answer in time.");
    });
}

// In this order, so that a stranger learns nothing: not even what there is.
void Api::dispatch(const CallRef& call) {
    if (!check_host(call) || !check_browser(call)) return;
    if (!find_target(call)) return;
    if (!check_role(call)) return;
    const bool changes = call->request().method != Method::get;
    if (call->route->role != Role::none &&
        !rates_.admit(call->peer().rate_key, changes, options_.boot_now())) {
        Problem problem{ProblemKind::slow_down,
                        "At most 200 reads and 20 changes a second are answered."};
        problem.headers.emplace_back("Retry-After", "1");
        return call->fail(problem);
    }
    if (!check_query(call) || !read_body(call) || !look_up_key(call)) return;
    if (changes && call->route->starts && engine_.is_draining()) {
        return call->fail(ProblemKind::draining, "The scheduler is being stopped.");
    }
    call->route->handler(parts_, call);
}

bool Api::check_host(const CallRef& call) const {
    if (mutated(ServerMutant::host_not_asked)) return true;
    const auto host = call->request().header("host");
    const std::string_view name = host_name(host.value_or(""));
    const bool is_good =
        (name.empty() && call->peer().is_local) || is_loopback_name(name) ||
        std::find(options_.hosts.begin(), options_.hosts.end(), name) != options_.hosts.end();
    if (is_good) return true;
    call->fail(ProblemKind::host, "This API is not called '" + config::printable(name) +
                                      "'; name it in [control] hosts if it is.");
    return false;
}

// A page in a browser has the rights of nobody: peer rights are for programs.
bool Api::check_browser(const CallRef& call) const {
    if (mutated(ServerMutant::browser_trusted)) return true;
    const bool is_browser =
        call->request().header("origin") || call->request().header("sec-fetch-site") ||
        call->request().header("sec-fetch-mode") || call->request().header("sec-fetch-dest");
    if (!is_browser) return true;
    call->fail(ProblemKind::role, "Browsers have no rights here.");
    return false;
}

bool Api::find_target(const CallRef& call) const {
    auto target = parse_target(call->request().target);
    if (!target) {
        call->fail(ProblemKind::malformed, "The target is not a path as RFC 9112 has it.");
        return false;
    }
    call->target = std::move(*target);
    RouteMatch match = find_route(call->request().method, call->target.path);
    if (match.route == nullptr && call->peer().role == Role::none) {
        // Who may not even read does not learn what there is.
        fail_role(call, Role::read);
        return false;
    }
    if (match.route == nullptr && match.allowed.empty()) {
        call->fail(ProblemKind::no_route,
                   "There is nothing here; docs/operating/api.md has all routes.");
        return false;
    }
    if (match.route == nullptr) {
        Problem problem{ProblemKind::method, "Only " + match.allowed + " can be had here."};
        problem.headers.emplace_back("Allow", match.allowed);
        call->fail(problem);
        return false;
    }
    call->route = match.route;
    call->parameters = std::move(match.parameters);
    return true;
}

bool Api::check_role(const CallRef& call) const {
    const Role needed = call->route->role;
    if (needed == Role::none) return true;
    const Peer& peer = call->peer();
    const bool is_known = !peer.is_unknown || mutated(ServerMutant::address_without_token);
    const bool is_enough =
        peer.role >= needed || (mutated(ServerMutant::role_not_asked) && peer.role > Role::none);
    if (is_known && is_enough) return true;
    fail_role(call, needed);
    return false;
}

bool Api::check_query(const CallRef& call) const {
    std::vector<FieldProblem> unknown;
    for (const auto& [name, value] : call->target.query) {
        if (has_field(call->route->query, name)) continue;
        unknown.push_back(unknown_field('?' + name, name, call->route->query));
    }
    if (unknown.empty() || mutated(ServerMutant::unknown_query_passes)) return true;
    fail_unknown(call, std::move(unknown));
    return false;
}

bool Api::read_body(const CallRef& call) const {
    const Request& request = call->request();
    const bool is_document = call->route->method == Method::put;
    if (request.body.empty() && !is_document) return true;
    const auto type = request.header("content-type");
    if (!type || !(type == "application/json" || type->starts_with("application/json;"))) {
        call->fail(ProblemKind::media_type, "Send the body with Content-Type: application/json.");
        return false;
    }
    json::parse_options options;
    options.max_depth = deepest_json;
    json::error_code error;
    json::value value = json::parse(request.body, error, {}, options);
    if (error || !value.is_object()) {
        call->fail(ProblemKind::malformed, error ? "The body is not JSON: " + error.message() + '.'
                                                 : std::string("The body must be a JSON object."));
        return false;
    }
    call->body = std::move(value.get_object());
    if (is_document) return true;
    std::vector<FieldProblem> unknown;
    for (const auto& member : call->body) {
        const std::string_view name(member.key().data(), member.key().size());
        if (has_field(call->route->body, name)) continue;
        unknown.push_back(unknown_field('/' + std::string(name), name, call->route->body));
    }
    if (unknown.empty() || mutated(ServerMutant::unknown_field_passes)) return true;
    fail_unknown(call, std::move(unknown));
    return false;
}

bool Api::look_up_key(const CallRef& call) {
    if (call->route->repeats == Repeats::freely) return true;
    const auto given = call->request().header("idempotency-key");
    if (!given) return true;
    if (given->empty() || given->size() > longest_key) {
        call->fail(ProblemKind::malformed, "Idempotency-Key must have 1 to 255 bytes.");
        return false;
    }
    const std::string key(*given);
    const std::string& actor = call->peer().actor;
    Response known;
    switch (answers_.find(actor, key, call->line() + '\n' + call->request().body,
                          options_.boot_now(), known)) {
        case KnownAnswers::Found::nothing:
            call->on_answer([this, actor, key](const Response& response) {
                answers_.settle(actor, key, response);
            });
            return true;
        case KnownAnswers::Found::answer:
            call->answer(std::move(known));
            return false;
        case KnownAnswers::Found::under_way:
            call->fail(ProblemKind::under_way,
                       "The first request with this key has no answer yet.");
            return false;
        case KnownAnswers::Found::reused:
            call->fail(ProblemKind::key_reused, "This key was sent with another request.");
            return false;
    }
    return true;
}

void Api::take(Feed::Taken taken) {
    keeper_.take(taken);
    if (taken.is_lost) log_.cut();
    for (const FeedEvent& event : taken.events) log_.add(event);
    parts_.events.look();
}

Peer Api::peer_with_token(std::string_view value, const std::string& address) {
    Peer peer;
    peer.is_local = false;
    peer.rate_key = "address " + address;
    const Token* const token = tokens_.find(value, engine_.now());
    if (token == nullptr) {
        peer.is_unknown = true;
        peer.actor = peer.rate_key;
        return peer;
    }
    peer.role = token->role;
    peer.actor = "token:" + token->name;
    peer.rate_key = peer.actor;
    return peer;
}

}  // namespace quantum::server
