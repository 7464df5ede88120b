// Two ordinary users against a daemon of root's, by other ways than those of two_users_test.cpp: by
// what their jobs do to the daemon and to children that are not yet theirs, and by files that
// change while they are read.
#include <array>
#include <csignal>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "base/process.hpp"
#include "cli/two_users.hpp"
#include "support/leased_program.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

/// A process of nobody's that does something over and over again, for as long as this lives.
class Attacker {
public:
    explicit Attacker(const std::function<void()>& step) : pid_(fork()) {
        if (pid_ != 0) return;
        if (setgid(TwoUsers::nobody) != 0 || setuid(TwoUsers::nobody) != 0) _exit(1);
        alarm(30);
        for (;;) step();
    }
    ~Attacker() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Attacker(const Attacker&) = delete;
    Attacker& operator=(const Attacker&) = delete;

private:
    pid_t pid_;
};

TEST_F(TwoUsers, AJobCannotTouchTheDaemonOrItsState) {
    const std::string tries =
        "for f in environ mem maps io; do head -c1 /proc/$PPID/$f && echo got $f; done; "
        "ls /proc/$PPID/fd/ && echo listed; "
        "for s in TERM KILL STOP QUIT; do kill -$s $PPID && echo sent $s; done; "
        "prlimit --nofile=3:3 --pid $PPID && echo limited; renice 19 -p $PPID && echo nicer; "
        "chrt -i -p 0 $PPID && echo idle; taskset -p 1 $PPID && echo pinned; "
        "echo 1000 >/proc/$PPID/oom_score_adj && echo oom; "
        "ls " +
        state + " && echo seen; cat " + state + "/ledger.db && echo read; rm -rf " + state +
        "/control.sock && [ ! -e " + state + " ] && echo removed; mv " + state + " " + state +
        "2 && echo moved; true >" + state + "/lock && echo planted; ln -s /etc " + state +
        "/spool/x && echo linked; echo end of tries";
    const std::string script = file("tries.sh", tries, 0, 0644);
    Program daemon(argv("@every 500ms nobody . " + script + "\n"));
    ASSERT_TRUE(daemon.wait_for("line=\"end of tries\"")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    EXPECT_THAT(quantum({"status", "--state", state}).out, HasSubstr("running, process"));
    end(daemon);
    for (const char* done : {"got", "listed", "sent", "limited", "nicer", "idle", "pinned", "oom",
                             "seen", "read", "removed", "moved", "planted", "linked"}) {
        EXPECT_THAT(*said, Not(testing::ContainsRegex("line=\"?" + std::string(done)))) << done;
    }
}

TEST_F(TwoUsers, AChildThatSharesTheDaemonsMemoryIsNoWayIn) {
    // It runs as nobody already, but has not executed its program: its memory is the daemon's.
    const LeasedProgram hanging(scratch.path("program"));
    Program daemon(argv({}, {jobs("[jobs.hangs]\nschedule = \"@reboot\"\ncommand = [\"" +
                                  hanging.path() + "\"]\n")}));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    pid_t child = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto pid = static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
        if (pid > 0 && base::read_process(pid).parent == daemon.pid() &&
            text_of_file(base::proc_path(pid, "status")).find("\nUid:\t65534\t") !=
                std::string::npos) {
            child = pid;
        }
    }
    ASSERT_GT(child, 0) << "it does not hang";
    const std::string proc = "/proc/" + std::to_string(child) + '/';
    const std::string number = std::to_string(child);
    Program thief(as("nobody", {"/bin/sh", "-c",
                                "for f in mem environ maps auxv; do head -c1 " + proc +
                                    "$f && echo got $f; done; ls " + proc +
                                    "fd/ && echo listed; for s in STOP CONT HUP SEGV QUIT ABRT; do "
                                    "kill -$s " +
                                    number + "; done; prlimit --core=0:0 --pid " + number +
                                    "; kill -KILL " + number + "; echo end"}));
    const Ended ended = thief.wait();
    EXPECT_EQ(ended.out, "end\n") << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("Permission denied"));
    ASSERT_TRUE(daemon.wait_for("job=hangs")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    end(daemon);
}

