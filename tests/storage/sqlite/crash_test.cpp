// What a ledger looks like after its process was killed, the power was cut, or the disk refused.
// Short by default; QUANTUM_LONG=1 runs the numbers the promise is judged by (start the program
// itself: ctest would end it too early).
#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/builders.hpp"
#include "storage/sqlite/script.hpp"
#include "support/paths.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;

constexpr int power_cut = 42;  // exit code of the failing disk

bool is_long() { return std::getenv("QUANTUM_LONG") != nullptr; }

int scaled(int usual, int in_long) { return is_long() ? in_long : usual; }

struct Writing {
    int status = 0;
    std::uint64_t acknowledged = 0;
    std::size_t failed = 0;
    std::size_t unknown = 0;
    std::size_t overcome = 0;

    [[nodiscard]] bool was_cut() const {
        return WIFEXITED(status) && WEXITSTATUS(status) == power_cut;
    }
    [[nodiscard]] bool wrote_all() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
};

// Runs the writing program with these words; `on_line` sees each line it says and may kill it.
Writing run_program(std::vector<std::string> words,
                    const std::vector<std::string>& environment = {},
                    const std::function<void(pid_t, const std::string&)>& on_line = {}) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

    words.insert(words.begin(), test::binary("storage_sqlite_writer"));
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<std::string> variables = environment;
    for (const std::string name : {"QUANTUM_MUTANT", "QUANTUM_MUTANT_MARK"}) {
        if (const char* value = std::getenv(name.c_str())) variables.push_back(name + '=' + value);
    }
    std::vector<char*> envp;
    for (auto& variable : variables) envp.push_back(variable.data());
    envp.push_back(nullptr);

    pid_t pid = 0;
    EXPECT_EQ(::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);

    Writing run;
    std::string text;
    const auto take_lines = [&] {
        for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            const std::string line = text.substr(0, end);
            text.erase(0, end + 1);
            if (line.rfind("done ", 0) == 0) run.acknowledged = std::stoull(line.substr(5));
            if (line.rfind("failed ", 0) == 0) ++run.failed;
            if (line.rfind("unknown ", 0) == 0) ++run.unknown;
            if (line.rfind("overcame ", 0) == 0) ++run.overcome;
            if (on_line) on_line(pid, line);
        }
    };
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(got));
        take_lines();
    }
    ::close(ends[0]);
    EXPECT_EQ(::waitpid(pid, &run.status, 0), pid);
    return run;
}

Writing run_writer(const fs::path& state, std::uint64_t last,
                   const std::vector<std::string>& environment = {},
                   const std::function<void(pid_t, const std::string&)>& on_line = {}) {
    return run_program({state.string(), std::to_string(last)}, environment, on_line);
}

std::vector<std::string> disk(const fs::path& state, std::uint64_t seed, std::string_view fault,
                              std::uint64_t at_operation) {
    return {"LD_PRELOAD=" QUANTUM_FAILING_DISK,
            "QUANTUM_DISK_FILES=" + (state / "ledger.db").string(),
            "QUANTUM_DISK_SEED=" + std::to_string(seed), "QUANTUM_DISK_FAULT=" + std::string(fault),
            "QUANTUM_DISK_AT=" + std::to_string(at_operation)};
}

struct Verdict {
    bool damaged = false;  ///< the file cannot be opened, or its pages contradict each other
    bool lost = false;  ///< sound, but an acknowledged batch is not there, or one is there in part
    std::uint64_t last_batch = 0;
    std::string reason;
};

// Opens what is left and compares it with what the script says it must be.
Verdict judge(const fs::path& state, std::uint64_t acknowledged) {
    Verdict verdict;
    auto storage = SqliteStorage::open(state);
    if (!storage) return {true, false, 0, storage.error().message};
    if (auto sound = (*storage)->ledger().integrity_check(); !sound) {
        return {true, false, 0, sound.error().message};
    }
    const auto snapshot = (*storage)->load();
    if (!snapshot) return {true, false, 0, snapshot.error().message};
    verdict.last_batch = snapshot->last_batch;

    std::uint64_t expected = 0;
    for (std::uint64_t id = 1; id <= snapshot->last_batch; ++id) expected += scripted_claims(id);
    std::uint64_t found = 0;
    std::uint64_t ended = 0;
    const auto counted = (*storage)->each({}, [&](const Entry& entry) {
        ++found;
        if (!entry.open()) ++ended;
        return true;
    });
    if (!counted) return {true, false, 0, counted.error().message};
    const std::uint64_t open =
        snapshot->last_batch == 0 ? 0 : scripted_claims(snapshot->last_batch);
    std::ostringstream reason;
    reason << "acknowledged " << acknowledged << ", last " << snapshot->last_batch << ", entries "
           << found << " of " << expected << ", open " << snapshot->open.size() << " of " << open;
    verdict.reason = reason.str();
    verdict.lost =
        snapshot->last_batch < acknowledged || found != expected || snapshot->open.size() != open ||
        found - ended != open ||
        (snapshot->last_batch != 0 && snapshot->watermark != scripted_due(snapshot->last_batch));
    return verdict;
}

