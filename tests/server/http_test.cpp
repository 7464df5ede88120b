// The API on real sockets: who is let in, what is read, and what a client can do to others.
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"
#include "client/connection.hpp"
#include "server/fake_engine.hpp"
#include "server/http/control_server.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::server {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* status_request = "GET /v1/status HTTP/1.1\r\nHost: quantum\r\n\r\n";
constexpr const char* last_request =
    "GET /livez HTTP/1.1\r\nHost: quantum\r\nConnection: close\r\n\r\n";

/// A connection as a stranger would make it, byte by byte.
class RawConnection {
public:
    explicit RawConnection(const std::string& path)
        : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        is_open_ = connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                           sizeof address) == 0;
    }
    explicit RawConnection(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_open_ = connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                           sizeof address) == 0;
    }

    [[nodiscard]] bool is_open() const { return is_open_; }
    /// False: the other side does not take all of it.
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }
    /// What comes until the other side ends.
    [[nodiscard]] std::string rest() const {
        std::string text;
        std::array<char, 4096> chunk{};
        for (;;) {
            const ssize_t got = recv(socket_.get(), chunk.data(), chunk.size(), 0);
            if (got <= 0) return text;
            text.append(chunk.data(), static_cast<std::size_t>(got));
        }
    }
    /// Until `text` has come. False: the other side ended before.
    [[nodiscard]] bool wait_for(std::string_view text) {
        while (seen_.find(text) == std::string::npos) {
            char byte = 0;
            if (recv(socket_.get(), &byte, 1, 0) != 1) return false;
            seen_ += byte;
        }
        return true;
    }
    [[nodiscard]] const std::string& seen() const { return seen_; }

private:
    base::FileDescriptor socket_;
    bool is_open_ = false;
    std::string seen_;
};

struct HttpTest : testing::Test {
    ScratchDirectory scratch;
    std::string directory = scratch.path("");
    FakeEngine engine;
    ControlOptions options{};
    std::unique_ptr<ControlServer> server;

    HttpTest() { engine.add("load"); }

    void open() {
        options.directory = directory;
        options.state = directory;
        auto opened = ControlServer::open(options, engine);
        ASSERT_TRUE(opened) << opened.error().message;
        server = std::move(*opened);
    }
    [[nodiscard]] std::string path() const {
        return (std::filesystem::path(directory) / "control.sock").string();
    }
    [[nodiscard]] std::string exchange(const std::string& request) const {
        const RawConnection connection(path());
        if (!connection.is_open()) return "cannot connect";
        static_cast<void>(connection.send(request));
        return connection.rest();
    }
    /// The client's question, and what came.
    [[nodiscard]] client::Answer ask(const std::string& target) const {
        auto connection = client::Connection::open(path(), 30s);
        if (!connection) return {};
        auto answer = connection->ask({.target = target}, 30s);
        EXPECT_TRUE(answer) << answer.error().message;
        return answer ? *answer : client::Answer();
    }
};

TEST_F(HttpTest, AnswersRequestAfterRequestOnOneConnection) {
    open();
    RawConnection connection(path());
    ASSERT_TRUE(connection.send(status_request));
    ASSERT_TRUE(connection.wait_for("\"status\":\"running\""));
    EXPECT_THAT(connection.seen(),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Cache-Control: no-store\r\n"),
                      HasSubstr("X-Content-Type-Options: nosniff\r\n"),
                      HasSubstr("Content-Type: application/json\r\n")));
    ASSERT_TRUE(connection.send(last_request));
    EXPECT_THAT(connection.rest(), HasSubstr("\r\n\r\nlive\n"));
}

