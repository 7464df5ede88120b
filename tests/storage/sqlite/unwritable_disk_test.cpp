// A ledger on a disk that takes nothing more, full or read-only: it can be read as it stands, with
// what its log holds.
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/builders.hpp"
#include "support/own_mounts.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// How a life ended, and what it left beside the ledger.
enum class Left { nothing, log, log_and_index, empty_log };

struct UnwritableDisk : testing::TestWithParam<Left> {
    TemporaryDirectory scratch;
    const fs::path disk = scratch.path() / "disk";
    const fs::path state = disk / "state space?#%";

    void SetUp() override {
        if (!may_mount()) GTEST_SKIP() << "only root may mount a disk";
        fs::create_directories(disk);
    }

    /// 40 entries, half of them in the log alone where there is one.
    void write_ledger() const {
        const pid_t child = ::fork();
        if (child == 0) {
            auto storage = SqliteStorage::open(state);
            if (!storage) ::_exit(1);
            bool good = true;
            const auto write = [&](std::uint64_t id) {
                good &= (*storage)
                            ->commit({.id = id, .claims = {entry_at(noon + id * 1s, "a", id)}})
                            .status == CommitStatus::done;
            };
            for (std::uint64_t id = 1; id <= 20; ++id) write(id);
            (*storage).reset();
            storage = SqliteStorage::open(state);
            for (std::uint64_t id = 21; id <= 40; ++id) write(id);
            if (GetParam() == Left::nothing || GetParam() == Left::empty_log) (*storage).reset();
            ::_exit(good ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_EQ(status, 0);
        if (GetParam() == Left::log) fs::remove(state / "ledger.db-shm");
        if (GetParam() == Left::empty_log) std::ofstream(state / "ledger.db-wal");
        ASSERT_EQ(fs::exists(state / "ledger.db-wal"), GetParam() != Left::nothing);
    }

    [[nodiscard]] bool can_be_read() const {
        const auto instance = instance_status(state);
        if (!instance || instance->is_held) return print_error("status");
        const auto ledger = SqliteLedger::open(state);
        if (!ledger) return print_error(ledger.error().message);
        const auto entries = (*ledger)->entries({.limit = 1000});
        if (!entries) return print_error(entries.error().message);
        if (entries->size() != 40) return print_error(std::to_string(entries->size()) + " entries");
        if (const Status sound = (*ledger)->integrity_check(); !sound) {
            return print_error(sound.error().message);
        }
        const fs::path copy = scratch.path() / "copy.db";
        if (const Status copied = (*ledger)->backup(copy); !copied) {
            return print_error(copied.error().message);
        }
        return fs::file_size(copy) > 0;
    }
    static bool print_error(const std::string& what) {
        std::cerr << what << '\n';
        return false;
    }
};

TEST_P(UnwritableDisk, ThatIsReadOnlyCanBeRead) {
    write_ledger();
    EXPECT_TRUE(in_own_mounts([this] { return make_read_only(disk) && can_be_read(); }));
}

TEST_P(UnwritableDisk, ThatIsFullCanBeRead) {
    EXPECT_TRUE(in_own_mounts([this] {
        if (!mount_small_disk(disk, "size=2m,mode=700")) return print_error("mount");
        write_ledger();
        // Twice: what the first reader could not make whole keeps nobody from reading.
        return fill_disk(disk / "filled") && can_be_read() &&
               fs::remove(scratch.path() / "copy.db") && can_be_read();
    }));
}

std::string name_of(const testing::TestParamInfo<Left>& row) {
    constexpr std::array names{"nothing", "log", "log_and_index", "empty_log"};
    return names.at(static_cast<std::size_t>(row.param));
}

INSTANTIATE_TEST_SUITE_P(Left, UnwritableDisk,
                         testing::Values(Left::nothing, Left::log, Left::log_and_index,
                                         Left::empty_log),
                         name_of);

// Whoever reads without locks would see a ledger change under his eyes.
TEST(ALedgerThatIsHeld, IsNotReadWithoutItsLocks) {
    if (!may_mount()) GTEST_SKIP() << "only root may mount a disk";
    const TemporaryDirectory scratch;
    const fs::path state = scratch.path() / "state";
    std::array<int, 2> held{};
    std::array<int, 2> done{};
    ASSERT_EQ(::pipe2(held.data(), O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(done.data(), O_CLOEXEC), 0);
    const pid_t holder = ::fork();
    char byte = 0;
    if (holder == 0) {
        ::close(done[1]);
        const auto storage = SqliteStorage::open(state);
        fs::remove(state / "ledger.db-shm");  // what only a holder can read without
        if (!storage || ::write(held[1], &byte, 1) != 1) ::_exit(1);
        ::_exit(::read(done[0], &byte, 1) == 0 ? 0 : 1);
    }
    ::close(done[0]);
    ASSERT_EQ(::read(held[0], &byte, 1), 1);
    EXPECT_TRUE(in_own_mounts([&] { return make_read_only(state) && !SqliteLedger::open(state); }));
    ::close(done[1]);
    int status = 0;
    ASSERT_EQ(::waitpid(holder, &status, 0), holder);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(in_own_mounts([&] {
        return make_read_only(state) && SqliteLedger::open(state).has_value();
    })) << "what nobody holds is read";
}

}  // namespace
}  // namespace quantum::test