pid_t child_of(pid_t parent) {
    const std::string pid = std::to_string(parent);
    return std::atoi(TwoUsers::text_of_file("/proc/" + pid + "/task/" + pid + "/children").c_str());
}

TEST_F(TwoUsers, SignalsToWhateverIsTheirsReachNobodyElse) {
    // "All processes of the user" are those of a namespace, so that no others are met. Process 1,
    // which no signal ends, is not the daemon.
    std::vector<std::string> apart{
        "/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c",
        "\"$@\"; exit $?",  "-"};
    const std::vector<std::string> words =
        argv({}, {jobs("[jobs.storm]\nschedule = \"@reboot\"\n"
                       "shell = \"trap '' TERM HUP QUIT ABRT; echo begun; while :; do kill -QUIT "
                       "-1; kill -STOP -1; kill -CONT -1; kill -SEGV 0; done\"\n"
                       "[jobs.stops]\nschedule = \"@every 500ms\"\ntimeout = \"500ms\"\n"
                       "kill_after = \"500ms\"\nshell = \"kill -STOP $$\"\n"
                       "[jobs.kills]\nschedule = \"@every 500ms\"\nshell = \"kill -KILL -1\"\n"
                       "[jobs.target]\nschedule = \"@every 500ms\"\ncommand = [\"true\"]\n")});
    apart.insert(apart.end(), words.begin(), words.end());
    Program daemon(std::move(apart));
    if (!daemon.wait_for("quantum started")) GTEST_SKIP() << "no namespaces here";
    const pid_t pid = child_of(child_of(daemon.pid()));
    ASSERT_GT(pid, 0);
    ASSERT_TRUE(daemon.wait_for("job=stops")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 4));
    end(daemon, true, pid);
    EXPECT_THAT(*said, testing::ContainsRegex("job=target [^\n]*outcome="));
    for (const std::string& line : lines_with(*said, "job=beat")) {
        // At the end of the daemon it may be told to end itself.
        if (line.find("terminated on request") != std::string::npos) continue;
        EXPECT_THAT(line, Not(testing::ContainsRegex("outcome=(failed|killed|lost)")));
    }
}

TEST_F(TwoUsers, AJobThatStopsIsEndedInTime) {
    Program daemon(argv({}, {jobs("[jobs.stops]\nschedule = \"@every 2s\"\ntimeout = \"500ms\"\n"
                                  "shell = \"echo begun; kill -STOP $$\"\n")}));
    ASSERT_TRUE(daemon.wait_for("outcome=timed_out")) << daemon.err();
    EXPECT_LT(times_of(daemon.err(), "outcome=timed_out").at(0) -
                  times_of(daemon.err(), "line=begun").at(0),
              2s);
    end(daemon, true);
}

TEST_F(TwoUsers, AnEnvironmentFileThatChangesWhileItIsReadGivesNothingElse) {
    file("secret.env", "KEY=of-root\n");
    file("home/env", "KEY=own-value\n", nobody);
    file("home/second", "KEY=own-value\n", nobody);
    ASSERT_EQ(symlink(scratch.path("secret.env").c_str(), (home + "/link").c_str()), 0);
    give(home + "/link", nobody);
    ASSERT_EQ(mkfifo((home + "/fifo").c_str(), 0600), 0);
    give(home + "/fifo", nobody);
    ASSERT_EQ(mkdir((home + "/way").c_str(), 0755), 0);
    give(home + "/way", nobody);
    ASSERT_EQ(symlink(scratch.path("").c_str(), (home + "/root").c_str()), 0);
    give(home + "/root", nobody);
    file("home/way/secret.env", "KEY=own-value\n", nobody);
    std::string text;
    for (int i = 0; i < 8; ++i) {
        text += "[jobs.env-" + std::to_string(i) + "]\nschedule = \"@every 500ms\"\nenv_file = \"" +
                home + (i % 2 == 0 ? "/env" : "/way/secret.env") +
                "\"\nshell = \"echo ran; echo $KEY | tr a-z b-za\"\n";
    }
    const int place = open(home.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const Attacker swaps([place, step = 0U]() mutable {
        static constexpr std::array<const char*, 3> others{"link", "fifo", "second"};
        const char* const other = others[step++ % others.size()];
        for (int i = 0; i < 2; ++i) renameat2(place, "env", place, other, RENAME_EXCHANGE);
        renameat2(place, "way", place, "root", RENAME_EXCHANGE);
        // A second name of root's file, where the kernel lets him.
        unlinkat(place, "hard", 0);
        linkat(place, "../secret.env", place, "hard", 0);
        for (int i = 0; i < 2; ++i) renameat2(place, "env", place, "hard", RENAME_EXCHANGE);
    });
    Program daemon(argv({}, {jobs(text)}));
    ASSERT_TRUE(daemon.wait_for("line=ran")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 4));
    end(daemon);
    close(place);
    EXPECT_THAT(*said, HasSubstr("line=pxo-wbmvf"));
    EXPECT_THAT(*said, Not(HasSubstr("pg-sppu"))) << "\"of-root\", each letter one on";
}

