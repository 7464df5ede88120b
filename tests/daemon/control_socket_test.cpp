// Who asks a daemon whether its schedule goes on hears of it, also when it does not.
#include "daemon/control_socket.hpp"

#include <chrono>
#include <cstring>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/scratch_directory.hpp"

namespace quantum::daemon {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

struct ControlSocketTest : testing::Test {
    ScratchDirectory scratch;
    std::string directory = scratch.path("");
    base::EventLoop loop;
    std::unique_ptr<ControlSocket> socket;

    ControlSocketTest() { loop.start(1); }
    void open() {
        auto opened = ControlSocket::open(directory, loop);
        ASSERT_TRUE(opened) << opened.error().message;
        socket = std::move(*opened);
    }
    [[nodiscard]] std::string path() const { return directory + "/control.sock"; }

    /// Listens there and says nothing.
    [[nodiscard]] base::FileDescriptor silent_listener() const {
        base::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path());
        EXPECT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(listen(listener.get(), 4), 0);
        return listener;
    }
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }
    [[nodiscard]] base::FileDescriptor connected() const {
        base::FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path());
        EXPECT_EQ(
            connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
        return connection;
    }
    /// Until the other side has read all that was sent.
    static void wait_until_read(int connection) {
        for (int unread = 1; unread > 0;) {
            ASSERT_EQ(ioctl(connection, SIOCOUTQ, &unread), 0);
            std::this_thread::yield();
        }
    }
    /// What comes back, up to the end.
    static std::string read_all(int connection) {
        std::string answer;
        char byte = 0;
        while (recv(connection, &byte, 1, 0) == 1) answer += byte;
        return answer;
    }
    /// What comes back for these bytes.
    static std::string exchange(const std::string& path, const std::string& request) {
        const base::FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path);
        if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address),
                    sizeof address) != 0) {
            return "cannot connect";
        }
        static_cast<void>(!send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL));
        return read_all(connection.get());
    }
};

TEST_F(ControlSocketTest, SaysThatTheScheduleGoesOn) {
    open();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::runs);
    const std::string answer = exchange(path(), "GET /v1/status HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr(R"({"status":"running","pid":)" + std::to_string(getpid())));
}

TEST_F(ControlSocketTest, SaysThatTheControlThreadHangs) {
    open();
    std::promise<void> release;
    loop.post([&] { release.get_future().wait(); });
    const auto begin = steady_clock::now();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::hung);
    EXPECT_LT(steady_clock::now() - begin, 2500ms);
    release.set_value();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::runs);
}

TEST_F(ControlSocketTest, EndsThoughTheControlThreadHangs) {
    open();
    std::promise<void> release;
    loop.post([&] { release.get_future().wait(); });
    const base::FileDescriptor asks = connected();
    const std::string_view request = "GET /v1/status HTTP/1.1\r\n\r\n";
    ASSERT_EQ(send(asks.get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    wait_until_read(asks.get());
    const auto begin = steady_clock::now();
    socket.reset();
    EXPECT_LT(steady_clock::now() - begin, 1s);
    EXPECT_THAT(read_all(asks.get()), HasSubstr(R"("status":"hung")"));
    release.set_value();
}

TEST_F(ControlSocketTest, WhoeverSaysNothingHoldsUpNobodyForLong) {
    open();
    const base::FileDescriptor silent = connected();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::runs);
}

TEST_F(ControlSocketTest, ADaemonThatSaysNothingHangs) {
    const base::FileDescriptor listener = silent_listener();
    const auto begin = steady_clock::now();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::hung);
    EXPECT_LT(steady_clock::now() - begin, 2500ms);
}

TEST_F(ControlSocketTest, WithoutADaemonNobodyIsAsked) {
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::none);
    EXPECT_EQ(ask_daemon(directory + "/nowhere"), ControlAnswer::none);
    static_cast<void>(silent_listener());  // and is gone
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::none);
    ASSERT_EQ(unlink(path().c_str()), 0);
    ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::none);
}

TEST_F(ControlSocketTest, TakesThePlaceOfWhatAnEarlierLifeLeftAndLeavesNothing) {
    static_cast<void>(silent_listener());
    open();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::runs);
    struct stat status {};
    ASSERT_EQ(stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    socket.reset();
    EXPECT_NE(access(path().c_str(), F_OK), 0);
}

TEST_F(ControlSocketTest, AnswersInADeepDirectory) {
    directory += "/" + std::string(150, 'd');
    ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
    open();
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::runs);
}

TEST_F(ControlSocketTest, KnowsOneQuestion) {
    open();
    for (const std::string request :
         {"GET /v1/jobs HTTP/1.1\r\n\r\n", "POST /v1/status HTTP/1.1\r\n\r\n", "\r\n\r\n"}) {
        EXPECT_THAT(exchange(path(), request), StartsWith("HTTP/1.1 404 Not Found\r\n"));
    }
    EXPECT_EQ(exchange(path(), std::string(8192, 'x')), "");
    EXPECT_EQ(ask_daemon(directory), ControlAnswer::runs);
}

TEST_F(ControlSocketTest, AnotherUserIsNotAnswered) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can be another user";
    open();
    // As if somebody had let others in.
    ASSERT_EQ(chmod(directory.c_str(), 0777), 0);
    ASSERT_EQ(chmod(path().c_str(), 0666), 0);
    const pid_t other = fork();
    if (other == 0) {
        if (setuid(getpwnam("nobody")->pw_uid) != 0) _exit(2);
        _exit(exchange(path(), "GET /v1/status HTTP/1.1\r\n\r\n").empty() ? 0 : 1);
    }
    int ended = -1;
    ASSERT_EQ(waitpid(other, &ended, 0), other);
    EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace quantum::daemon
