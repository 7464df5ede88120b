#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/// Real child processes, waited for by their events and with a bound.
namespace quantum::test {

/// What a program left behind.
struct Ended {
    int exit_code = -1;  ///< 128 + the signal where one ended it
    std::string out;
    std::string err;
};

/// A running child with its three standard descriptors in our hands.
///
/// Every wait is bounded: a child that does not get on within two minutes is killed and the test
/// fails by an exception. The destructor ends what still runs.
class Program {
public:
    using Environment = std::vector<std::string>;

    explicit Program(std::vector<std::string> argv, const std::string& directory = {},
                     const Environment& extra = {}) {
        std::array<int, 2> in{};
        std::array<int, 2> out{};
        std::array<int, 2> err{};
        check(::pipe2(in.data(), O_CLOEXEC) == 0, "pipe2");
        check(::pipe2(out.data(), O_CLOEXEC) == 0, "pipe2");
        check(::pipe2(err.data(), O_CLOEXEC) == 0, "pipe2");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        posix_spawn_file_actions_adddup2(&actions, err[1], 2);
        if (!directory.empty()) {
            posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
        }
        std::vector<char*> arguments;
        for (std::string& argument : argv) {
            arguments.push_back(argument.data());
        }
        arguments.push_back(nullptr);
        Environment own = extra;
        for (char** variable = environ; *variable != nullptr; ++variable) {
            if (!sets(extra, *variable)) {
                own.emplace_back(*variable);
            }
        }
        std::vector<char*> environment;
        for (std::string& variable : own) {
            environment.push_back(variable.data());
        }
        environment.push_back(nullptr);
        const int error = ::posix_spawn(&pid_, arguments.front(), &actions, nullptr,
                                        arguments.data(), environment.data());
        posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        ::close(err[1]);
        in_ = in[1];
        out_ = out[0];
        err_ = err[0];
        check(error == 0, "posix_spawn " + argv.front());
        // A child that goes away while it is written to is an error to see, not a signal.
        static_cast<void>(::signal(SIGPIPE, SIG_IGN));
        for (const int descriptor : {in_, out_, err_}) {
            ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
        }
    }
    ~Program() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        for (const int descriptor : {in_, out_, err_}) {
            if (descriptor >= 0) {
                ::close(descriptor);
            }
        }
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] const std::string& out() const { return ended_.out; }
    [[nodiscard]] const std::string& err() const { return ended_.err; }

    /// Gives it that much longer than two minutes.
    void allow(std::chrono::seconds more) { deadline_ += more; }

    /// Hands over input while reading what the child says meanwhile.
    void write(std::string_view input) {
        while (!input.empty() && in_ >= 0) {
            step(true);
            const ssize_t count = ::write(in_, input.data(), input.size());
            if (count > 0) {
                input.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno != EAGAIN && errno != EINTR) {
                close_input();  // it wants no more
            }
        }
    }

    void close_input() {
        if (in_ >= 0) {
            ::close(std::exchange(in_, -1));
        }
    }

    void signal(int number) const { ::kill(pid_, number); }

    /// Until `text` stands in the child's output or its errors. False: it ended without.
    bool wait_for(std::string_view text) {
        while (ended_.out.find(text) == std::string::npos &&
               ended_.err.find(text) == std::string::npos) {
            if (out_ < 0 && err_ < 0) {
                return false;
            }
            step(false);
        }
        return true;
    }

    /// Until the child said something more. False: it ended.
    bool wait_for_more() {
        if (out_ < 0 && err_ < 0) {
            return false;
        }
        step(false);
        return true;
    }

    /// Until the child closed its output and ended.
    Ended wait() {
        close_input();
        while (out_ >= 0 || err_ >= 0) {
            step(false);
        }
        int status = 0;
        // It closed both streams; what is left is its exit, which the bound of ctest watches.
        check(::waitpid(pid_, &status, 0) == pid_, "waitpid");
        pid_ = -1;
        ended_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return ended_;
    }

private:
    /// True if one of `variables` has the name of `variable`; both are NAME=value.
    static bool sets(const Environment& variables, std::string_view variable) {
        const std::string_view name = variable.substr(0, variable.find('=') + 1);
        return std::any_of(variables.begin(), variables.end(),
                           [name](const std::string& own) { return own.starts_with(name); });
    }

    static void check(bool good, const std::string& what) {
        if (!good) {
            throw std::system_error(errno, std::generic_category(), what);
        }
    }

    /// One wait for whatever comes first.
    void step(bool writing) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline_ - std::chrono::steady_clock::now());
        std::array<pollfd, 3> waiting = {pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0},
                                         pollfd{writing ? in_ : -1, POLLOUT, 0}};
        const int ready = ::poll(waiting.data(), waiting.size(),
                                 static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready == 0) {
            throw std::runtime_error("the program does not get on; so far:\n" + ended_.out +
                                     ended_.err);
        }
        if (waiting[0].revents != 0) {
            drain(out_, ended_.out);
        }
        if (waiting[1].revents != 0) {
            drain(err_, ended_.err);
        }
    }

    static void drain(int& descriptor, std::string& text) {
        std::array<char, 65536> buffer{};
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (count == 0) {
            ::close(std::exchange(descriptor, -1));
        }
    }

    pid_t pid_ = -1;
    int in_ = -1;
    int out_ = -1;
    int err_ = -1;
    Ended ended_;
    std::chrono::steady_clock::time_point deadline_ =
        std::chrono::steady_clock::now() + std::chrono::minutes(2);
};

}  // namespace quantum::test
