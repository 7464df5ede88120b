// Two ordinary users against a daemon of root's: what one of them tries gives him nothing that he
// did not have, and the other one's job goes on. Through the real program; what is not here stands
// in RootTest (files that are named on the command line), RootRightsTest (capabilities, expired
// accounts, the program's memory, scheduling), HostileTest and SecurityTest.SecurityItem26 (orders
// to a terminal), TlsTest (certificates), ExecutionIds (whether ids can be computed).
#include "cli/two_users.hpp"

#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "base/process.hpp"
#include "support/leased_program.hpp"
#include "support/opaque_processes.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

TEST_F(TwoUsers, ALinkOnTheWayLeadsToNoFileOfAService) {
    const std::string service = directory("service");
    file("service/secrets.env", "KEY=of-the-service\n");
    file("service/token", "of-the-service");
    ASSERT_EQ(symlink(service.c_str(), (home + "/way").c_str()), 0);
    give(home + "/way", nobody);
    const std::string way = home + "/way/";
    Program daemon(argv(
        {},
        {jobs("[jobs.out]\nschedule = \"@every 500ms\"\nshell = \"echo ran\"\noutput_file = \"" +
              way + "cron\"\n[jobs.env]\nschedule = \"@every 500ms\"\nshell = \"echo got $KEY\"\n" +
              "env_file = \"" + way +
              "secrets.env\"\n[jobs.secret]\nschedule = \"@every 500ms\"\n" +
              "shell = \"echo got $KEY\"\nsecrets_directory = \"" + way +
              "\"\nsecrets = { KEY = \"token\" }\n")}));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    end(daemon);
    EXPECT_EQ(access((service + "/cron").c_str(), F_OK), -1);
    EXPECT_THAT(*said, HasSubstr("line=ran"));
    EXPECT_THAT(*said, HasSubstr("quantum: cannot write the output file " + way + "cron"));
    EXPECT_THAT(*said, HasSubstr("cannot read the environment"));
    EXPECT_THAT(*said, HasSubstr("cannot read the secret '"));
    EXPECT_THAT(*said, Not(HasSubstr("line=\"got")));
    EXPECT_THAT(*said, Not(HasSubstr("of-the-service")));
}

TEST_F(TwoUsers, NothingRunsOutOfALedgerThatAnotherCouldHaveWritten) {
    const std::string proof = scratch.path("proof");
    const std::string crontab = file(
        "root.crontab", "# name: own\n@every 500ms root echo made; : >> " + proof + "\n", 0, 0644);
    const std::string forged = scratch.path("forged");
    {
        Program maker(quantum_argv({"run", "--state", forged, "--system", crontab}));
        ASSERT_TRUE(maker.wait_for("line=made")) << maker.err();
        maker.signal(SIGTERM);
        ASSERT_EQ(maker.wait().exit_code, 0);
    }
    ASSERT_TRUE(std::filesystem::remove(proof));
    file("root.crontab", "61 * * * * root true\n", 0, 0644);  // bad: the ledger's jobs are kept
    Program daemon(argv());
    const auto expect_refused = [&](const std::string& where) {
        for (const std::vector<std::string>& words :
             {std::vector<std::string>{"run", "--state", where, "--system", crontab},
              {"status", "--state", where},
              {"history", "--state", where},
              {"logs", "own", "--state", where},
              {"verify", "--state", where},
              {"backup", scratch.path("copy"), "--state", where}}) {
            const Ended ended = quantum(words);
            EXPECT_EQ(ended.exit_code, 1) << where << ' ' << words.front() << ended.out;
            EXPECT_THAT(ended.err, testing::ContainsRegex("owned by uid|writable by")) << where;
        }
    };
    std::filesystem::copy(forged, home + "/state", std::filesystem::copy_options::recursive);
    expect_refused(home + "/state");  // root's, on a way of nobody's
    give(forged, nobody);
    expect_refused(forged);
    give(forged, 0);
    ASSERT_EQ(chmod(forged.c_str(), 0777), 0);
    expect_refused(forged);
    ASSERT_EQ(chmod(forged.c_str(), 0700), 0);
    give(forged + "/ledger.db", nobody);
    expect_refused(forged);
    give(forged + "/ledger.db", 0);
    ASSERT_EQ(symlink(forged.c_str(), (home + "/link").c_str()), 0);
    give(home + "/link", nobody);
    expect_refused(home + "/link");
    EXPECT_FALSE(std::filesystem::exists(proof));
    EXPECT_FALSE(std::filesystem::exists(scratch.path("copy")));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    end(daemon);
}

