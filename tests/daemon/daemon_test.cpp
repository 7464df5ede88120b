#include "daemon/daemon.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include "base/file_descriptor.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"

namespace quantum {
namespace {

using test::Program;
using testing::HasSubstr;
using testing::Not;

using Fields = std::map<std::string, std::string>;

/// A logfmt line as its fields. Escapes in quoted values stay as they are.
Fields parse(const std::string& line) {
    Fields fields;
    for (std::size_t at = 0; at < line.size();) {
        const auto equals = line.find('=', at);
        if (equals == std::string::npos) break;
        const std::string key = line.substr(at, equals - at);
        std::size_t end = equals + 1;
        if (end < line.size() && line[end] == '"') {
            for (++end; line[end] != '"'; ++end) {
                if (line[end] == '\\') ++end;
            }
            fields[key] = line.substr(equals + 2, end - equals - 2);
            ++end;
        } else {
            end = std::min(line.find(' ', end), line.size());
            fields[key] = line.substr(equals + 1, end - equals - 1);
        }
        at = end + 1;
    }
    return fields;
}

std::vector<Fields> parse_all(const std::string& log) {
    std::vector<Fields> lines;
    std::istringstream stream(log);
    for (std::string line; std::getline(stream, line);) lines.push_back(parse(line));
    return lines;
}

std::vector<Fields> with_message(const std::string& log, const std::string& message) {
    std::vector<Fields> lines = parse_all(log);
    std::erase_if(lines, [&](Fields& fields) { return fields["msg"] != message; });
    return lines;
}

/// What `human` printed, in milliseconds.
double milliseconds(const std::string& text) {
    const double number = std::stod(text);
    if (text.ends_with("us")) return number / 1000;
    if (text.ends_with("ms")) return number;
    return number * 1000;
}

/// A file of jobs in a directory of its own, and the daemon on it.
struct DaemonTest : testing::Test {
    std::string directory;
    std::string jobs_file;

    DaemonTest() {
        directory = testing::TempDir() + "quantum-daemon-XXXXXX";
        EXPECT_NE(mkdtemp(directory.data()), nullptr);
        jobs_file = directory + "/jobs";
    }
    ~DaemonTest() override {
        unlink(jobs_file.c_str());
        rmdir(directory.c_str());
    }

    void write_jobs(const std::string& text) const { std::ofstream(jobs_file) << text; }

    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& options) const {
        std::vector<std::string> argv{test::binary("daemon_program"), jobs_file};
        argv.insert(argv.end(), options.begin(), options.end());
        return argv;
    }
};

/// The children of each thread of a process: they belong to the one that started them.
std::string children_of(pid_t pid) {
    std::string all;
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream file(task.path() / "children");
        std::string children;
        std::getline(file, children);
        all += children;
    }
    return all;
}

constexpr const char* every_second = "* * * * * * *";
constexpr const char* next_year = "0 0 0 1 1 * *";

TEST_F(DaemonTest, TwoHundredCommandsDueInTheSameSecondAllRunAndNoneIsLost) {
    std::string jobs;
    for (int i = 0; i < 200; ++i) {
        jobs += "job-" + std::to_string(i) + "\t@every 2s\techo $QUANTUM_JOB\n";
    }
    write_jobs(jobs);
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("quantum started"));
    // The first 200 ends belong to the first instant; what of the second there is may be cut off.
    while (with_message(daemon.err(), "execution ended").size() < 200) {
        const auto ended = with_message(daemon.err(), "execution ended").size();
        ASSERT_TRUE(daemon.wait_for_more()) << ended;
    }
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 0);

    std::map<std::string, std::set<std::string>> started;  // jobs by due time
    std::vector<double> lateness;
    std::vector<double> queued;
    for (Fields& line : with_message(ended.err, "execution started")) {
        started[line["due"]].insert(line["job"]);
        lateness.push_back(milliseconds(line["lateness"]));
        queued.push_back(milliseconds(line["queued"]));
    }
    ASSERT_FALSE(started.empty());
    EXPECT_EQ(started.begin()->second.size(), 200U);
    std::set<std::string> outputs;
    for (Fields& line : parse_all(ended.err)) {
        if (line["channel"] == "stdout") {
            EXPECT_EQ(line["line"], line["job"]);
            outputs.insert(line["job"]);
        }
    }
    EXPECT_EQ(outputs.size(), 200U);
    const auto starts = with_message(ended.err, "execution started");
    const auto ends = with_message(ended.err, "execution ended");
    EXPECT_EQ(starts.size(), ends.size());
    for (const Fields& line : ends) EXPECT_EQ(line.at("outcome"), "succeeded");

    for (const auto& [name, values] : {std::pair{"lateness", &lateness}, {"queued", &queued}}) {
        values->resize(200);
        std::sort(values->begin(), values->end());
        EXPECT_GE(values->front(), 0);
        std::cout << name << " of 200 commands due at once: p50 " << (*values)[100] << " ms, p99 "
                  << (*values)[198] << " ms, max " << (*values)[199] << " ms\n";
    }
}

