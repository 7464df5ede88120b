#include "storage/sqlite/file/connect.hpp"

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/file/schema.hpp"

namespace quantum::sqlite {

std::unique_ptr<Database> connect_writer(const PlacedFile& file,
                                         std::chrono::milliseconds busy_timeout, Blank blank) {
    auto database = std::make_unique<Database>(file, Database::Mode::read_write, busy_timeout);
    // Whoever closes after an error must not write; a clean end says otherwise.
    sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // Refuses a foreign file before anything is written to it.
    if (schema_version(*database) == 0 && blank == Blank::is_refused) {
        throw Failure(SQLITE_CORRUPT, lost_ledger);
    }
    if (const std::string mode = database->text("PRAGMA journal_mode = WAL"); mode != "wal") {
        throw Failure(SQLITE_CANTOPEN,
                      "the file system does not support a write-ahead log: "
                      "journal mode is '" +
                          mode + "'");
    }
    database->execute("PRAGMA synchronous = FULL");
    // Checkpoints are made by the storage, which wants to know how they went.
    database->execute("PRAGMA wal_autocheckpoint = 0");
    database->execute("PRAGMA journal_size_limit = 67108864");
    database->execute("PRAGMA cache_size = -32768");
    database->execute("PRAGMA temp_store = MEMORY");
    database->execute("PRAGMA trusted_schema = OFF");
    migrate(*database);
    return database;
}

namespace {

std::unique_ptr<Database> connect_to_read(const PlacedFile& file, Database::Mode mode) {
    constexpr std::chrono::seconds patience(5);
    auto database = std::make_unique<Database>(file, mode, patience);
    // Nothing is written but what the log has to be recovered with after a crash, before it can be
    // read; closing leaves the log as it is.
    database->execute("PRAGMA query_only = ON");
    sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    database->execute("PRAGMA cache_size = -16384");
    if (mode == Database::Mode::alone) database->execute("PRAGMA temp_store = MEMORY");
    database->execute("PRAGMA trusted_schema = OFF");
    const int version = schema_version(*database);
    if (version == 0) throw Failure(SQLITE_CORRUPT, "it is empty and does not contain a ledger");
    if (version < newest_schema_version()) {
        throw Failure(SQLITE_SCHEMA, "its tables have version " + std::to_string(version) +
                                         ", but this program reads version " +
                                         std::to_string(newest_schema_version()) +
                                         "; the scheduler upgrades them when it starts");
    }
    return database;
}

// What a full or a read-only disk answers to whoever has to make the log's index.
bool is_want_of_room(const Failure& failure) {
    switch (failure.primary_code()) {
        case SQLITE_CANTOPEN:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_READONLY:
            return true;
        default:
            return false;
    }
}

bool is_held(const std::filesystem::path& directory) {
    const auto instance = instance_status(directory);
    return !instance || instance->is_held;
}

}  // namespace

std::unique_ptr<Database> connect_reader(const PlacedFile& file) {
    try {
        return connect_to_read(file, Database::Mode::read_write);
    } catch (const Failure& failure) {
        if (!is_want_of_room(failure) || is_held(file.shown.parent_path())) throw;
    }
    return connect_to_read(file, Database::Mode::alone);
}

Error to_error(const Failure& failure, const std::filesystem::path& file) {
    ErrorCode code = ErrorCode::io_error;
    switch (failure.primary_code()) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_SCHEMA:
        case SQLITE_CONSTRAINT:
            code = ErrorCode::corrupt;
            break;
        case SQLITE_INTERRUPT:  // broken off, because the writer had to close the file
            code = ErrorCode::unavailable;
            break;
        default:
            break;
    }
    return {code, file.string() + ": " + failure.what()};
}

}  // namespace quantum::sqlite