TEST_F(TwoUsers, AnEnvironmentFileThatHangsOrIsTooLargeStopsNobodyElse) {
    const LeasedProgram leased(home + "/leased");
    give(leased.path(), nobody);
    ASSERT_EQ(chmod(leased.path().c_str(), 0600), 0);
    ASSERT_EQ(mkfifo((home + "/fifo").c_str(), 0600), 0);
    give(home + "/fifo", nobody);
    std::string many;
    for (int i = 0; many.size() < 128U * 1024 - 16; ++i) many += "v" + std::to_string(i) + "=x\n";
    file("home/many", many, nobody);
    file("home/large", "KEY=" + std::string(128U * 1024, 'x') + '\n', nobody);
    file("home/long", "KEY=" + std::string(128U * 1024 - 5, 'x') + '\n', nobody);
    ASSERT_EQ(symlink("/dev/zero", (home + "/zero").c_str()), 0);
    give(home + "/zero", nobody);
    std::string text;
    for (const std::string name : {"leased", "fifo", "many", "large", "long", "zero"}) {
        text += "[jobs." + name +
                "]\nschedule = \"@every 500ms\"\nshell = \"echo ran\"\nenv_file = \"" + home + '/' +
                name + "\"\n";
    }
    Program daemon(argv({}, {jobs(text)}));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 3));
    end(daemon, true);
    const auto beats = times_of(*said, "line=beat");
    for (std::size_t i = 1; i < beats.size(); ++i) EXPECT_LT(beats[i] - beats[i - 1], 4s);
    for (const std::string job : {"leased", "fifo", "large", "zero"}) {
        EXPECT_THAT(*said, testing::ContainsRegex("job=" + job + " [^\n]*outcome=failed")) << job;
        EXPECT_THAT(*said, Not(testing::ContainsRegex("job=" + job + " [^\n]*line=ran")));
    }
}

TEST_F(TwoUsers, ValuesToBeMaskedCostNobodyElseHisTime) {
    // Thousands of them, each of which could begin at every byte that is written.
    std::string many;
    for (int i = 10'000; many.size() < 128U * 1024 - 20; ++i) {
        many += std::to_string(i) + "=yyyy" + std::to_string(i) + '\n';
    }
    file("home/env", many, nobody);
    std::string text;
    for (int i = 0; i < 4; ++i) {
        text += "[jobs.yes-" + std::to_string(i) + "]\nschedule = \"@reboot\"\nenv_file = \"" +
                home + "/env\"\nshell = \"yes yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"\n";
    }
    Program daemon(argv({}, {"--log-output-rate", "4KiB", jobs(text)}));
    ASSERT_TRUE(daemon.wait_for("line=yyyy")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 3));
    end(daemon, true);
    const auto beats = times_of(*said, "line=beat");
    for (std::size_t i = 1; i < beats.size(); ++i) EXPECT_LT(beats[i] - beats[i - 1], 3s);
}