TEST_F(HttpTest, AsksForABodyThatWaitsToBeAskedFor) {
    open();
    RawConnection connection(path());
    ASSERT_TRUE(connection.send(
        "POST /v1/jobs/load/pause HTTP/1.1\r\nHost: quantum\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"));
    ASSERT_TRUE(connection.wait_for("100 Continue\r\n\r\n"));
    ASSERT_TRUE(connection.send("{}"));
    EXPECT_THAT(connection.rest(), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(engine.pauses.size(), 1u);
}

TEST_F(HttpTest, ControlApiSaysThatTheControlThreadHangs) {
    engine.hangs = true;
    open();
    RawConnection live(path());
    ASSERT_TRUE(live.send(last_request));
    const client::Answer status = ask("/v1/status");
    EXPECT_EQ(status.status, 200u);
    EXPECT_THAT(status.body, HasSubstr("\"status\":\"hung\""));
    EXPECT_THAT(live.rest(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("hung\n")));
}

TEST_F(HttpTest, EndsThoughRequestsHaveNoAnswer) {
    engine.is_silent = true;
    open();
    const RawConnection waiting(path());
    ASSERT_TRUE(waiting.send("GET /v1/jobs HTTP/1.1\r\nHost: quantum\r\n\r\n"));
    EXPECT_EQ(ask("/livez").status, 200u);  // so that the other one has been read
    server.reset();
    engine.release();  // which answers to nobody; what waited for it is gone then
    EXPECT_THAT(waiting.rest(), AnyOf("", StartsWith("HTTP/1.1 503 ")));
}

TEST_F(HttpTest, TakesThePlaceOfWhatAnEarlierLifeLeftAndLeavesNothing) {
    open();
    std::filesystem::rename(path(), path() + ".kept");
    server.reset();
    std::filesystem::rename(path() + ".kept", path());
    open();
    EXPECT_EQ(ask("/livez").status, 200u);
    struct stat status {};
    ASSERT_EQ(stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    server.reset();
    EXPECT_NE(access(path().c_str(), F_OK), 0);
}

TEST_F(HttpTest, AnswersInADeepDirectory) {
    directory += "/" + std::string(150, 'd');
    ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
    open();
    EXPECT_EQ(ask("/livez").status, 200u);
}

TEST_F(HttpTest, WhatIsNoRequestIsRefused) {
    open();
    EXPECT_THAT(exchange("hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("GET /livez HTTP/1.1\r\nHost quantum\r\n\r\n"),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("POST /v1/reload HTTP/1.1\r\nHost: quantum\r\nContent-Length: 1\r\n"
                         "Content-Length: 2\r\n\r\n{}"),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("POST /v1/reload HTTP/1.1\r\nHost: quantum\r\nContent-Length: -1\r\n\r\n"),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("BREW /livez HTTP/1.1\r\nHost: quantum\r\nConnection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 405 "));
    EXPECT_TRUE(engine.reloads.empty());
    EXPECT_EQ(ask("/livez").status, 200u);
}

TEST_F(HttpTest, AHeadThatIsTooLargeIsRefused) {
    open();
    const std::string answer =
        exchange("GET /livez HTTP/1.1\r\nHost: quantum\r\nX: " + std::string(17'000, 'x'));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(answer, HasSubstr("urn:quantum:problem:headers"));
}

TEST_F(HttpTest, ABodyThatIsTooLargeIsRefusedBeforeItIsSent) {
    open();
    const std::string answer = exchange(
        "POST /v1/reload HTTP/1.1\r\nHost: quantum\r\nContent-Type: application/json\r\n"
        "Content-Length: 1048577\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
    const std::string chunks = exchange(
        "POST /v1/reload HTTP/1.1\r\nHost: quantum\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n200000\r\n" +
        std::string(0x200000, ' '));
    EXPECT_THAT(chunks, AnyOf("", StartsWith("HTTP/1.1 413 ")));
    EXPECT_TRUE(engine.reloads.empty());
}

TEST_F(HttpTest, WhoeverSaysNothingHoldsUpNobody) {
    open();
    const RawConnection silent(path());
    const RawConnection half(path());
    ASSERT_TRUE(half.send("GET /v1/sta"));
    EXPECT_EQ(ask("/livez").status, 200u);
}

TEST_F(HttpTest, AnotherUserLearnsOnlyThatItLives) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can be another user";
    options.socket_mode = "0666";
    open();
    ASSERT_EQ(chmod(directory.c_str(), 0777), 0);
    const pid_t other = fork();
    if (other == 0) {
        if (setgid(65534) != 0 || setuid(getpwnam("nobody")->pw_uid) != 0) _exit(2);
        const std::string live = exchange(last_request);
        const std::string jobs =
            exchange("GET /v1/jobs HTTP/1.1\r\nHost: quantum\r\nConnection: close\r\n\r\n");
        // A body that nobody reads: it is refused without waiting for it.
        const std::string body =
            exchange("POST /v1/reload HTTP/1.1\r\nHost: quantum\r\nContent-Length: 9\r\n\r\n");
        const bool is_right =
            live.starts_with("HTTP/1.1 200 ") && jobs.starts_with("HTTP/1.1 403 ") &&
            jobs.find("load") == std::string::npos && body.starts_with("HTTP/1.1 403 ");
        _exit(is_right ? 0 : 1);
    }
    int ended = -1;
    ASSERT_EQ(waitpid(other, &ended, 0), other);
    EXPECT_EQ(ended, 0);
}

TEST_F(HttpTest, AUserInAListHasThatRole) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can be another user";
    options.socket_mode = "0666";
    options.access.read = {"nobody"};
    open();
    ASSERT_EQ(chmod(directory.c_str(), 0777), 0);
    const pid_t other = fork();
    if (other == 0) {
        if (setgid(65534) != 0 || setuid(getpwnam("nobody")->pw_uid) != 0) _exit(2);
        const std::string may =
            exchange("GET /v1 HTTP/1.1\r\nHost: quantum\r\nConnection: close\r\n\r\n");
        const std::string may_not =
            exchange("POST /v1/reload HTTP/1.1\r\nHost: quantum\r\nConnection: close\r\n\r\n");
        const bool is_right = may.find(R"("role":"read","actor":"api:nobody")") != may.npos &&
                              may_not.starts_with("HTTP/1.1 403 ");
        _exit(is_right ? 0 : 1);
    }
    int ended = -1;
    ASSERT_EQ(waitpid(other, &ended, 0), other);
    EXPECT_EQ(ended, 0);
}

TEST_F(HttpTest, UsersGroupsAndModesThatAreNoneAreRefused) {
    options.directory = directory;
    for (const ControlOptions& wrong :
         {ControlOptions{.directory = directory, .access = {.read = {"no-such-user"}}},
          ControlOptions{.directory = directory, .access = {.admin = {"@no-such-group"}}},
          ControlOptions{.directory = directory, .socket_mode = "rw"},
          ControlOptions{.directory = directory, .socket_mode = "0600", .socket_group = "no-such"},
          ControlOptions{.directory = directory, .listen = "0.0.0.0:0"},
          ControlOptions{.directory = directory, .listen = "[::]:0"},
          ControlOptions{.directory = directory, .listen = "localhost"},
          ControlOptions{.directory = directory, .listen = "127.0.0.1:70000"},
          ControlOptions{.directory = directory + "/nowhere"}}) {
        EXPECT_FALSE(ControlServer::open(wrong, engine));
    }
}

TEST_F(HttpTest, OverTcpOnlyATokenOpens) {
    options.listen = "127.0.0.1:0";
    open();
    const std::string& address = server->address();
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    auto local = client::Connection::open(path(), 30s);
    ASSERT_TRUE(local);
    const auto made = local->ask(
        {.method = "POST", .target = "/v1/tokens", .body = R"({"name":"ci","role":"read"})"}, 30s);
    ASSERT_TRUE(made);
    ASSERT_EQ(made->status, 201u) << made->body;
    const std::size_t begin = made->body.find("qt_");
    const std::string token = made->body.substr(begin, made->body.find('"', begin) - begin);

    const auto over_tcp = [port](const std::string& line, const std::string& headers) {
        const RawConnection connection(port);
        static_cast<void>(connection.send(line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers +
                                          "Connection: close\r\n\r\n"));
        return connection.rest();
    };
    EXPECT_THAT(over_tcp("GET /v1", ""), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(over_tcp("GET /v1", "Authorization: Bearer qt_wrong\r\n"),
                StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(over_tcp("GET /livez", ""), StartsWith("HTTP/1.1 200 "));
    const std::string shown = "Authorization: Bearer " + token + "\r\n";
    EXPECT_THAT(over_tcp("GET /v1", shown),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("actor":"token:ci")")));
    EXPECT_THAT(over_tcp("POST /v1/reload", shown), StartsWith("HTTP/1.1 403 "));
    const auto removed = local->ask({.method = "DELETE", .target = "/v1/tokens/ci"}, 30s);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->status, 204u);
    EXPECT_THAT(over_tcp("GET /v1", shown), StartsWith("HTTP/1.1 401 "));
    struct stat status {};
    ASSERT_EQ(stat(scratch.path("tokens").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

/// The server without the API: what a connection may take.
struct PlacesTest : testing::Test {
    ScratchDirectory scratch;
    base::EventLoop loop;
    std::unique_ptr<HttpServer> http;
    std::unique_ptr<UnixListener> listener;

    void open(const HttpLimits& limits) {
        http = std::make_unique<HttpServer>(loop, [](const Request& request, const Reply& reply) {
            reply(Response{.type = "text/plain", .body = request.target + '\n'});
        });
        auto opened = UnixListener::open(scratch.path(""), {});
        ASSERT_TRUE(opened) << opened.error().message;
        listener = std::make_unique<UnixListener>(std::move(*opened));
        http->listen_local(listener->take(), limits, [](int) { return Peer{Role::admin}; });
        loop.start(1);
    }
    ~PlacesTest() override {
        loop.stop();
        http->end();
    }
    [[nodiscard]] std::string path() const { return scratch.path("control.sock"); }
};

TEST_F(PlacesTest, BeyondItsPlacesOnlyTheHealthIsTold) {
    HttpLimits limits;
    limits.connections = 2;
    limits.health_places = 1;
    open(limits);
    RawConnection one(path());
    RawConnection two(path());
    ASSERT_TRUE(one.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n") && one.wait_for("/a\n"));
    ASSERT_TRUE(two.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n") && two.wait_for("/b\n"));
    {
        const RawConnection third(path());
        ASSERT_TRUE(third.send("GET /v1/jobs HTTP/1.1\r\nHost: x\r\n\r\n"));
        EXPECT_THAT(third.rest(), StartsWith("HTTP/1.1 503 "));
    }
    RawConnection third(path());
    ASSERT_TRUE(third.send("GET /livez HTTP/1.1\r\nHost: x\r\n"));
    const RawConnection fourth(path());
    EXPECT_THAT(fourth.rest(), StartsWith("HTTP/1.1 503 "));
    ASSERT_TRUE(third.send("\r\n"));
    EXPECT_THAT(third.rest(), HasSubstr("/livez\n"));
    ASSERT_TRUE(one.send("GET /c HTTP/1.1\r\nHost: x\r\n\r\n") && one.wait_for("/c\n"));
}

TEST_F(PlacesTest, HalfAHeadIsNotWaitedFor) {
    HttpLimits limits;
    limits.head_within = 50ms;
    open(limits);
    const RawConnection slow(path());
    static_cast<void>(slow.send("GET /a HTTP/1.1\r\nHost:"));  // it may be too late already
    EXPECT_EQ(slow.rest(), "");
}

TEST_F(PlacesTest, HalfABodyIsNotWaitedFor) {
    HttpLimits limits;
    limits.body_within = 50ms;
    open(limits);
    const RawConnection slow(path());
    ASSERT_TRUE(slow.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n1"));
    EXPECT_EQ(slow.rest(), "");
}

TEST_F(PlacesTest, AConnectionThatDoesNothingIsClosed) {
    HttpLimits limits;
    limits.idle = 50ms;
    open(limits);
    RawConnection idle(path());
    ASSERT_TRUE(idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n") && idle.wait_for("/a\n"));
    EXPECT_EQ(idle.rest(), "");
}

}  // namespace
}  // namespace quantum::server
