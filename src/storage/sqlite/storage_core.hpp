#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/storage/sqlite.hpp"

#include "base/mutex.hpp"
#include "storage/sqlite/file/connect.hpp"
#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/file/instance_lock.hpp"
#include "storage/sqlite/file/state_directory.hpp"
#include "storage/sqlite/ledger/writer.hpp"

namespace quantum {

/// The only writing connection of a state directory, and the handling of disk failures.
///
/// Locks: `mutex_` is a leaf; it is held for the duration of one transaction.
class SqliteStorage::Core {
public:
    Core(SqliteOptions options, sqlite::InstanceLock lock, sqlite::Blank blank);
    ~Core();

    /// Throws sqlite::Failure.
    void open();
    /// Ensures that the ledger is on disk and records it, unless that was done before. If this
    /// fails, it is tried again at the next start.
    void mark_life();

    [[nodiscard]] Result<Snapshot> load();
    [[nodiscard]] const sqlite::InstanceLock& lock() const { return lock_; }
    [[nodiscard]] CommitResult commit(const Batch& batch);
    [[nodiscard]] Result<bool> prune(const Retention& retention);
    [[nodiscard]] std::vector<std::string> problems() const;
    [[nodiscard]] std::uint64_t kept_output() const { return kept_output_; }

    std::unique_ptr<SqliteLedger> ledger;
    bool was_clean = true;
    std::string earlier_boot;

private:
    /// Ensures a connection, or throws sqlite::Failure. After an uncertain write it returns only
    /// when the log has been emptied: its contents are then in the database and on disk, or gone.
    void reconnect() QUANTUM_REQUIRES(mutex_);
    void disconnect() QUANTUM_REQUIRES(mutex_);
    void open_connection() QUANTUM_REQUIRES(mutex_);
    void close_connection() QUANTUM_REQUIRES(mutex_);
    /// Calls `work` while nobody else in this process has the file open.
    void with_readers_closed(const std::function<void()>& work) const;
    /// Rolls back, and closes a connection that has seen a disk failure.
    void recover_from(const sqlite::Failure& failure) QUANTUM_REQUIRES(mutex_);
    void mark_in_use() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] CommitResult resolve_uncertain_commit(const Batch& batch,
                                                        const sqlite::Failure& failure)
        QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] CommitResult store(const Batch& batch) QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] CommitResult store_in_place(const Batch& batch) QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] CommitResult write(const Batch& batch) QUANTUM_REQUIRES(mutex_);
    /// Checks whether what is stored now would be found by others: all files of the state directory
    /// have their names. If the write-ahead log does not, it is first emptied into the ledger and
    /// recreated.
    [[nodiscard]] Status in_place() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] Status renew_log() QUANTUM_REQUIRES(mutex_);
    void empty_log(sqlite::Database& database) const;
    /// Updates the lock file with the result of the last batch, if that is new.
    void publish_health(const CommitResult& result) QUANTUM_REQUIRES(mutex_);
    void forget_pages_when_many() QUANTUM_REQUIRES(mutex_);
    void checkpoint_when_due() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] Error error(const sqlite::Failure& failure) const;

    const sqlite::StatePaths paths_;
    const SqliteOptions options_;
    sqlite::InstanceLock lock_;
    sqlite::Blank blank_;

    std::atomic<std::uint64_t> kept_output_ = 0;
    mutable base::Mutex mutex_;
    std::unique_ptr<sqlite::Database> database_ QUANTUM_GUARDED_BY(mutex_);
    std::unique_ptr<sqlite::Writer> writer_ QUANTUM_GUARDED_BY(mutex_);
    std::uint64_t last_batch_ QUANTUM_GUARDED_BY(mutex_) = 0;
    /// The frames in the log since the last checkpoint, as of the last commit.
    int log_frames_ QUANTUM_GUARDED_BY(mutex_) = 0;
    int checkpoint_at_ QUANTUM_GUARDED_BY(mutex_) = 0;
    /// A commit failed halfway: whether its frames count is unknown until `reconnect`.
    bool commit_uncertain_ QUANTUM_GUARDED_BY(mutex_) = false;
    /// The batch that was reported as unknown.
    std::optional<std::uint64_t> unsettled_ QUANTUM_GUARDED_BY(mutex_);
    bool marked_ QUANTUM_GUARDED_BY(mutex_) = false;  // marked as in use, in the file
    /// Why it is degraded, as recorded in the lock file; empty: it is not.
    std::string told_ QUANTUM_GUARDED_BY(mutex_);
    WallTime degraded_since_ QUANTUM_GUARDED_BY(mutex_);
    /// The write-ahead log and its index, as opened by the connection.
    sqlite::FileIdentity log_ QUANTUM_GUARDED_BY(mutex_);
    sqlite::FileIdentity log_index_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<std::string> problems_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum
