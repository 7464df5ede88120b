// What happens to a state directory while somebody holds it: removed, moved, replaced, asked for a
// second time.
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/storage/sqlite.hpp"
#include "quantum/storage/storage.hpp"

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

struct StateDirectory : testing::Test {
    TemporaryDirectory scratch;
    const fs::path state = scratch.path() / "state";
    const fs::path aside = scratch.path() / "aside";
    std::uint64_t last = 0;

    std::unique_ptr<SqliteStorage> open() {
        auto opened = SqliteStorage::open(state);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    /// A batch that starts something; the next one has the same number where it was refused.
    CommitResult start(SqliteStorage& storage) {
        const std::uint64_t id = last + 1;
        CommitResult result =
            storage.commit({.id = id, .claims = {entry_at(noon + id * 1s, "a", id)}});
        if (result.status == CommitStatus::done) last = id;
        return result;
    }
    CommitResult end(SqliteStorage& storage) {
        const std::uint64_t id = last + 1;
        CommitResult result = storage.commit(
            {.id = id, .finishes = {finish_of(entry_at(noon + last * 1s, "a", last))}});
        if (result.status == CommitStatus::done) last = id;
        return result;
    }
    /// As `SqliteStorage::open` answers in a process of its own: 0, or the number of the error.
    [[nodiscard]] int open_elsewhere() const {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto second = SqliteStorage::open(state);
            ::_exit(second ? 0 : 1 + static_cast<int>(second.error().code));
        }
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return WEXITSTATUS(status);
    }
    static constexpr int refused = 1 + static_cast<int>(ErrorCode::unavailable);
};

/// What is taken away, and what the refusal says of it. The directory itself: ".".
struct Taken {
    const char* name;
    const char* what;
    const char* says;
};

struct WhatIsTaken : StateDirectory, testing::WithParamInterface<Taken> {
    [[nodiscard]] fs::path place() const {
        return GetParam().what == std::string(".") ? state : state / GetParam().what;
    }
    void refuses_to_start(SqliteStorage& storage, const char* how) {
        const CommitResult refusal = start(storage);
        EXPECT_EQ(refusal.status, CommitStatus::failed);
        EXPECT_THAT(refusal.reason,
                    AllOf(HasSubstr(state.string()), HasSubstr(GetParam().says), HasSubstr(how)));
    }
};

TEST_P(WhatIsTaken, NothingStartsWhileItIsGoneAndItHealsWhenItIsBack) {
    const auto storage = open();
    ASSERT_EQ(start(*storage).status, CommitStatus::done);
    fs::rename(place(), aside);

    refuses_to_start(*storage, "is gone");
    // What runs ends, and that is kept where the file is now.
    const CommitResult ended = end(*storage);
    EXPECT_EQ(ended.status, CommitStatus::done);
    EXPECT_TRUE(ended.starts_nothing);
    EXPECT_THAT(ended.reason, HasSubstr(GetParam().says));
    refuses_to_start(*storage, "is gone");

    fs::rename(aside, place());
    const CommitResult healed = start(*storage);
    EXPECT_EQ(healed.status, CommitStatus::done) << healed.reason;
    EXPECT_FALSE(healed.starts_nothing);
    EXPECT_EQ(storage->entries({})->size(), 2u);
    EXPECT_EQ(storage->entries({})->at(0).state, EntryState::succeeded);
}

TEST_P(WhatIsTaken, NothingStartsWhileAnotherFileStandsInItsPlace) {
    const auto storage = open();
    ASSERT_EQ(start(*storage).status, CommitStatus::done);
    fs::rename(place(), aside);
    fs::copy(aside, place(), fs::copy_options::recursive);

    refuses_to_start(*storage, "has been replaced");
    refuses_to_start(*storage, "has been replaced");

    fs::remove_all(place());
    fs::rename(aside, place());
    EXPECT_EQ(start(*storage).status, CommitStatus::done);
}

INSTANTIATE_TEST_SUITE_P(Names, WhatIsTaken,
                         testing::Values(Taken{"directory", ".", "the state directory"},
                                         Taken{"ledger", "ledger.db", "ledger.db"},
                                         Taken{"lock", "lock", "lock"}),
                         [](const auto& row) { return std::string(row.param.name); });

struct LogIsTaken : StateDirectory, testing::WithParamInterface<const char*> {};

// The log has no copy: what it holds is put into the ledger while somebody still has it open.
TEST_P(LogIsTaken, WhatItHoldsIsInTheLedgerAndTheNextLogHasAName) {
    const pid_t child = ::fork();
    if (child == 0) {
        const auto storage = open();
        const bool before = start(*storage).status == CommitStatus::done;
        for (const std::string name : {"-wal", "-shm"}) {
            if (GetParam() == name || GetParam() == std::string("both")) {
                fs::remove(state / ("ledger.db" + name));
            }
        }
        const bool after = start(*storage).status == CommitStatus::done;
        ::_exit(before && after ? 0 : 1);  // as after a crash: the log is all there is
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 0);
    const auto storage = open();
    EXPECT_EQ(storage->entries({})->size(), 2u);
    EXPECT_TRUE(storage->ledger().integrity_check());
}