TEST_F(DaemonTest, SaysAtTheStartHowManyJobsThereAreAndWhichIsNext) {
    write_jobs(std::string("yearly\t") + next_year + "\ttrue\nother\t0 0 0 2 1 * *\ttrue\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("quantum started"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 0);
    const auto lines = with_message(ended.err, "quantum started");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("jobs"), "2");
    EXPECT_EQ(lines[0].at("next_job"), "yearly");
    EXPECT_THAT(lines[0].at("next_due"), testing::EndsWith("-01-01T00:00:00Z"));
    EXPECT_EQ(lines[0].at("node"), "test-node");
    EXPECT_EQ(with_message(ended.err, "quantum stopped").size(), 1U);
}

TEST_F(DaemonTest, AFileThatCannotBeReadEndsItWithItsReason) {
    Program daemon(command({}));
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr("cannot read " + jobs_file));
}

struct StopCase {
    std::string name;
    std::string script;
    std::vector<std::string> options;
    int signals;
    std::string outcome;
    std::string forced;
};
struct DaemonStop : DaemonTest, testing::WithParamInterface<StopCase> {};

TEST_P(DaemonStop, TreatsRunningWorkAsPromised) {
    write_jobs("boot\t@reboot\techo ready; " + GetParam().script + "\n");
    Program daemon(command(GetParam().options));
    ASSERT_TRUE(daemon.wait_for("line=ready"));
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.wait_for("msg=stopping"));
    for (int more = 1; more < GetParam().signals; ++more) {
        daemon.signal(SIGINT);
        ASSERT_TRUE(daemon.wait_for("stopping at once"));
    }
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 0);
    const auto ends = with_message(ended.err, "execution ended");
    ASSERT_EQ(ends.size(), 1U) << ended.err;
    EXPECT_EQ(ends[0].at("outcome"), GetParam().outcome) << ended.err;
    const auto stopped = with_message(ended.err, "quantum stopped");
    ASSERT_EQ(stopped.size(), 1U);
    EXPECT_EQ(stopped[0].at("ended_by_force"), GetParam().forced);
    EXPECT_EQ(stopped[0].at("lost"), "0");
}

INSTANTIATE_TEST_SUITE_P(
    Table, DaemonStop,
    testing::Values(StopCase{"WorkThatEndsInTime", "sleep 0.3", {}, 1, "succeeded", "0"},
                    StopCase{"WorkThatDoesNot", "sleep 90", {"--grace", "200"}, 1, "killed", "1"},
                    StopCase{"WorkThatIgnoresTerm",
                             "trap '' TERM; sleep 90",
                             {"--grace", "200", "--kill-after", "200"},
                             1,
                             "killed",
                             "1"},
                    StopCase{"ASecondSignalSkipsTheWait", "sleep 90", {}, 2, "killed", "1"}),
    [](const auto& test) { return test.param.name; });

TEST_F(DaemonTest, NothingFiresAfterTerm) {
    write_jobs(std::string("tick\t") + every_second +
               "\ttrue\nboot\t@reboot\techo ready; sleep 2.5\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("line=ready"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();  // the drain lasts over two due times
    EXPECT_EQ(ended.exit_code, 0);
    bool stopping = false;
    for (const Fields& line : parse_all(ended.err)) {
        const auto message = line.find("msg");
        if (message == line.end()) continue;
        stopping = stopping || message->second == "stopping";
        EXPECT_FALSE(stopping && message->second == "execution started") << ended.err;
    }
}

TEST_F(DaemonTest, AReloadAddsChangesRemovesAndLeavesTheRestAlone) {
    write_jobs(std::string("keep\t@reboot\techo kept; sleep 90\n") + "change\t" + next_year +
               "\ttrue\n" + "remove\t" + next_year + "\ttrue\n");
    Program daemon(command({"--grace", "0"}));
    ASSERT_TRUE(daemon.wait_for("line=kept"));
    write_jobs(std::string("keep\t@reboot\techo kept; sleep 90\n") + "change\t" + next_year +
               "\tfalse\n" + "new\t" + every_second + "\techo fresh\n" +
               "boot\t@reboot\techo not at a reload\n");
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.wait_for("line=fresh"));
    EXPECT_NE(children_of(daemon.pid()), "");
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    const auto reloaded = with_message(ended.err, "reloaded");
    ASSERT_EQ(reloaded.size(), 1U) << ended.err;
    EXPECT_EQ(reloaded[0].at("jobs"), "4");
    EXPECT_EQ(reloaded[0].at("added"), "2");
    EXPECT_EQ(reloaded[0].at("changed"), "1");
    EXPECT_EQ(reloaded[0].at("removed"), "1");
    EXPECT_EQ(reloaded[0].at("unchanged"), "1");
    EXPECT_EQ(reloaded[0].at("next_job"), "new");
    EXPECT_THAT(ended.err, Not(HasSubstr("not at a reload")));
}