TEST_F(TwoUsers, AFifoOfCertificatesStopsNobody) {
    const std::string fifo = home + "/ca.pem";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0644), 0);
    give(fifo, nobody);
    file("home/own.pem", "", nobody, 0644);
    file("token", "of-root");
    const auto request = [&](const std::string& name, const std::string& ca) {
        return "[jobs." + name + "]\nschedule = \"@every 500ms\"\nsecrets_directory = \"" +
               scratch.path("") + "\"\nhttp = { url = \"https://127.0.0.1:1/\", ca_file = \"" + ca +
               "\", secret_headers = { Authorization = \"token\" } }\n";
    };
    Program daemon(argv(
        {},
        {file("site.toml", request("fifo", fifo) + request("own", home + "/own.pem"), 0, 0644)}));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    EXPECT_THAT(quantum({"status", "--state", state}).out, HasSubstr("running, process"));
    ASSERT_TRUE(daemon.wait_for("job=own")) << daemon.err();
    end(daemon);
    for (const std::string job : {"job=fifo", "job=own"}) {
        EXPECT_THAT(*said, testing::ContainsRegex(job + " [^\n]*outcome=failed[^\n]*owned by uid"))
            << tail(*said);
    }
}

TEST_F(TwoUsers, ChildrenThatNeverExecuteTheirProgramStopNobodyElse) {
    const LeasedProgram hanging(scratch.path("program"));
    std::string hangs;
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
        hangs += std::string("[jobs.") + name + "]\nschedule = \"@every 500ms\"\ncommand = [\"" +
                 hanging.path() + "\"]\n";
    }
    Program daemon(argv({}, {jobs(hangs)}));
    ASSERT_TRUE(daemon.wait_for("did not execute its program within 10s")) << tail(daemon.err());
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    EXPECT_THAT(quantum({"status", "--state", state}).out, HasSubstr("running, process"));
    end(daemon, true);  // some hang now
    EXPECT_GE(count_of(*said, "line=beat"), 9U);
    const auto beats = times_of(*said, "line=beat");
    for (std::size_t i = 1; i < beats.size(); ++i) EXPECT_LT(beats[i] - beats[i - 1], 4s);
}

/// What a process of root's started, gone with it.
struct Service {
    Program leader;
    explicit Service(const std::string& shell)
        : leader({"/usr/bin/setsid", "/bin/sh", "-c", shell}) {}
    ~Service() { kill(-leader.pid(), SIGKILL); }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    [[nodiscard]] bool lives() const { return base::read_process(leader.pid()).lives(); }
};

/// Ids of open executions in the environments of others, while the daemon dies.
struct TwoUsersAndACrash : TwoUsers {
    void attack(const std::string& on_crash) {
        const std::string line =
            "# name: long\n@every 500ms games echo begun; exec sleep 60 >/dev/null 2>&1\n";
        const std::vector<std::string> words = argv(line, {"--on-crash", on_crash});
        std::string id;
        pid_t own = 0;
        std::string scheduler;
        {
            Program daemon(words);
            ASSERT_TRUE(daemon.wait_for("line=begun")) << daemon.err();
            const auto begun = lines_with(daemon.err(), "msg=\"execution started\" job=long").at(0);
            id = value_of(begun, "execution");
            own = std::atoi(value_of(begun, "pid").c_str());
            daemon.signal(SIGKILL);
            ASSERT_EQ(daemon.wait().exit_code, 128 + SIGKILL);
        }
        ASSERT_FALSE(id.empty());
        ASSERT_GT(own, 0);
        // Of the attacker's own; and one of games' within a service of root's, which pays for it
        // alone where the run is to be ended.
        const std::string planted = "QUANTUM_EXECUTION_ID=" + id + " QUANTUM_SCHEDULER=1:1 ";
        const Service theirs("echo there; " + planted +
                             "exec setpriv --reuid=nobody --clear-groups sleep 60");
        Service service("env " + planted + "setpriv --reuid=games --clear-groups sleep " +
                        (on_crash == "end" ? "60" : "0") + " & echo there; sleep 60; true");
        ASSERT_TRUE(service.leader.wait_for("there"));
        if (on_crash == "wait") {
            ASSERT_EQ(kill(own, SIGKILL), 0);
        }
        Program daemon(words);
        const auto began = steady_clock::now();
        ASSERT_TRUE(daemon.wait_for("line=begun")) << "the job is still closed: " << daemon.err();
        EXPECT_LT(steady_clock::now() - began, 11s);
        EXPECT_TRUE(theirs.lives());
        EXPECT_TRUE(service.lives());
        EXPECT_FALSE(base::read_process(own).lives()) << "what was left of the run";
        end(daemon, true);
        EXPECT_TRUE(theirs.lives());
        EXPECT_TRUE(service.lives());
        EXPECT_EQ(quantum({"verify", "--state", state}).exit_code, 0);
    }
};

