// The socket for users' crontabs, and the language that is spoken on it.
#include "daemon/crontab_socket.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "quantum/testing/simulated_clock.hpp"

#include "support/scratch_directory.hpp"

namespace quantum::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using RequestKind = CrontabRequest::Kind;
using AnswerKind = CrontabAnswer::Kind;

// ---- the language -----------------------------------------------------------------------------

TEST(CrontabProtocolTest, ARequestIsReadInPiecesOfAnySize) {
    for (const CrontabRequest& request :
         {CrontabRequest{RequestKind::read}, CrontabRequest{RequestKind::remove},
          CrontabRequest{RequestKind::replace, "", ""},
          CrontabRequest{RequestKind::replace, "0 1 * * * a\nQUANTUM-CRONTAB 1 READ\n", "none"},
          CrontabRequest{RequestKind::replace, std::string(256 * 1024, 'x'), "00ff"}}) {
        const std::string bytes = to_bytes(request);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
            CrontabRequestReader reader;
            for (std::size_t at = 0; at < bytes.size(); at += piece) {
                EXPECT_FALSE(reader.is_whole());
                ASSERT_TRUE(reader.take(std::string_view(bytes).substr(at, piece)));
            }
            ASSERT_TRUE(reader.is_whole());
            const CrontabRequest read = reader.request();
            EXPECT_EQ(read.kind, request.kind);
            EXPECT_EQ(read.text, request.text);
            EXPECT_EQ(read.tag, request.tag);
        }
    }
}

TEST(CrontabProtocolTest, WhatIsNoRequestIsRefused) {
    for (const std::string& bytes :
         {std::string("GET /v1/status HTTP/1.1\r\n"), std::string("QUANTUM-CRONTAB 2 READ\n"),
          std::string("QUANTUM-CRONTAB 1 READ root\n"), std::string("QUANTUM-CRONTAB 1 WRITE\n"),
          std::string("QUANTUM-CRONTAB 1 REPLACE\n"), std::string("QUANTUM-CRONTAB 1 REPLACE 1\n"),
          std::string("QUANTUM-CRONTAB 1 REPLACE -1 -\n"),
          std::string("QUANTUM-CRONTAB 1 REPLACE 262145 -\n"),
          std::string("QUANTUM-CRONTAB 1 REPLACE 99999999999999999999999 -\n"),
          "QUANTUM-CRONTAB 1 REPLACE 1 " + std::string(50, 'x') + '\n', std::string(200, 'x'),
          std::string("\n")}) {
        CrontabRequestReader reader;
        EXPECT_FALSE(reader.take(bytes)) << bytes;
        EXPECT_NE(reader.fault(), "") << bytes;
        EXPECT_FALSE(reader.is_whole());
    }
}

TEST(CrontabProtocolTest, AnAnswerIsReadAsAWhole) {
    for (const CrontabAnswer& answer :
         {CrontabAnswer{AnswerKind::done, "0 1 * * * a\n", "00ff"}, CrontabAnswer{AnswerKind::none},
          CrontabAnswer{AnswerKind::refused, "no\n", ""}}) {
        const std::string bytes = to_bytes(answer);
        const auto read = answer_in(bytes);
        ASSERT_TRUE(read) << bytes;
        EXPECT_EQ(read->kind, answer.kind);
        EXPECT_EQ(read->text, answer.text);
        EXPECT_EQ(read->tag, answer.tag);
        const std::string cut = bytes.substr(0, bytes.size() - 1);
        EXPECT_TRUE(answer.text.empty() || !answer_in(cut)) << cut;
    }
    for (const char* bytes : {"", "DONE", "DONE 1 -\n", "DONE x -\n", "YES 0 -\n", "DONE 0\n"}) {
        EXPECT_FALSE(answer_in(bytes)) << bytes;
    }
}

// ---- the socket -------------------------------------------------------------------------------

