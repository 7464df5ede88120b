#include "storage/sqlite/file/database.hpp"

#include <cctype>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace quantum::sqlite {
namespace {

[[noreturn]] void raise(sqlite3* handle, int code, std::string_view what) {
    std::string message(what);
    message += ": ";
    if (handle != nullptr) {
        message += sqlite3_errmsg(handle);
        code = sqlite3_extended_errcode(handle);
    } else {
        message += sqlite3_errstr(code);
    }
    message += " (" + std::to_string(code) + ")";
    throw Failure(code, message);
}

std::string percent_encoded(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char character : path) {
        const auto byte = static_cast<unsigned char>(character);
        const bool is_plain = std::isalnum(byte) != 0 || character == '/' || character == '.' ||
                              character == '-' || character == '_';
        if (is_plain) {
            text += character;
        } else {
            text += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return text;
}

/// SQLite's own way to files, but that it takes the path as it is: it would put names in the place
/// of the open directory that the path leads through. The last part is opened by it with
/// O_NOFOLLOW.
const char* path_keeping_vfs(bool locks_nothing) {
    struct Kept {
        explicit Kept(const char* from, const char* name) {
            const sqlite3_vfs* const found = sqlite3_vfs_find(from);
            if (found == nullptr) return;
            vfs = *found;
            vfs.zName = name;
            vfs.pNext = nullptr;
            vfs.xFullPathname = [](sqlite3_vfs*, const char* path, int room, char* out) {
                const std::size_t size = std::strlen(path) + 1;
                if (size > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
                std::memcpy(out, path, size);
                return SQLITE_OK;
            };
            sqlite3_vfs_register(&vfs, 0);
        }
        sqlite3_vfs vfs{};
    };
    static const Kept usual(nullptr, "quantum");
    static const Kept without_locks("unix-none", "quantum-none");
    return locks_nothing ? without_locks.vfs.zName : usual.vfs.zName;
}

// SQLite wants to make the log and its index beside the file where they are not, even to read it.
// Without a log the file may be called immutable; that word would make it overlook a log, which is
// read by a connection that locks nothing and keeps its index to itself.
std::string uri_to_read_alone(const PlacedFile& file) {
    const bool has_log =
        static_cast<bool>(identity_of(file.directory, (file.name + "-wal").c_str()));
    std::error_code unknown;
    const std::string path = std::filesystem::absolute(file.kernel_path(), unknown).string();
    return "file:" + percent_encoded(path) +
           (has_log ? std::string("?vfs=") + path_keeping_vfs(true) : "?immutable=1");
}

}  // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);  // repeats the error of the last step, if any
}

Statement::Statement(sqlite3* database, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) sqlite::raise(database, code, "preparing");
    statement_.reset(statement);
}

void Statement::raise() {
    sqlite3* const database = sqlite3_db_handle(statement_.get());
    std::string message = sqlite3_errmsg(database);
    const int code = sqlite3_extended_errcode(database);
    sqlite3_reset(statement_.get());
    message += " (" + std::to_string(code) + ")";
    throw Failure(code, message);
}

Statement& Statement::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_.get(), index, value) != SQLITE_OK) raise();
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL: the empty text has an address of its own.
    const char* const begin = text.empty() ? "" : text.data();
    if (sqlite3_bind_text(statement_.get(), index, begin, static_cast<int>(text.size()),
                          SQLITE_STATIC) != SQLITE_OK) {
        raise();
    }
    return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
    const char* const begin = bytes.empty() ? "" : bytes.data();
    if (sqlite3_bind_blob(statement_.get(), index, begin, static_cast<int>(bytes.size()),
                          SQLITE_STATIC) != SQLITE_OK) {
        raise();
    }
    return *this;
}

Statement& Statement::bind_null(int index) {
    if (sqlite3_bind_null(statement_.get(), index) != SQLITE_OK) raise();
    return *this;
}

bool Statement::step() {
    switch (sqlite3_step(statement_.get())) {
        case SQLITE_ROW:
            return true;
        case SQLITE_DONE:
            sqlite3_reset(statement_.get());
            return false;
        default:
            raise();
    }
}

void Statement::run() {
    while (step()) {
    }
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* const begin = sqlite3_column_text(statement_.get(), column);
    if (begin == nullptr) return {};
    return {reinterpret_cast<const char*>(begin),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::blob(int column) const {
    const void* const begin = sqlite3_column_blob(statement_.get(), column);
    if (begin == nullptr) return {};
    return {static_cast<const char*>(begin),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Closer::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Database::Database(const PlacedFile& file, Mode mode, std::chrono::milliseconds busy_timeout) {
    // Never SQLITE_OPEN_CREATE: the file is made by the state directory, with its own mode. No
    // mutex in SQLite: a connection belongs to whoever holds the lock of its owner.
    const bool is_alone = mode == Mode::alone;
    const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                      (is_alone ? SQLITE_OPEN_URI : 0);
    const std::string name = is_alone ? uri_to_read_alone(file) : file.kernel_path();
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        path_keeping_vfs(false));
    handle_.reset(handle);
    if (code != SQLITE_OK) raise(handle, code, file.shown.string());
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    // The index of the log is then made in memory.
    if (is_alone) execute("PRAGMA locking_mode = EXCLUSIVE");
}

void Database::execute(const char* sql) {
    const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(handle(), code, sql);
}

std::int64_t Database::integer(std::string_view sql) {
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(std::string_view sql) {
    Statement statement = prepare(sql);
    return statement.step() ? std::string(statement.text(0)) : std::string();
}

int Database::changes() const { return sqlite3_changes(handle()); }

int Database::page_bytes() const {
    int bytes = 0;
    int most = 0;
    sqlite3_db_status(handle(), SQLITE_DBSTATUS_CACHE_USED, &bytes, &most, 0);
    return bytes;
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
    if (kind == Kind::read && sqlite3_get_autocommit(database_.handle()) == 0) return;
    // A read transaction that turns writer can fail with SQLITE_BUSY_SNAPSHOT at once: writers say
    // at the beginning what they are.
    database_.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    open_ = true;
}

Transaction::~Transaction() {
    // Some errors roll back by themselves; then there is nothing left to undo.
    if (open_ && sqlite3_get_autocommit(database_.handle()) == 0) {
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace quantum::sqlite
