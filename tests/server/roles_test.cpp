// Who may do what: generated from the table of routes, so that no route is forgotten.
#include <string>
#include <vector>

#include "server/api_fixture.hpp"
#include "server/routes.hpp"

namespace quantum::server {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

std::vector<std::size_t> numbers() {
    std::vector<std::size_t> all(all_routes().size());
    for (std::size_t at = 0; at < all.size(); ++at) all[at] = at;
    return all;
}

struct RoleMatrix : ApiTest, testing::WithParamInterface<std::size_t> {
    const Route& route = all_routes()[GetParam()];

    RoleMatrix() { engine.add("load"); }

    /// A request that reaches the route; what it asks for need not be there.
    [[nodiscard]] Request any_request() const {
        std::string target(route.pattern);
        for (const auto& [from, to] : {std::pair<std::string, std::string>{"{job}", "load"},
                                       {"{id}", "00000000"},
                                       {"{name}", "ci"}}) {
            const std::size_t at = target.find(from);
            if (at != std::string::npos) target.replace(at, from.size(), to);
        }
        return request(route.method, target, route.method == Method::get ? "" : "{}");
    }
    Response as(Peer peer) {
        Request sent = any_request();
        sent.peer = std::move(peer);
        return must(std::move(sent));
    }
};

TEST_P(RoleMatrix, ARoleBelowIsRefusedAndOneThatIsEnoughIsNot) {
    for (const Role role : {Role::none, Role::read, Role::operate, Role::admin}) {
        SCOPED_TRACE(to_string(role));
        const Response answer = as(peer(role));
        if (role < route.role) {
            EXPECT_EQ(answer.status, 403u) << answer.body;
            EXPECT_EQ(problem(answer), "role");
            EXPECT_THAT(answer.body, HasSubstr("'" + std::string(to_string(route.role)) + "'"));
        } else {
            EXPECT_NE(answer.status, 403u) << answer.body;
            EXPECT_NE(answer.status, 401u) << answer.body;
        }
    }
}

TEST_P(RoleMatrix, WhoShowsNoTokenOverTcpIsAskedForOne) {
    Peer stranger = peer(Role::none, "address 127.0.0.1");
    stranger.is_local = false;
    stranger.is_unknown = true;
    Request sent = any_request();
    sent.headers.emplace_back("host", "127.0.0.1:7917");
    sent.peer = stranger;
    const Response answer = must(std::move(sent));
    if (route.role == Role::none) {
        EXPECT_NE(answer.status, 401u);
    } else {
        EXPECT_EQ(answer.status, 401u) << answer.body;
        EXPECT_EQ(header(answer, "WWW-Authenticate"), "Bearer");
    }
}

TEST_P(RoleMatrix, AnotherHostIsRefused) {
    for (const std::string host :
         {"evil.example.org", "evil.example.org:80", "127.0.0.1.evil.example.org", "[::2]:1",
          "localhost.evil.org", "10.0.0.1", "db7.example.org.evil", "quantum.evil"}) {
        SCOPED_TRACE(host);
        Request sent = any_request();
        sent.headers.emplace_back("host", host);
        EXPECT_EQ(must(std::move(sent)).status, 421u);
    }
    for (const std::string host :
         {"localhost", "localhost:1", "127.0.0.1", "[::1]:80", "db7.example.org:7917"}) {
        SCOPED_TRACE(host);
        Request sent = any_request();
        sent.headers.emplace_back("host", host);
        EXPECT_NE(must(std::move(sent)).status, 421u);
    }
}

TEST_P(RoleMatrix, ABrowserHasNoRights) {
    for (const auto& [name, value] : Headers{{"origin", "http://localhost"},
                                             {"origin", "null"},
                                             {"sec-fetch-site", "cross-site"},
                                             {"sec-fetch-site", "same-origin"},
                                             {"sec-fetch-mode", "navigate"},
                                             {"sec-fetch-dest", "document"}}) {
        SCOPED_TRACE(name + ": " + value);
        Request sent = any_request();
        sent.headers.emplace_back(name, value);
        EXPECT_EQ(must(std::move(sent)).status, 403u);
    }
}

TEST_P(RoleMatrix, AnUnknownParameterIsRefused) {
    Request sent = any_request();
    sent.target += "?limmit=3";
    const Response answer = must(std::move(sent));
    EXPECT_EQ(answer.status, 400u) << answer.body;
    EXPECT_EQ(problem(answer), "unknown-field");
    for (const RouteField& field : route.query) {
        if (field.name == "limit") {
            EXPECT_THAT(answer.body, HasSubstr("did_you_mean\":\"limit"));
        }
    }
}

TEST_P(RoleMatrix, AnUnknownMemberIsRefused) {
    if (route.method == Method::get || route.method == Method::put) return;
    Request sent = any_request();
    sent.body = R"({"notte":"x"})";
    const Response answer = must(std::move(sent));
    EXPECT_EQ(answer.status, 400u) << answer.body;
    EXPECT_EQ(problem(answer), "unknown-field");
    EXPECT_THAT(answer.body, HasSubstr(R"("pointer":"/notte")"));
}

TEST_P(RoleMatrix, ABodyThatIsNoJsonIsRefused) {
    if (route.method == Method::get || route.method == Method::remove) return;
    Request sent = any_request();
    sent.headers.clear();
    sent.headers.emplace_back("content-type", "text/plain");
    EXPECT_EQ(must(sent).status, 415u);
    sent.headers.clear();
    sent.headers.emplace_back("content-type", "application/json");
    for (const std::string body : {"{", "[]", "\"x\"", "{\"a\":}", "null", "{}{}"}) {
        sent.body = body;
        EXPECT_EQ(problem(must(sent)), "malformed") << body;
    }
    sent.body = std::string(40, '[');
    EXPECT_EQ(problem(must(sent)), "malformed");
}

TEST_P(RoleMatrix, EveryMethodOfAPathIsNamed) {
    Request sent = any_request();
    sent.method = Method::other;
    const Response answer = must(std::move(sent));
    EXPECT_EQ(answer.status, 405u);
    EXPECT_THAT(header(answer, "Allow"), HasSubstr(std::string(to_string(route.method))));
}

INSTANTIATE_TEST_SUITE_P(Routes, RoleMatrix, testing::ValuesIn(numbers()),
                         [](const testing::TestParamInfo<std::size_t>& row) {
                             const Route& route = all_routes()[row.param];
                             std::string name(to_string(route.method));
                             for (const char c : route.pattern) {
                                 if (c == '/' || c == ':' || c == '{' || c == '}') {
                                     if (!name.ends_with('_')) name += '_';
                                 } else {
                                     name += c;
                                 }
                             }
                             return name;
                         });

struct StrangerTest : ApiTest {};

TEST_F(StrangerTest, LearnsNothingOfWhatThereIs) {
    for (const std::string target : {"/v1/nothing", "/v1/jobs", "/", "/v1/jobs/load/nothing"}) {
        Request sent = request(Method::get, target);
        sent.peer = peer(Role::none, "api:uid 1001");
        EXPECT_EQ(must(sent).status, 403u) << target;
        sent.method = Method::other;
        EXPECT_EQ(must(sent).status, 403u) << target;
    }
}

TEST_F(StrangerTest, LearnsWhetherTheDaemonLives) {
    for (const std::string target : {"/livez", "/readyz", "/healthz", "/health"}) {
        Request sent = request(Method::get, target);
        sent.peer = peer(Role::none, "api:uid 1001");
        EXPECT_EQ(must(sent).status, 200u) << target;
    }
}

}  // namespace
}  // namespace quantum::server
