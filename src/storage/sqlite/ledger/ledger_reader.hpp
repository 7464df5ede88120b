#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "quantum/storage/sqlite.hpp"

#include "base/mutex.hpp"
#include "storage/sqlite/file/connect.hpp"
#include "storage/sqlite/file/database.hpp"

namespace quantum {

/// A reading connection and the lock that its users share. Locks: `mutex` is a leaf, except for
/// `each`, which holds it while it calls the visitor.
class SqliteLedger::Reader {
public:
    /// Of the ledger `path` in its directory.
    Reader(std::filesystem::path path, sqlite::Descriptor directory)
        : file(std::move(path)), directory_(std::move(directory)) {}
    /// Uses somebody else's connection, which must stay open.
    Reader(std::filesystem::path path, sqlite::Database& borrowed)
        : file(std::move(path)), borrowed_(&borrowed) {}

    /// Connects if it is not connected. Throws sqlite::Failure.
    [[nodiscard]] sqlite::Database& database() QUANTUM_REQUIRES(mutex) {
        if (borrowed_ != nullptr) return *borrowed_;
        if (database_ == nullptr) {
            database_ = sqlite::connect_reader(place());
            handle_ = database_->handle();
        }
        return *database_;
    }

    /// A separate connection for long operations that must not block anybody. They must end soon
    /// after `broken_off` becomes true.
    class Side {
    public:
        explicit Side(Reader& reader) : reader_(reader) {
            const base::MutexLock lock(reader_.mutex);
            database_ = sqlite::connect_reader(reader_.place());
            const base::MutexLock sides_lock(reader_.sides_mutex_);
            reader_.sides_.insert(this);
        }
        ~Side() {
            database_.reset();
            const base::MutexLock lock(reader_.sides_mutex_);
            reader_.sides_.erase(this);
            reader_.side_ended_.notify_all();
        }
        Side(const Side&) = delete;
        Side& operator=(const Side&) = delete;

        [[nodiscard]] sqlite::Database& database() { return *database_; }
        [[nodiscard]] bool broken_off() const { return broken_off_; }

    private:
        friend class Reader;
        Reader& reader_;
        std::unique_ptr<sqlite::Database> database_;
        std::atomic<bool> broken_off_ = false;
    };

    /// Calls `work` while nobody in this process reads the file: reads in progress are interrupted,
    /// and the next query opens it again. For the writer, one thread at a time: as long as anybody
    /// in the process has the file open, SQLite keeps the writer's descriptor for later use instead
    /// of closing it.
    template <class Work>
    void while_closed(const Work& work) QUANTUM_EXCLUDES(mutex) {
        if (sqlite3* const handle = handle_) sqlite3_interrupt(handle);
        const base::MutexLock lock(mutex);
        handle_ = nullptr;
        database_.reset();
        {
            const base::MutexLock sides_lock(sides_mutex_);
            for (Side* side : sides_) side->broken_off_ = true;
            while (!sides_.empty()) side_ended_.wait(sides_mutex_);
        }
        work();
    }

    const std::filesystem::path file;
    base::Mutex mutex;

private:
    [[nodiscard]] sqlite::PlacedFile place() const {
        return {directory_.get(), sqlite::StatePaths::ledger_name, file};
    }

    const sqlite::Descriptor directory_;
    sqlite::Database* const borrowed_ = nullptr;
    std::unique_ptr<sqlite::Database> database_ QUANTUM_GUARDED_BY(mutex);
    std::atomic<sqlite3*> handle_ =
        nullptr;               // handle of database_, for those who do not hold the lock
    base::Mutex sides_mutex_;  // a leaf
    std::condition_variable_any side_ended_;
    std::set<Side*> sides_ QUANTUM_GUARDED_BY(sides_mutex_);
};

}  // namespace quantum