// The index of the log is shared memory: a reboot takes it away.
void reboot(const fs::path& state) { fs::remove(state / "ledger.db-shm"); }

bool preloading_works() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

TEST(Killed, NothingAcknowledgedIsLostAtWhateverPointTheProcessDies) {
    const int kills = scaled(12, 500);
    std::mt19937_64 random(20'261'122);
    int in_flight = 0;
    std::uint64_t acknowledged = 0;
    auto directory = std::make_unique<TemporaryDirectory>();
    for (int kill = 0; kill < kills; ++kill) {
        if (kill % 25 == 24) {
            directory = std::make_unique<TemporaryDirectory>();
            acknowledged = 0;
        }
        const fs::path state = directory->path() / "state";
        std::uint64_t lines = 1 + random() % 40;
        const std::chrono::microseconds delay(random() % 3000);
        const Writing run = run_writer(state, 1'000'000, {}, [&](pid_t pid, const std::string&) {
            if (lines == 0 || --lines != 0) return;
            // Anywhere in the batch that follows: a busy wait, because a timer is too coarse.
            const auto until = std::chrono::steady_clock::now() + delay;
            while (std::chrono::steady_clock::now() < until) {
            }
            ::kill(pid, SIGKILL);
        });
        ASSERT_TRUE(WIFSIGNALED(run.status)) << run.status;
        acknowledged = std::max(acknowledged, run.acknowledged);
        const Verdict verdict = judge(state, acknowledged);
        ASSERT_FALSE(verdict.damaged || verdict.lost) << "kill " << kill << ": " << verdict.reason;
        if (verdict.last_batch > acknowledged) ++in_flight;
        acknowledged = verdict.last_batch;
    }
    // Else the kills fall between the batches, and prove little.
    if (is_long()) {
        EXPECT_GT(in_flight, 0);
    }
    RecordProperty("stored_but_not_answered", in_flight);
}

struct PowerCut : testing::Test {
    void SetUp() override {
        if (!preloading_works()) GTEST_SKIP() << "a sanitizer wants to be preloaded first";
    }
};

constexpr std::uint64_t batches_a_run = 130;
constexpr std::uint64_t operations_a_run = 4100;

TEST_F(PowerCut, WithFullSyncsNothingIsDamagedAndNothingAcknowledgedIsLost) {
    const int cuts = scaled(25, 1000);
    int happened = 0;
    std::mt19937_64 random(1);
    for (int cut = 0; happened < cuts; ++cut) {
        ASSERT_LT(cut, 2 * cuts) << "the cuts do not happen";
        const TemporaryDirectory directory;
        const fs::path state = directory.path() / "state";
        const auto at_operation = 1 + random() % operations_a_run;
        const Writing run =
            run_writer(state, batches_a_run, disk(state, random(), "cut", at_operation));
        if (!run.was_cut()) {
            ASSERT_TRUE(run.wrote_all()) << run.status;
            continue;
        }
        ++happened;
        reboot(state);
        const Verdict verdict = judge(state, run.acknowledged);
        ASSERT_FALSE(verdict.damaged || verdict.lost)
            << "operation " << at_operation << ": " << verdict.reason;
    }
}

// The control: were this not so, the cuts would prove nothing.
TEST_F(PowerCut, WithoutSyncsTheSameCutsDamageTheFile) {
    const int cuts = scaled(24, 300);
    int happened = 0;
    int damaged = 0;
    int lost = 0;
    std::mt19937_64 random(2);
    for (int cut = 0; happened < cuts; ++cut) {
        ASSERT_LT(cut, 2 * cuts) << "the cuts do not happen";
        const TemporaryDirectory directory;
        const fs::path state = directory.path() / "state";
        auto environment = disk(state, random(), "cut", 1 + random() % operations_a_run);
        environment.push_back("QUANTUM_DISK_LIES=1");
        const Writing run = run_writer(state, batches_a_run, environment);
        if (!run.was_cut()) continue;
        ++happened;
        reboot(state);
        const Verdict verdict = judge(state, run.acknowledged);
        damaged += verdict.damaged ? 1 : 0;
        lost += verdict.lost ? 1 : 0;
    }
    std::printf("control: %d of %d damaged, %d more lost batches\n", damaged, happened, lost);
    EXPECT_GE(damaged * 100, happened * 30);
}