INSTANTIATE_TEST_SUITE_P(Names, LogIsTaken, testing::Values("-wal", "-shm", "both"),
                         [](const auto& row) {
                             const std::string name = row.param;
                             return name == "both" ? name : name.substr(1);
                         });

TEST_F(StateDirectory, AMissingLockDeceivesNoSecondInstance) {
    const auto storage = open();
    ASSERT_EQ(start(*storage).status, CommitStatus::done);
    fs::remove(state / "lock");

    EXPECT_EQ(open_elsewhere(), refused);

    EXPECT_FALSE(fs::exists(state / "lock")) << "the second instance left something behind";
    const auto here = SqliteStorage::open(state);
    ASSERT_FALSE(here);
    EXPECT_THAT(here.error().message,
                HasSubstr("another instance holds this state directory: process " +
                          std::to_string(::getpid())));
}

TEST_F(StateDirectory, AnotherLockFileDeceivesNoSecondInstance) {
    const auto storage = open();
    fs::remove(state / "lock");
    std::ofstream(state / "lock") << "1\n";
    EXPECT_EQ(open_elsewhere(), refused);
}

TEST_F(StateDirectory, ALedgerUnderASecondNameIsHeldUnderThatToo) {
    const auto storage = open();
    const fs::path other = scratch.path() / "other";
    fs::create_directories(other);
    fs::create_hard_link(state / "ledger.db", other / "ledger.db");
    const auto second = SqliteStorage::open(other);
    ASSERT_FALSE(second);
    // Root does not even ask.
    EXPECT_EQ(second.error().code, ::geteuid() == 0 ? ErrorCode::io_error : ErrorCode::unavailable);
    EXPECT_FALSE(fs::exists(other / "lock"));
}