TEST_F(TwoUsersAndACrash, APlantedIdEndsNobodyElseAndKeepsNoJobClosed) { attack("end"); }

TEST_F(TwoUsersAndACrash, APlantedIdIsNotWaitedFor) { attack("wait"); }

TEST_F(TwoUsers, ManyProcessesDoNotDelayATimeout) {
    const OpaqueProcesses crowd(nobody, 200);
    ASSERT_TRUE(crowd.all_hide());
    Program daemon(argv({}, {jobs("[jobs.slow]\nschedule = \"@every 2s\"\ntimeout = \"1s\"\n"
                                  "shell = \"trap 'echo told; kill $!; exit' TERM; echo begun; "
                                  "sleep 60 >/dev/null 2>&1 & wait\"\n",
                                  "user = \"games\"")}));
    // The machine may have other work at a time: one of three.
    auto told = Duration::max();
    auto ended = Duration::max();
    for (std::size_t run = 0; run < 3 && (told > 1200ms || ended > 2s); ++run) {
        const std::string& log = daemon.err();
        while (count_of(log, "outcome=timed_out") <= run) {
            ASSERT_TRUE(daemon.wait_for_more()) << tail(log);
        }
        const WallTime begun = times_of(log, "line=begun").at(run);
        told = std::min<Duration>(told, times_of(log, "line=told").at(run) - begun);
        ended = std::min<Duration>(ended, times_of(log, "outcome=timed_out").at(run) - begun);
    }
    RecordProperty("told_after_us", std::to_string(told.count()));
    RecordProperty("ended_after_us", std::to_string(ended.count()));
    EXPECT_LE(told, 1200ms);
    EXPECT_LE(ended, 2s);
    end(daemon, true);
    EXPECT_THAT(quantum({"history", "slow", "--state", state}).out, HasSubstr("timed_out"));
}

TEST_F(TwoUsers, RetriesAndOutputWithoutEndStayWithinTheirCaps) {
    constexpr std::size_t rate = 4096;
    const std::string noise = "\nschedule = \"@reboot\"\ncommand = [\"yes\", \"all work\"]\n";
    Program daemon(argv(
        {}, {"--log-output-rate", "4KiB", "--keep-output-size", "1MiB",
             jobs("[jobs.yes-1]" + noise + "[jobs.yes-2]" + noise + "[jobs.yes-3]" + noise +
                  "[jobs.again]\nschedule = \"@reboot\"\nretries = 1000\n"
                  "backoff = { first = \"1ms\", factor = 1, longest = \"1ms\", jitter = 0.0 }\n"
                  "retry_past_next = true\nshell = \"echo again; exit 1\"\n")}));
    const auto begin = steady_clock::now();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 4));
    const auto seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
    std::uintmax_t stored = 0;
    std::uintmax_t spooled = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(state)) {
        if (!entry.is_regular_file()) continue;
        (entry.path().parent_path().filename() == "spool" ? spooled : stored) += entry.file_size();
    }
    EXPECT_LE(spooled, 4U * (260U << 10U)) << "256 KiB a run";
    EXPECT_LE(stored, 8U << 20U);
    const double attempts = static_cast<double>(count_of(daemon.err(), "line=again"));
    EXPECT_GT(attempts, 1);
    EXPECT_LE(attempts, seconds * 10 + 2) << "100 ms apart";
    // A burst of 16 times the rate for each job; what is said about a run costs some lines.
    EXPECT_LE(static_cast<double>(daemon.err().size()), 4 * rate * (16 + seconds) + 300'000);
    end(daemon, true);
    EXPECT_EQ(quantum({"verify", "--state", state}).exit_code, 0);
}

TEST_F(TwoUsers, AGroupThatNobodyAllowedIsNotTaken) {
    Program daemon(
        argv({}, {file("site.toml",
                       "allow_run_as = [\"nobody\"]\n[jobs.shadow]\nschedule = \"@every 500ms\"\n"
                       "user = \"nobody\"\ngroup = \"shadow\"\nworking_directory = \"/\"\n"
                       "shell = \"echo ran; cat /etc/shadow\"\n",
                       0, 0644)}));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 2));
    end(daemon);
    EXPECT_THAT(*said, HasSubstr("allow_run_as_group"));
    EXPECT_THAT(*said, Not(HasSubstr("line=ran")));
    EXPECT_THAT(*said, Not(HasSubstr("root:")));
}

TEST_F(TwoUsers, ABackupIsNoFileOfTheirs) {
    Program daemon(argv());
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    const std::string safe = directory("safe");
    ASSERT_EQ(symlink(safe.c_str(), (home + "/way").c_str()), 0);
    give(home + "/way", nobody);
    for (const std::string& to : {home + "/copy.db", home + "/way/copy.db"}) {
        const Ended refused = quantum({"backup", to, "--state", state});
        EXPECT_EQ(refused.exit_code, 1) << to;
        EXPECT_THAT(refused.err, HasSubstr("is owned by uid 65534"));
    }
    EXPECT_NE(access((home + "/copy.db").c_str(), F_OK), 0);
    EXPECT_TRUE(std::filesystem::is_empty(safe));
    EXPECT_EQ(quantum({"backup", safe + "/copy.db", "--state", state}).exit_code, 0);
    end(daemon);
}

TEST_F(TwoUsers, ThePathOfAnEnvironmentFileIsToldNowhere) {
    file("home/env", "PATH=/a-secret-place\nKEY=another-secret\n", nobody);
    Program daemon(argv({}, {jobs("[jobs.lost]\nschedule = \"@reboot\"\ncommand = [\"no-such\"]\n"
                                  "env_file = \"" +
                                  home + "/env\"\n")}));
    ASSERT_TRUE(daemon.wait_for("outcome=failed")) << daemon.err();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    const Ended history = quantum({"history", "lost", "--json", "--attempts", "--state", state});
    end(daemon);
    EXPECT_THAT(history.out, HasSubstr("no-such"));
    for (const std::string& text : {history.out, *said, text_of_file(state + "/ledger.db"),
                                    text_of_file(state + "/ledger.db-wal")}) {
        EXPECT_THAT(text, Not(HasSubstr("a-secret-place")));
        EXPECT_THAT(text, Not(HasSubstr("another-secret")));
    }
}

TEST_F(TwoUsers, AFifoInPlaceOfTheLockOrTheSpoolIsWaitedForByNobody) {
    const std::string line = "# name: long\n@reboot games echo begun; exec sleep 60\n";
    pid_t own = 0;
    {
        Program daemon(argv(line));
        ASSERT_TRUE(daemon.wait_for("line=begun")) << daemon.err();
        own = std::atoi(
            value_of(lines_with(daemon.err(), "msg=\"execution started\" job=long").at(0), "pid")
                .c_str());
        daemon.signal(SIGKILL);
        daemon.wait();
    }
    ASSERT_EQ(kill(own, SIGKILL), 0);
    int replaced = 0;
    std::vector<std::filesystem::path> files{state + "/lock"};
    for (const auto& entry : std::filesystem::directory_iterator(state + "/spool")) {
        files.push_back(entry.path());
    }
    for (const auto& path : files) {
        std::filesystem::remove(path);
        ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
        ++replaced;
    }
    ASSERT_GE(replaced, 2);
    const auto begin = steady_clock::now();
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"status"}, {"logs", "long"}, {"history"}, {"verify"}}) {
        std::vector<std::string> all = words;
        all.insert(all.end(), {"--state", state});
        static_cast<void>(quantum(all));
    }
    const Ended refused =
        quantum({"run", "--state", state, scratch.path("system.crontab"), "--system"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("lock"));
    EXPECT_LT(steady_clock::now() - begin, 8s);
    ASSERT_TRUE(std::filesystem::remove(state + "/lock"));
    Program daemon(argv(line));
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(daemon, 1));
    end(daemon, true);
    EXPECT_THAT(quantum({"history", "long", "--state", state}).out, HasSubstr("lost"));
}

}  // namespace
}  // namespace quantum::test
