#pragma once

#include <filesystem>
#include <memory>

#include "quantum/sqlite.hpp"

#include "base/mutex.hpp"
#include "storage/sqlite/database.hpp"

namespace quantum {

/// One reading connection and the lock that its users share. Locks: `mutex` is a leaf, but for
/// `each`, which holds it while it calls the visitor.
class SqliteLedger::Reader {
public:
    Reader(std::filesystem::path path, std::unique_ptr<sqlite::Database> connection)
        : file(std::move(path)), database(std::move(connection)) {}

    const std::filesystem::path file;
    Mutex mutex;
    const std::unique_ptr<sqlite::Database> database QUANTUM_PT_GUARDED_BY(mutex);
};

}  // namespace quantum