TEST_F(DaemonTest, ABadFileAtAReloadChangesNothingAndSaysWhy) {
    write_jobs(std::string("tick\t") + every_second + "\techo tick\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("line=tick"));
    write_jobs("tick\tnonsense\techo changed\n");
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.wait_for("reload refused"));
    const auto ticks = [&] {
        const std::string& log = daemon.err();
        return log.find("line=tick", log.find("reload refused")) != std::string::npos;
    };
    while (!ticks()) ASSERT_TRUE(daemon.wait_for_more());
    daemon.signal(SIGINT);
    EXPECT_EQ(daemon.wait().exit_code, 0);
    EXPECT_THAT(daemon.err(), Not(HasSubstr("changed")));
}

TEST_F(DaemonTest, JsonLinesAreValidForAnyOutput) {
    write_jobs("bytes\t@reboot\tprintf 'a\\377\\033[2J\\000\"b\\\\\\n'; echo last\n");
    Program daemon(command({"--json"}));
    ASSERT_TRUE(daemon.wait_for("execution ended"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    std::istringstream stream(ended.err);
    bool seen = false;
    for (std::string line; std::getline(stream, line);) {
        const auto object = boost::json::parse(line).as_object();
        EXPECT_TRUE(object.contains("time"));
        if (const auto* base64 = object.if_contains("line_base64")) {
            seen = true;
            EXPECT_EQ(*base64, "Yf8bWzJKACJiXA==");
        }
    }
    EXPECT_TRUE(seen) << ended.err;
}

TEST_F(DaemonTest, AFailedStartIsAnOutcomeWithItsReason) {
    write_jobs("gone\t@reboot\texit 3\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("execution ended"));
    daemon.signal(SIGTERM);
    const auto ends = with_message(daemon.wait().err, "execution ended");
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].at("level"), "warning");
    EXPECT_EQ(ends[0].at("outcome"), "failed");
    EXPECT_EQ(ends[0].at("exit_code"), "3");
}

TEST_F(DaemonTest, LeavesNoZombieBehind) {
    write_jobs(std::string("many\t") + every_second + "\ttrue\n");
    Program daemon(command({}));
    while (with_message(daemon.err(), "execution ended").size() < 3) {
        ASSERT_TRUE(daemon.wait_for_more());
    }
    // The end is logged after the child was reaped, and the next is a second away.
    EXPECT_EQ(children_of(daemon.pid()), "");
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

TEST_F(DaemonTest, StopsWhenItsTerminalCloses) {
    write_jobs(std::string("yearly\t") + next_year + "\ttrue\n");
    FileDescriptor terminal(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(terminal);
    ASSERT_EQ(grantpt(terminal.get()), 0);
    ASSERT_EQ(unlockpt(terminal.get()), 0);
    const std::string log_file = directory + "/log";
    ASSERT_EQ(mkfifo(log_file.c_str(), 0600), 0);
    // The shell of a new session opens the terminal, which becomes its own, and turns into the
    // daemon; the log goes through the fifo, which outlives the terminal.
    const FileDescriptor log(open(log_file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    Program session({"/usr/bin/setsid", "-w", "/bin/sh", "-c",
                     "exec <" + std::string(ptsname(terminal.get())) + " >" + log_file +
                         " 2>&1; exec " + test::binary("daemon_program") + " " + jobs_file});
    std::string text;
    const auto read_until = [&](const std::string& wanted) {
        std::array<char, 4096> buffer{};
        while (text.find(wanted) == std::string::npos) {
            pollfd readable{.fd = log.get(), .events = POLLIN, .revents = 0};
            if (poll(&readable, 1, 60'000) <= 0) return false;
            const ssize_t got = read(log.get(), buffer.data(), buffer.size());
            if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
            if (got == 0 && !text.empty()) return false;
        }
        return true;
    };
    ASSERT_TRUE(read_until("quantum started")) << text;
    terminal.reset();
    EXPECT_TRUE(read_until("quantum stopped")) << text;
    EXPECT_THAT(text, HasSubstr("signal=HUP"));
    EXPECT_EQ(session.wait().exit_code, 0);
    unlink(log_file.c_str());
}

}  // namespace
}  // namespace quantum