struct CrontabSocketTest : testing::Test {
    ScratchDirectory scratch;
    const std::string path = scratch.path("run/quantum/crontab.sock");
    SimulatedClock clock{WallTime(1'763'769'900s)};
    Logger logger{-1, LogFormat::logfmt, clock};
    std::vector<std::string> changed;  // on the socket's thread; read after it has ended
    std::unique_ptr<CrontabSocket> socket;

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root keeps the crontabs of others";
        chmod(scratch.path("").c_str(), 0755);
        std::filesystem::create_directory(scratch.path("spool"));
        chmod(scratch.path("spool").c_str(), 0700);
        auto opened = CrontabSocket::open(
            path,
            {.spool = scratch.path("spool"),
             .allow = scratch.path("cron.allow"),
             .deny = scratch.path("cron.deny"),
             .check =
                 [](const config::Account& owner, const std::string& file, std::string text) {
                     return config::load_user_crontab(
                         owner, file, std::move(text),
                         {.zone = "UTC", .account = config::own_account(), .inherited = {}});
                 }},
            clock, logger, [this](const config::Account& user, const std::string& file) {
                changed.push_back(user.name + ' ' + file);
            });
        ASSERT_TRUE(opened) << opened.error().message;
        socket = std::move(*opened);
    }

    [[nodiscard]] base::FileDescriptor connection() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), std::begin(address.sun_path));
        base::FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
                  0);
        return made;
    }
    static void send_to(const base::FileDescriptor& peer, std::string_view bytes) {
        EXPECT_EQ(send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// To its end, for half a minute at most.
    static std::string said_to(const base::FileDescriptor& peer) {
        std::string bytes;
        std::array<char, 4096> buffer{};
        for (;;) {
            pollfd readable{.fd = peer.get(), .events = POLLIN, .revents = 0};
            if (poll(&readable, 1, 30'000) <= 0) return "nothing came";
            const ssize_t got = read(peer.get(), buffer.data(), buffer.size());
            if (got <= 0) return bytes;
            bytes.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
    [[nodiscard]] CrontabAnswer ask(const CrontabRequest& request) const {
        const auto peer = connection();
        send_to(peer, to_bytes(request));
        return answer_in(said_to(peer)).value_or(CrontabAnswer{AnswerKind::refused, "no answer"});
    }
};

TEST_F(CrontabSocketTest, EverybodyMayConnectAndReachesHisOwn) {
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0666u);
    ASSERT_EQ(stat(scratch.path("run/quantum").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0755u);
    EXPECT_EQ(ask({RequestKind::read}).kind, AnswerKind::none);
    EXPECT_EQ(ask({RequestKind::replace, "0 3 * * * a\n"}).kind, AnswerKind::done);
    EXPECT_EQ(ask({RequestKind::read}).text, "0 3 * * * a\n");
    EXPECT_EQ(ask({RequestKind::replace, "0 25 * * * a\n"}).kind, AnswerKind::refused);
    EXPECT_EQ(ask({RequestKind::remove}).kind, AnswerKind::done);
    socket.reset();
    const std::string own = "root " + scratch.path("spool/root");
    EXPECT_THAT(changed, ElementsAre(own, own));
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(CrontabSocketTest, NonsenseIsRefusedAndTheOthersAreServed) {
    const auto peer = connection();
    send_to(peer, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_THAT(said_to(peer), HasSubstr("REFUSED"));
    const auto silent = connection();
    { const auto gone = connection(); }
    EXPECT_EQ(ask({RequestKind::read}).kind, AnswerKind::none);
}

TEST_F(CrontabSocketTest, AUserHasFewConnectionsAndEachHasItsTime) {
    std::vector<base::FileDescriptor> silent;
    for (int i = 0; i < 4; ++i) silent.push_back(connection());
    const auto fifth = connection();
    EXPECT_EQ(said_to(fifth), "");
    clock.advance(11s);
    // Whoever comes wakes the thread, which then sees that their time is over.
    EXPECT_EQ(ask({RequestKind::read}).kind, AnswerKind::none);
    for (const auto& peer : silent) EXPECT_EQ(said_to(peer), "");
}

TEST_F(CrontabSocketTest, ChangesWithoutEndHaveToWait) {
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(ask({RequestKind::replace, "0 3 * * * a\n"}).kind, AnswerKind::done) << i;
    }
    EXPECT_THAT(ask({RequestKind::replace, "0 3 * * * a\n"}).text, HasSubstr("too many changes"));
    EXPECT_EQ(ask({RequestKind::read}).kind, AnswerKind::done);
    clock.advance(61s);
    EXPECT_EQ(ask({RequestKind::remove}).kind, AnswerKind::done);
}

}  // namespace
}  // namespace quantum::daemon