TEST_F(TwoUsers, SecondNamesAndLocksOfTheirsChangeNothing) {
    const std::string crontab = scratch.path("system.crontab");
    const std::string out = directory("log") + "/games";
    const std::string work = directory("work", nobody);
    const std::vector<std::string> words =
        argv({}, {jobs("[jobs.out]\nschedule = \"@every 500ms\"\nuser = \"games\"\nshell = \"echo "
                       "written\"\noutput_file = \"" +
                       out + "\"\n")});
    // The directory that it is started in is gone soon.
    Program daemon(words, work);
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    Program attacker(
        as("nobody", {"/bin/sh", "-c",
                      "ln " + crontab + " " + home + "/mine; ln " + out + " " + home +
                          "/log; exec 9<" + crontab + "; flock -x 9; echo locked; exec sleep 30"}));
    ASSERT_TRUE(attacker.wait_for("locked")) << attacker.err();
    std::filesystem::remove(work);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.wait_for("reload")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    end(daemon);
    EXPECT_GE(count_of(*said, "line=written"), 2U);
    EXPECT_GE(count_of(text_of_file(out), "written"), 2U);
    // At a start what the ledger has of the file goes on, if it is refused.
    Program again(quantum_argv({words.begin() + 1, words.end()}));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(again, 1));
    end(again);
}

TEST_F(TwoUsers, ASetuidProgramRaisesNoRights) {
    std::filesystem::copy_file("/usr/bin/id", scratch.path("id"));
    ASSERT_EQ(chmod(scratch.path("id").c_str(), 04755), 0);
    Program daemon(argv("@every 500ms nobody echo as $(" + scratch.path("id") +
                        " -u); cp /usr/bin/id " + home + "/id; chmod 4755 " + home + "/id\n" +
                        "@every 500ms games echo his $(" + home + "/id -u)\n"));
    ASSERT_TRUE(daemon.wait_for("line=\"as ")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    end(daemon);
    EXPECT_THAT(*said, HasSubstr("line=\"as 65534\""));
    EXPECT_THAT(*said, Not(HasSubstr("line=\"as 0\"")));
    EXPECT_THAT(*said, Not(HasSubstr("line=\"his 65534\"")));
}

/// What reads it waits for as long as this lives.
struct WaitingRoom {
    std::string path;
    explicit WaitingRoom(std::string at) : path(std::move(at)) {
        EXPECT_EQ(mkfifo(path.c_str(), 0644), 0);
    }
    ~WaitingRoom() { close(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)); }
    WaitingRoom(const WaitingRoom&) = delete;
    WaitingRoom& operator=(const WaitingRoom&) = delete;
};

TEST_F(TwoUsers, PipesThatAreKeptOpenCloseNobodyElses) {
    // What games leaves running writes on when nobody has taken every place there is for such
    // pipes.
    const std::string go = scratch.path("go");
    const std::string wrote = directory("games", getpwnam("games")->pw_uid) + "/wrote";
    std::string text =
        "[jobs.leaves]\nschedule = \"@reboot\"\nuser = \"games\"\nshell = \"(until [ -e " + go +
        " ]; do sleep 0.1; done; echo still here && : >" + wrote + ") & echo left\"\n";
    const WaitingRoom room(scratch.path("room"));
    constexpr std::size_t kept = 80;  // 64 have a place
    for (std::size_t i = 0; i < kept; ++i) {
        text += "[jobs.keeps-" + std::to_string(i) + "]\nschedule = \"@reboot\"\nshell = \"cat " +
                room.path + " & sleep 0.3\"\n";
    }
    Program daemon(argv({}, {jobs(text)}));
    ASSERT_TRUE(daemon.wait_for("line=left")) << daemon.err();
    while (lines_with(daemon.err(), "msg=\"execution ended\" job=keeps").size() < kept) {
        ASSERT_TRUE(daemon.wait_for_more()) << tail(daemon.err());
    }
    scratch.write("go", "");
    for (int i = 0; i < 4 && access(wrote.c_str(), F_OK) != 0; ++i) {
        ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    }
    EXPECT_EQ(access(wrote.c_str(), F_OK), 0) << "it was ended by a signal";
    end(daemon, true);
}

}  // namespace
}  // namespace quantum::test
