#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/instants.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {

/// A daemon of root's that runs jobs of two users. `nobody` attacks; a job of `games` runs twice a
/// second, and is not to notice.
struct TwoUsers : testing::Test {
    static constexpr auto most_between_beats = std::chrono::seconds(11);  // start_timeout + 1 s
    static constexpr uid_t nobody = 65534;

    ScratchDirectory scratch;
    const std::string state = scratch.path("state");
    const std::string home = scratch.path("home");
    Program::Environment no_state{"QUANTUM_STATE=", "STATE_DIRECTORY="};
    std::optional<std::string> said;  ///< the log of the daemon that was ended last

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as two other users";
        for (const char* user : {"nobody", "games"}) {
            if (getpwnam(user) == nullptr) GTEST_SKIP() << "there is no user " << user;
        }
        chmod(scratch.path("").c_str(), 0755);
        directory("home", nobody);
    }

    static void give(const std::string& path, uid_t user) {
        EXPECT_EQ(lchown(path.c_str(), user, user), 0) << path;
    }
    std::string directory(const std::string& name, uid_t user = 0) const {
        EXPECT_EQ(mkdir(scratch.path(name).c_str(), 0755), 0) << name;
        give(scratch.path(name), user);
        return scratch.path(name);
    }
    std::string file(const std::string& name, const std::string& text, uid_t user = 0,
                     mode_t mode = 0600) const {
        scratch.write(name, text);
        chmod(scratch.path(name).c_str(), mode);
        give(scratch.path(name), user);
        return scratch.path(name);
    }
    /// A job file with jobs of nobody's, each written as the lines below `[jobs.NAME]`.
    std::string jobs(const std::string& text, const std::string& defaults = "user = \"nobody\"") {
        return file("site.toml",
                    "allow_run_as = [\"nobody\", \"games\", \"root\"]\n[defaults]\n" + defaults +
                        "\nworking_directory = \"/\"\n" + text,
                    0, 0644);
    }
    static std::string text_of_file(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// The daemon, with the job of games and these lines of a system crontab.
    [[nodiscard]] std::vector<std::string> argv(const std::string& lines = {},
                                                std::vector<std::string> more = {}) const {
        const std::string crontab =
            file("system.crontab", "HOME=/\n# name: beat\n@every 500ms games echo beat\n" + lines,
                 0, 0644);
        std::vector<std::string> all{"run", "--state", state, "--system", crontab};
        all.insert(all.end(), more.begin(), more.end());
        return quantum_argv(std::move(all));
    }

    /// Waits until the job of games has run so many times more.
    static void wait_for_beats(Program& daemon, std::size_t count) {
        const auto until = std::chrono::steady_clock::now() + 2 * most_between_beats;
        const std::size_t before = count_of(daemon.err(), "line=beat");
        while (count_of(daemon.err(), "line=beat") < before + count) {
            ASSERT_TRUE(daemon.wait_for_more()) << "it ended: " << tail(daemon.err());
            ASSERT_LT(std::chrono::steady_clock::now(), until) << tail(daemon.err());
        }
    }
    /// Ends it, where `forced` without waiting for what runs. `pid`: where it is not
    /// the program that was started. All that it is asked for holds.
    void end(Program& daemon, bool forced = false, pid_t pid = 0) {
        if (count_of(daemon.err(), "line=beat") == 0) wait_for_beats(daemon, 1);  // too soon
        const auto begin = std::chrono::steady_clock::now();
        if (pid == 0) pid = daemon.pid();
        kill(pid, SIGTERM);
        if (forced) {
            EXPECT_TRUE(daemon.wait_for("msg=stopping"));
            kill(pid, SIGTERM);
        }
        const Ended ended = daemon.wait();
        EXPECT_EQ(ended.exit_code, 0) << tail(ended.err);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
        said = ended.err;
        expect_regular(ended.err);
    }
    static void expect_regular(const std::string& log) {
        const auto beats = times_of(log, "line=beat");
        EXPECT_FALSE(beats.empty());
        for (std::size_t i = 1; i < beats.size(); ++i) {
            EXPECT_LT(beats[i] - beats[i - 1], most_between_beats) << text_of(beats[i]);
        }
    }

    static std::size_t count_of(const std::string& log, const std::string& text) {
        std::size_t count = 0;
        for (std::size_t at = log.find(text); at != std::string::npos;
             at = log.find(text, at + 1)) {
            ++count;
        }
        return count;
    }
    static std::vector<std::string> lines_with(const std::string& log, const std::string& text) {
        std::vector<std::string> lines;
        for (std::size_t at = log.find(text); at != std::string::npos;) {
            const std::size_t begin = log.rfind('\n', at) + 1;
            const std::size_t end = std::min(log.find('\n', at), log.size());
            lines.push_back(log.substr(begin, end - begin));
            at = log.find(text, end);
        }
        return lines;
    }
    /// When each line that contains this was logged.
    static std::vector<WallTime> times_of(const std::string& log, const std::string& text) {
        std::vector<WallTime> times;
        for (const std::string& line : lines_with(log, text)) {
            times.push_back(at(value_of(line, "time")));
        }
        return times;
    }
    /// Of NAME=VALUE in a line of the log, where the value needs no quotes.
    static std::string value_of(const std::string& line, const std::string& name) {
        const std::size_t begin = (' ' + line).find(' ' + name + '=');
        if (begin == std::string::npos) return {};
        const std::size_t value = begin + name.size() + 1;
        return line.substr(value, line.find_first_of(" \n", value) - value);
    }
    static std::string tail(const std::string& log) {
        return log.substr(log.size() - std::min<std::size_t>(log.size(), 3000));
    }

    /// These words, run by a user.
    static std::vector<std::string> as(const std::string& user, std::vector<std::string> words) {
        const std::vector<std::string> by{
            "/usr/bin/setpriv", "--reuid=" + user,
            "--regid=" + std::to_string(getpwnam(user.c_str())->pw_gid), "--clear-groups"};
        words.insert(words.begin(), by.begin(), by.end());
        return words;
    }
};

}  // namespace quantum::test