TEST_F(StateDirectory, TheLocksOfSqliteOutliveARefusedSecondInstance) {
    const auto storage = open();
    ASSERT_EQ(start(*storage).status, CommitStatus::done);
    fs::remove(state / "lock");
    EXPECT_FALSE(SqliteStorage::open(state));
    // SQLite's shared lock on the ledger, which keeps everybody else from removing the log, is one
    // of the process: whoever opens and closes the file in it takes that away.
    const pid_t child = ::fork();
    if (child == 0) {
        const int fd = ::open((state / "ledger.db").c_str(), O_RDWR | O_CLOEXEC);
        struct flock shared {};
        shared.l_type = F_WRLCK;
        shared.l_start = 0x40000002;
        shared.l_len = 510;
        ::_exit(fd >= 0 && ::fcntl(fd, F_GETLK, &shared) == 0 && shared.l_type == F_RDLCK ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// -- The sign of an earlier life ---------------------------------------------------------------

struct LifeBefore : StateDirectory {
    /// One life, and all that is left when its ledger is lost.
    void lose_ledger(const std::function<void(const fs::path& ledger)>& how) {
        {
            const auto storage = open();
            ASSERT_EQ(start(*storage).status, CommitStatus::done);
        }
        ASSERT_TRUE(fs::exists(state / "life"));
        how(state / "ledger.db");
    }
    void is_refused_until_asked_for() {
        const auto first = SqliteStorage::open(state);
        ASSERT_FALSE(first);
        EXPECT_EQ(first.error().code, ErrorCode::corrupt);
        EXPECT_THAT(first.error().message,
                    AllOf(HasSubstr((state / "ledger.db").string()), HasSubstr("--new-ledger")));
        const auto again = SqliteStorage::open(state);
        EXPECT_FALSE(again) << "the refused start made the ledger";

        const auto anew = SqliteStorage::open(state, {.new_ledger = true});
        ASSERT_TRUE(anew) << anew.error().message;
        EXPECT_TRUE((*anew)->entries({})->empty());
    }
};

TEST_F(LifeBefore, AMissingLedgerIsNotTakenForANewOne) {
    lose_ledger([](const fs::path& ledger) { fs::remove(ledger); });
    is_refused_until_asked_for();
}

TEST_F(LifeBefore, AnEmptyLedgerIsNotTakenForANewOne) {
    lose_ledger([](const fs::path& ledger) { fs::resize_file(ledger, 0); });
    is_refused_until_asked_for();
    open();  // the new one is one
}

TEST_F(LifeBefore, ADatabaseWithoutTablesIsNotTakenForANewOne) {
    lose_ledger([](const fs::path& ledger) {
        fs::remove(ledger);
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(ledger.c_str(), &database), SQLITE_OK);
        EXPECT_EQ(
            sqlite3_exec(database, "CREATE TABLE t(x); DROP TABLE t", nullptr, nullptr, nullptr),
            SQLITE_OK);
        sqlite3_close(database);
        ASSERT_GT(fs::file_size(ledger), 0u);
    });
    is_refused_until_asked_for();
}

TEST_F(LifeBefore, NobodyWhoLooksAtAnEmptyLedgerRemovesItsLog) {
    lose_ledger([](const fs::path& ledger) {
        fs::resize_file(ledger, 0);
        std::ofstream(ledger.string() + "-wal") << "what is left of it";
    });
    const auto reader = SqliteLedger::open(state);
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().message, HasSubstr("it is empty"));
    EXPECT_FALSE(SqliteStorage::open(state));
    EXPECT_TRUE(fs::exists(state / "ledger.db-wal"));
}

TEST_F(LifeBefore, LockAndSpoolAloneAreNoSignOfOne) {
    fs::create_directories(state / "spool");
    std::ofstream(state / "lock") << "1\n";
    std::ofstream(state / "ledger.db");
    open();
}

TEST_F(LifeBefore, ALedgerWithoutTheSignGetsIt) {
    { const auto storage = open(); }
    fs::remove(state / "life");
    { const auto storage = open(); }
    EXPECT_TRUE(fs::exists(state / "life"));
}

TEST_F(LifeBefore, NoSignIsLeftBeforeTheLedgerIsOnDisk) {
    fs::create_directories(state);
    std::ofstream(state / "ledger.db") << "this is no ledger, and will not become one";
    EXPECT_FALSE(SqliteStorage::open(state));
    EXPECT_FALSE(fs::exists(state / "life"));
    fs::remove(state / "ledger.db");
    const pid_t child = ::fork();
    if (child == 0) {
        const auto storage = SqliteStorage::open(state);
        ::_exit(storage ? 0 : 1);  // no destructor runs
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 0);
    ASSERT_TRUE(fs::exists(state / "life"));
    // The tables are in the ledger itself, whatever becomes of the log.
    fs::remove(state / "ledger.db-wal");
    fs::remove(state / "ledger.db-shm");
    open();
}

TEST_F(LifeBefore, ALedgerThatIsEmptiedUnderItsHolderTakesNothingMore) {
    const auto storage = open();
    ASSERT_EQ(start(*storage).status, CommitStatus::done);
    fs::resize_file(state / "ledger.db", 0);
    const CommitResult refusal = start(*storage);
    EXPECT_EQ(refusal.status, CommitStatus::failed);
    EXPECT_THAT(refusal.reason, HasSubstr("has been emptied"));
}

// -- As it is seen from outside -----------------------------------------------------------------

TEST_F(StateDirectory, ItsStatusNamesTheHolderAndItsTroubles) {
    {
        const auto storage = open();
        auto status = instance_status(state);
        ASSERT_TRUE(status) << status.error().message;
        EXPECT_TRUE(status->is_held);
        EXPECT_EQ(status->process, ::getpid());
        EXPECT_FALSE(status->is_degraded);
        EXPECT_FALSE(status->is_suspended);

        fs::remove(state / "lock");
        status = instance_status(state);
        ASSERT_TRUE(status) << status.error().message;
        EXPECT_TRUE(status->is_held);
        EXPECT_EQ(status->process, ::getpid());
        EXPECT_TRUE(status->is_degraded);
        EXPECT_THAT(status->reason, HasSubstr("lock"));
    }
    const auto status = instance_status(state);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_FALSE(status->is_held);
    EXPECT_FALSE(status->is_degraded);
}

TEST_F(StateDirectory, ItsStatusKnowsOfALostLedgerBeforeTheHolderDoes) {
    const auto storage = open();
    fs::remove(state / "ledger.db");
    const auto status = instance_status(state);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_TRUE(status->is_held);
    EXPECT_TRUE(status->is_degraded);
    EXPECT_THAT(status->reason, HasSubstr("ledger.db"));
}

TEST_F(StateDirectory, ItsStatusFollowsItToAnotherName) {
    const auto storage = open();
    fs::rename(state, aside);
    EXPECT_EQ(start(*storage).status, CommitStatus::failed);
    const auto status = instance_status(aside);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_TRUE(status->is_degraded);
    EXPECT_TRUE(status->degraded_since);
    EXPECT_THAT(status->reason, HasSubstr("the state directory is gone"));

    const auto gone = instance_status(state);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::not_found);
    EXPECT_THAT(gone.error().message, HasSubstr("no such directory"));
}

