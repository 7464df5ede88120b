// The client of the API: what it makes of daemons that answer badly, late, or not at all.
#include "client/connection.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/scratch_directory.hpp"

namespace quantum::client {
namespace {

using namespace std::chrono_literals;

/// Answers one request with these bytes, and ends.
class OneAnswer {
public:
    OneAnswer(const std::string& path, std::string bytes)
        : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(
            bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(listen(listener_.get(), 4), 0);
        thread_ = std::thread([this, bytes = std::move(bytes)] {
            const base::FileDescriptor peer(accept(listener_.get(), nullptr, nullptr));
            std::array<char, 4096> request{};
            while (seen_.find("\r\n\r\n") == std::string::npos) {
                const ssize_t got = recv(peer.get(), request.data(), request.size(), 0);
                if (got <= 0) return;
                seen_.append(request.data(), static_cast<std::size_t>(got));
            }
            static_cast<void>(!send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        });
    }
    ~OneAnswer() { thread_.join(); }
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;

    [[nodiscard]] const std::string& seen() { return seen_; }

private:
    base::FileDescriptor listener_;
    std::string seen_;
    std::thread thread_;
};

struct ConnectionTest : testing::Test {
    ScratchDirectory scratch;
    std::string path = scratch.path("control.sock");

    Result<Answer> answer_to(std::string bytes) const {
        const OneAnswer daemon(path, std::move(bytes));
        auto connection = Connection::open(path, 30s);
        if (!connection) return tl::unexpected(connection.error());
        auto answer =
            connection->ask({.method = "POST", .target = "/v1/reload", .body = "{}"}, 30s);
        unlink(path.c_str());
        return answer;
    }
};

TEST_F(ConnectionTest, ReadsAnAnswerToItsLength) {
    const auto answer = answer_to(
        "HTTP/1.1 412 Precondition Failed\r\nETag: \"r2.active\"\r\nCONTENT-LENGTH: "
        "5\r\n\r\nhello");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 412u);
    EXPECT_EQ(answer->header("etag"), "\"r2.active\"");
    EXPECT_EQ(answer->body, "hello");
    EXPECT_FALSE(answer->is_good());
}

TEST_F(ConnectionTest, AnAnswerThatBreaksOffIsLost) {
    for (const std::string& bytes :
         {std::string(), std::string("HTTP/1.1 200"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")}) {
        const auto answer = answer_to(bytes);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::io_error) << bytes;
    }
}

TEST_F(ConnectionTest, WhatIsNoHttpIsSaid) {
    for (const std::string& bytes :
         {std::string("SSH-2.0-OpenSSH\r\n\r\n"), std::string("HTTP/1.1 2x OK\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
          "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')}) {
        const auto answer = answer_to(bytes);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::corrupt) << bytes.substr(0, 40);
    }
}

TEST_F(ConnectionTest, ADaemonThatSaysNothingIsNotWaitedForWithoutEnd) {
    const base::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener.get(), 4), 0);
    auto connection = Connection::open(path, 30s);
    ASSERT_TRUE(connection);
    const auto answer = connection->ask({.target = "/v1"}, 50ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
}

TEST_F(ConnectionTest, WhereNobodyListensNobodyIsFound) {
    const auto error = [this] { return Connection::open(path, 30s).error().code; };
    EXPECT_EQ(error(), ErrorCode::not_found);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_EQ(error(), ErrorCode::not_found);
    EXPECT_EQ(Connection::open(path + "/deeper", 30s).error().code, ErrorCode::not_found);
}

TEST_F(ConnectionTest, ADirectoryThatOnlyLeadsToTheSocketIsEnough) {
    const std::string directory = scratch.path("closed");
    ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
    path = directory + "/control.sock";
    const OneAnswer daemon(path, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    ASSERT_EQ(chmod(directory.c_str(), 0311), 0);
    auto connection = Connection::open(path, 30s);
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_TRUE(connection->ask({.target = "/v1"}, 30s));
    chmod(directory.c_str(), 0700);
}

TEST(EncodedTest, KeepsWhatNeedsNoEscape) {
    EXPECT_EQ(encoded("a/b c%&\xc3\xa9~"), "a%2Fb%20c%25%26%C3%A9~");
}

}  // namespace
}  // namespace quantum::client
