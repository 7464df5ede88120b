#include <string>
#include <vector>

#include "run/http/http_fixture.hpp"

namespace quantum::run {
namespace {

HttpReply redirect(const std::string& status, const std::string& location) {
    return reply(status, "moved\n", "Location: " + location + "\r\n");
}

bool asks_for(const std::string& request, const std::string& target) {
    return contains(request.substr(0, request.find('\r')), " " + target + " ");
}

/// Sends what asks for /from on to a place, and answers everything else.
HttpServer::Handler leading(std::string status, std::string location) {
    return [status = std::move(status),
            location = std::move(location)](const std::string& request) {
        return asks_for(request, "/from") ? redirect(status, location) : reply("200 OK", "here");
    };
}

struct RedirectTest : HttpTest {
    static HttpRequest request_to(const std::string& url) {
        HttpRequest request{.url = url};
        request.local_redirects = true;  // all servers of these tests are on the loopback
        return request;
    }
};

TEST_F(RedirectTest, LeadsToTheAnswer) {
    for (const char* status : {"301 Moved Permanently", "302 Found", "303 See Other",
                               "307 Temporary Redirect", "308 Permanent Redirect"}) {
        HttpServer server(loop, leading(status, "to?x=1"));
        const RunRecord record = send(request_to(server.url("/from")));
        expect_succeeded(record);
        EXPECT_EQ(record.output, std::vector<std::string>{"here"}) << "not the redirect's own body";
        EXPECT_EQ(record.outcome.result, "200 OK");
        ASSERT_EQ(server.requests().size(), 2U);
        EXPECT_TRUE(server.requests()[1].starts_with("GET /to?x=1 HTTP/1.1\r\n"));
        EXPECT_EQ(server.connections(), 2U) << "each request has a connection of its own";
    }
}

TEST_F(RedirectTest, IsNotFollowedWhereItsStatusIsExpectedOrNoneAreAllowed) {
    HttpServer server(loop, leading("302 Found", "/to"));
    HttpRequest request = request_to(server.url("/from"));
    request.expected_status = {{302, 302}};
    expect_succeeded(send(request));

    request = request_to(server.url("/from"));
    request.redirects = 0;
    expect_failed(send(request), "status 302 Found, expected 200-299; it leads to /to: moved");
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(RedirectTest, WithoutALocationIsAnAnswerLikeAnother) {
    HttpServer server(loop, [](const std::string&) { return reply("302 Found"); });
    expect_failed(send(request_to(server.url("/"))), "status 302 Found, expected 200-299");
}

TEST_F(RedirectTest, EndsAtTheLimit) {
    HttpServer server(loop, [](const std::string&) { return redirect("302 Found", "/again"); });
    HttpRequest request = request_to(server.url("/"));
    request.redirects = 3;
    expect_failed(send(request), "is one too many; 3 are allowed");
    EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(RedirectTest, TurnsAPostIntoAGetButFor307And308) {
    for (const bool keeps : {false, true}) {
        HttpServer server(loop, leading(keeps ? "307 Temporary Redirect" : "302 Found", "/to"));
        HttpRequest request = request_to(server.url("/from"));
        request.method = "POST";
        request.headers = {{"Content-Type", "text/plain"}};
        request.body = "the body";
        expect_succeeded(send(request));
        const std::string& second = server.requests().at(1);
        EXPECT_TRUE(second.starts_with(keeps ? "POST /to " : "GET /to ")) << second;
        EXPECT_EQ(second.ends_with("the body"), keeps);
        EXPECT_EQ(contains(second, "Content-Type"), keeps);
    }
}

// Security item 31: hooks to URLs are led neither to link-local nor to loopback addresses.
TEST_F(RedirectTest, ReliabilityItem31NeverLeadsToThisMachineOrItsLink) {
    HttpServer victim(loop, [](const std::string&) { return reply("200 OK", "credentials"); });
    const std::string port = ":" + std::to_string(victim.port());
    for (const std::string& target :
         {"http://127.0.0.1" + port + "/", "http://localhost" + port + "/",
          "http://[::1]" + port + "/", "http://[::ffff:127.0.0.1]" + port + "/",
          "http://0.0.0.0" + port + "/", "http://2130706433" + port + "/",
          "http://0x7f.1" + port + "/", "http://127.1" + port + "/", "//127.0.0.1" + port + "/",
          std::string("http://169.254.169.254/latest/meta-data/"), std::string("http://[fe80::1]/"),
          std::string("http://[fd00:ec2::254]/")}) {
        HttpServer server(loop, leading("302 Found", target));
        const RunRecord record = send(HttpRequest{.url = server.url("/from")});
        expect_failed(record,
                      "a loopback, link-local or unspecified address; local_redirects allows it");
        EXPECT_TRUE(record.output.empty());
    }
    EXPECT_EQ(victim.connections(), 0U);
}

TEST_F(RedirectTest, ReliabilityItem31TheRequestItselfMayNameThisMachine) {
    HttpServer server(loop, [](const std::string&) { return reply("200 OK"); });
    expect_succeeded(send(server.url("/")));
    expect_succeeded(send(server.url("/", "localhost")));
}

TEST_F(RedirectTest, ReliabilityItem31TellsAnotherOriginNothingSecret) {
    HttpServer other(loop, [](const std::string&) { return reply("200 OK"); });
    HttpServer server(loop, leading("302 Found", other.url("/to")));
    HttpRequest request = request_to(server.url("/from"));
    request.headers = {{"Authorization", "Bearer s3cret"},
                       {"Cookie", "session=s3cret"},
                       {"X-Api-Key", "s3cret"},
                       {"Host", "internal.s3cret"},
                       {"Accept", "text/plain"},
                       {"Accept-Language", "rm"}};
    expect_succeeded(send(request));
    const std::string& told = other.requests().at(0);
    EXPECT_FALSE(contains(told, "s3cret")) << told;
    EXPECT_FALSE(contains(told, "Quantum-")) << told;
    EXPECT_TRUE(contains(told, "Accept: text/plain"));
    EXPECT_TRUE(contains(told, "Accept-Language: rm"));
    EXPECT_TRUE(contains(told, "Host: 127.0.0.1:" + std::to_string(other.port())));
    EXPECT_TRUE(contains(server.requests().at(0), "Bearer s3cret"));
}

TEST_F(RedirectTest, ReliabilityItem31TellsTheOriginItselfAgainWhatItWasTold) {
    HttpServer server(loop, leading("302 Found", "/to"));
    HttpRequest request = request_to(server.url("/from"));
    request.headers = {{"Authorization", "Bearer s3cret"}, {"Host", "virtual.example"}};
    expect_succeeded(send(request));
    EXPECT_TRUE(contains(server.requests().at(1), "Authorization: Bearer s3cret"));
    EXPECT_TRUE(contains(server.requests().at(1), "Host: virtual.example"));
}

TEST_F(RedirectTest, ReliabilityItem31GivesNoSecretBackByWayOfAnotherOrigin) {
    std::string back;
    HttpServer other(loop, [&back](const std::string&) { return redirect("302 Found", back); });
    HttpServer server(loop, [&other](const std::string& request) {
        if (asks_for(request, "/from")) return redirect("302 Found", other.url("/bounce"));
        return asks_for(request, "/stolen") ? redirect("302 Found", "/again") : reply("200 OK");
    });
    back = server.url("/stolen");
    HttpRequest request = request_to(server.url("/from"));
    request.headers = {{"Authorization", "Bearer s3cret"}};
    expect_succeeded(send(request));
    ASSERT_EQ(server.requests().size(), 3U);
    EXPECT_FALSE(contains(server.requests().at(1), "s3cret"));
    EXPECT_FALSE(contains(server.requests().at(2), "s3cret")) << "nor a step later";
}

TEST_F(RedirectTest, TheTimeoutIsForTheWholeWay) {
    HttpServer server(loop, [](const std::string& request) {
        if (asks_for(request, "/from")) return redirect("302 Found", "/to");
        return HttpReply{.bytes = "", .then = HttpReply::Then::hold};
    });
    HttpRequest request = request_to(server.url("/from"));
    request.timeout = std::chrono::milliseconds(60);
    EXPECT_EQ(send(request).outcome.kind, OutcomeKind::timed_out);
}

TEST_F(RedirectTest, ReliabilityItem31HandsNoBodyOnToAnotherOrigin) {
    HttpServer other(loop, [](const std::string&) { return reply("200 OK"); });
    HttpServer server(loop, leading("307 Temporary Redirect", other.url("/to")));
    HttpRequest request = request_to(server.url("/from"));
    request.method = "POST";
    request.body = "s3cret";
    expect_failed(send(request), "would send the request's body to " + other.url("/to"));
    EXPECT_EQ(other.connections(), 0U);
}

TEST_F(RedirectTest, ToWhatIsNoHttpIsRefused) {
    for (const char* location : {"file:///etc/passwd", "gopher://x/", "http://u:p@h/", "//"}) {
        HttpServer server(loop, leading("302 Found", location));
        expect_failed(send(request_to(server.url("/from"))), "cannot be followed: url: ");
    }
}

}  // namespace
}  // namespace quantum::run