TEST_F(PowerCut, WhatAFailedSyncLeftBehindIsNotBelievedLater) {
    const int cuts = scaled(24, 300);
    std::size_t refused = 0;
    int happened = 0;
    std::mt19937_64 random(3);
    for (int cut = 0; cut < cuts; ++cut) {
        const TemporaryDirectory directory;
        const fs::path state = directory.path() / "state";
        const auto at_operation = 1 + random() % operations_a_run;
        auto environment = disk(state, random(), "sync_eio", at_operation);
        environment.push_back("QUANTUM_DISK_CUT_AT=" +
                              std::to_string(at_operation + random() % 400));
        const Writing run = run_writer(state, batches_a_run, environment);
        // 43 would be a sync of a descriptor whose last sync failed.
        ASSERT_TRUE(run.was_cut() || run.wrote_all() ||
                    (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 3))
            << run.status;
        happened += run.was_cut() ? 1 : 0;
        refused += run.failed + run.unknown + run.overcome;
        reboot(state);
        const Verdict verdict = judge(state, run.acknowledged);
        ASSERT_FALSE(verdict.damaged || verdict.lost)
            << "operation " << at_operation << ": " << verdict.reason;
    }
    std::printf("%d cuts after a failed sync, %zu of them noticed by a batch\n", happened, refused);
    EXPECT_GT(happened, 0);
}

TEST_F(PowerCut, ABackupThatWasReportedIsThere) {
    const TemporaryDirectory directory;
    const fs::path state = directory.path() / "state";
    ASSERT_TRUE(run_writer(state, batches_a_run).wrote_all());
    const fs::path restored = directory.path() / "restored";
    fs::create_directory(restored);
    const fs::path copy = restored / "ledger.db";
    const Writing run =
        run_program({state.string(), "backup", copy.string()},
                    {"LD_PRELOAD=" QUANTUM_FAILING_DISK, "QUANTUM_DISK_FILES=" + copy.string(),
                     "QUANTUM_DISK_CUT_AT_EXIT=1"});
    ASSERT_TRUE(run.wrote_all()) << run.status;
    ASSERT_TRUE(fs::exists(copy));
    const Verdict verdict = judge(restored, batches_a_run);
    EXPECT_FALSE(verdict.damaged || verdict.lost) << verdict.reason;
}

// The same, from the first batch of a new ledger on.
TEST_F(PowerCut, WhatANewLedgerAcknowledgedIsThere) {
    const TemporaryDirectory directory;
    const fs::path state = directory.path() / "state";
    auto environment = disk(state, 1, "", 0);
    environment.push_back("QUANTUM_DISK_CUT_AT_EXIT=1");
    const Writing run = run_writer(state, 3, environment);
    ASSERT_TRUE(run.wrote_all()) << run.status;
    ASSERT_EQ(run.acknowledged, 3u);
    reboot(state);
    const Verdict verdict = judge(state, run.acknowledged);
    EXPECT_FALSE(verdict.damaged || verdict.lost) << verdict.reason;
}

struct Refusal {
    const char* fault;
    bool heals;
};

struct DiskThatRefuses : PowerCut, testing::WithParamInterface<Refusal> {};

TEST_P(DiskThatRefuses, CostsNoAcknowledgedBatchAndStoresNoneTwice) {
    const int runs = scaled(10, 300);
    std::mt19937_64 random(4);
    std::size_t refused = 0;
    for (int i = 0; i < runs; ++i) {
        const TemporaryDirectory directory;
        const fs::path state = directory.path() / "state";
        const auto at_operation = 1 + random() % operations_a_run;
        const Writing run =
            run_writer(state, batches_a_run, disk(state, random(), GetParam().fault, at_operation));
        refused += run.failed + run.unknown + run.overcome;
        ASSERT_TRUE(WIFEXITED(run.status)) << run.status;
        const int code = WEXITSTATUS(run.status);
        // 0: all written; 3: it could not be opened; 4: it gave up while the disk refused.
        EXPECT_TRUE(code == 0 || code == 3 || (code == 4 && !GetParam().heals)) << code;
        const Verdict verdict = judge(state, run.acknowledged);
        ASSERT_FALSE(verdict.damaged || verdict.lost)
            << "operation " << at_operation << ": " << verdict.reason;
        if (code == 0) {
            EXPECT_EQ(verdict.last_batch, batches_a_run);
        }
    }
    EXPECT_GT(refused, 0u) << "the disk never refused";
}

INSTANTIATE_TEST_SUITE_P(Faults, DiskThatRefuses,
                         testing::Values(Refusal{"enospc", true}, Refusal{"eio", true},
                                         Refusal{"sync_eio", true}, Refusal{"eio_on", false}),
                         [](const auto& test) { return std::string(test.param.fault); });

}  // namespace
}  // namespace quantum::test
