#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "quantum/sqlite.hpp"

#include "base/mutex.hpp"
#include "storage/sqlite/connect.hpp"
#include "storage/sqlite/database.hpp"

namespace quantum {

/// One reading connection and the lock that its users share. Locks: `mutex` is a leaf, but for
/// `each`, which holds it while it calls the visitor.
class SqliteLedger::Reader {
public:
    explicit Reader(std::filesystem::path path) : file(std::move(path)) {}

    /// Connects where it is not connected. Throws sqlite::Failure.
    [[nodiscard]] sqlite::Database& database() QUANTUM_REQUIRES(mutex) {
        if (database_ == nullptr) {
            database_ = sqlite::connect_reader(file);
            handle_ = database_->handle();
        }
        return *database_;
    }

    /// Closes the file, breaking off what is being read; the next question opens it again. For the
    /// writer, one thread at a time: while anybody in the process has the file open, SQLite keeps
    /// the writer's descriptor for later use instead of closing it.
    void close() QUANTUM_EXCLUDES(mutex) {
        if (sqlite3* const handle = handle_) sqlite3_interrupt(handle);
        const MutexLock lock(mutex);
        handle_ = nullptr;
        database_.reset();
    }

    const std::filesystem::path file;
    Mutex mutex;

private:
    std::unique_ptr<sqlite::Database> database_ QUANTUM_GUARDED_BY(mutex);
    std::atomic<sqlite3*> handle_ = nullptr;  // of database_, for whoever does not hold the lock
};

}  // namespace quantum