TEST_F(StateDirectory, NobodyWaitsForAPipeInPlaceOfTheLock) {
    fs::create_directories(state);
    ASSERT_EQ(::mkfifo((state / "lock").c_str(), 0600), 0);
    const auto status = instance_status(state);
    EXPECT_TRUE(!status || !status->is_held);
}

/// What a root daemon believes nobody else can have written.
struct ForgedState : StateDirectory {
    static constexpr uid_t other = 65534;

    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root can give files to others";
        const auto storage = open();
        ASSERT_EQ(start(*storage).status, CommitStatus::done);
    }
    /// Whoever opens it, to write, to read or to ask who holds it, says this.
    void expect_refused(const fs::path& asked, const std::string& says) {
        const auto writer = SqliteStorage::open(asked);
        ASSERT_FALSE(writer) << says;
        EXPECT_THAT(writer.error().message, HasSubstr(says));
        const auto reader = SqliteLedger::open(asked);
        ASSERT_FALSE(reader) << says;
        EXPECT_THAT(reader.error().message, HasSubstr(says));
        const auto status = instance_status(asked);
        ASSERT_FALSE(status) << says;
        EXPECT_THAT(status.error().message, HasSubstr(says));
    }
};

TEST_F(ForgedState, ADirectoryOfAnotherUserIsRefused) {
    ASSERT_EQ(::chown(state.c_str(), other, other), 0);
    expect_refused(state, "state is owned by uid 65534; it must be owned by root");
}

TEST_F(ForgedState, ADirectoryThatOthersMayWriteToIsRefused) {
    ASSERT_EQ(::chmod(state.c_str(), 0770), 0);
    expect_refused(state, "is writable by users other than its owner (mode 0770)");
}

TEST_F(ForgedState, ALinkOfAnotherUserIsRefused) {
    const fs::path way = scratch.path() / "way";
    fs::create_directory_symlink(state, way);
    EXPECT_TRUE(SqliteStorage::open(way)) << "root's own link";
    ASSERT_EQ(::lchown(way.c_str(), other, other), 0);
    expect_refused(way, "way on its way is owned by uid 65534");
}

TEST_F(ForgedState, EachFileThatIsBelievedHasToBeRoots) {
    for (const char* name : {"ledger.db", "lock", "life", "ledger.db-wal", "ledger.db-shm"}) {
        const fs::path file = state / name;
        const bool is_new = !fs::exists(file);
        if (is_new) std::ofstream(file).close();
        ASSERT_EQ(::chown(file.c_str(), other, other), 0);
        expect_refused(state, std::string(name) + ": is owned by uid 65534");
        ASSERT_EQ(::chown(file.c_str(), 0, 0), 0);
        ASSERT_EQ(::chmod(file.c_str(), 0620), 0);
        expect_refused(state, std::string(name) + ": is writable by others than root");
        ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
        fs::create_hard_link(file, scratch.path() / "second");
        expect_refused(state, std::string(name) + ": has more than one hard link");
        fs::remove(scratch.path() / "second");
        if (is_new) fs::remove(file);
    }
    EXPECT_TRUE(SqliteStorage::open(state));
}

TEST_F(ForgedState, ABackupIsMadeNowhereThatAnotherUserRules) {
    const auto ledger = SqliteLedger::open(state);
    ASSERT_TRUE(ledger);
    const fs::path theirs = scratch.path() / "theirs";
    fs::create_directory(theirs);
    ASSERT_EQ(::chown(theirs.c_str(), other, other), 0);
    const Status copied = (*ledger)->backup(theirs / "copy.db");
    ASSERT_FALSE(copied);
    EXPECT_THAT(copied.error().message, HasSubstr("theirs is owned by uid 65534"));
    EXPECT_TRUE(fs::is_empty(theirs));
    const fs::path safe = scratch.path() / "safe";
    const fs::path way = scratch.path() / "way";
    fs::create_directory(safe);
    fs::create_directory_symlink(safe, way);
    ASSERT_EQ(::lchown(way.c_str(), other, other), 0);
    EXPECT_FALSE((*ledger)->backup(way / "copy.db"));
    EXPECT_TRUE(fs::is_empty(safe));
    EXPECT_TRUE((*ledger)->backup(safe / "copy.db"));
}

TEST_F(ForgedState, SqliteOpensTheDirectoryThatWasLookedAt) {
    const auto ledger = SqliteLedger::open(state);
    ASSERT_TRUE(ledger);
    // Under the name there is another one by now, when a connection of its own is made.
    fs::rename(state, aside);
    fs::create_directory(state);
    std::ofstream(state / "ledger.db") << "no ledger at all, but of some size";
    EXPECT_TRUE((*ledger)->integrity_check());
    EXPECT_EQ((*ledger)->entries({})->size(), 1u);
}

}  // namespace
}  // namespace quantum::test
