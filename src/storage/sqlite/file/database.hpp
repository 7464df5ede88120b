#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::sqlite {

/// An SQLite error. Inside the adapter it is an exception; at the adapter's boundary it becomes a
/// value.
class Failure : public std::runtime_error {
public:
    Failure(int code, const std::string& message) : std::runtime_error(message), code_(code) {}

    /// The extended result code.
    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] int primary_code() const { return code_ & 0xFF; }

private:
    int code_;
};

/// A prepared statement, kept as long as its connection.
///
///     statement.bind(1, name);
///     while (statement.step()) use(statement.integer(0));
///
/// Texts and blobs are bound by reference and must live until the statement is reset. A statement
/// that has returned its last row, or failed, resets itself.
class Statement {
public:
    Statement(sqlite3* database, std::string_view sql);

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);
    Statement& bind_blob(int index, std::string_view bytes);
    Statement& bind_null(int index);

    /// Returns true if there is a row, false if it is done.
    bool step();
    /// Runs a statement without result rows.
    void run();
    void reset();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };
    [[noreturn]] void raise();

    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

/// A connection. Not thread-safe: its owner locks.
class Database {
public:
    enum class Mode {
        read_write,
        read_only,
        /// Nothing is written, not even next to the file, and nothing is locked: for a file that
        /// nobody writes to meanwhile. The contents of its log are read too, if there is one.
        alone,
    };

    Database(const PlacedFile& file, Mode mode, std::chrono::milliseconds busy_timeout);

    void execute(const char* sql);
    [[nodiscard]] std::int64_t integer(std::string_view sql);
    [[nodiscard]] std::string text(std::string_view sql);
    [[nodiscard]] Statement prepare(std::string_view sql) { return {handle(), sql}; }
    [[nodiscard]] int changes() const;
    /// The size of its page cache.
    [[nodiscard]] int page_bytes() const;
    /// Releases them.
    void forget_pages() { sqlite3_db_release_memory(handle()); }
    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

private:
    struct Closer {
        void operator()(sqlite3* handle) const;
    };
    std::unique_ptr<sqlite3, Closer> handle_;
};

/// BEGIN … COMMIT; rolled back if `commit` was not reached or failed. A reading transaction is part
/// of the transaction that is already open, if there is one.
class Transaction {
public:
    enum class Kind { read, write };

    Transaction(Database& database, Kind kind);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Database& database_;
    bool open_ = false;
};

}  // namespace quantum::sqlite
