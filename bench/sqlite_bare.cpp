// The bare loop: the ledger's tables and statements through the C interface of SQLite.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sqlite3.h>

#include "quantum/storage/storage.hpp"

#include "sqlite_way.hpp"
#include "storage/sqlite/file/schema.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"

namespace quantum {
namespace {

class Bare final : public Way {
public:
    explicit Bare(std::size_t size) : load_(size) {
        const std::filesystem::path file = directory_.path() / "bare.db";
        if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) die("bare: open");
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = FULL");
        run("PRAGMA cache_size = -32768");
        sqlite3_close(database_);
        {
            sqlite::Database tables({AT_FDCWD, file.string(), file},
                                    sqlite::Database::Mode::read_write, {});
            sqlite::migrate(tables);
        }
        if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) die("bare: open again");
        run("PRAGMA synchronous = FULL");
        run("PRAGMA cache_size = -32768");
        insert_ = prepare(sqlite::insert_entry);
        finish_ = prepare(
            "UPDATE entry SET state = ?2, attempt = ?3, ended_at = ?4, outcome = ?5, "
            "exit_code = ?6, signal = ?7, duration = ?8, why = ?9, result = ?10 "
            "WHERE id = ?1 AND state < 2");
        state_ = prepare(
            "UPDATE state SET last_batch = ?1, watermark = coalesce(?2, watermark) WHERE one = 1");
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
    }
    ~Bare() override {
        for (sqlite3_stmt* statement : {insert_, finish_, state_, begin_, commit_}) {
            sqlite3_finalize(statement);
        }
        sqlite3_close(database_);
    }

    std::size_t group() override {
        load_.next(entries_);
        step(begin_);
        for (const Entry& entry : open_) finish(entry);
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            insert(entries_[i], static_cast<std::int64_t>(load_.picked()[i]) + 1);
        }
        sqlite3_bind_int64(state_, 1, ++batch_);
        sqlite3_bind_int64(state_, 2, load_.due().time_since_epoch().count());
        step(state_);
        step(commit_);
        std::swap(open_, entries_);
        return open_.size();
    }

private:
    void run(const char* sql) {
        if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) die(sql);
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                               nullptr) != SQLITE_OK) {
            die(sqlite3_errmsg(database_));
        }
        return statement;
    }
    void step(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) die(sqlite3_errmsg(database_));
        sqlite3_reset(statement);
    }
    void insert(const Entry& entry, std::int64_t job) {
        const auto claimed = entry.claimed_at.time_since_epoch().count();
        sqlite3_bind_int64(insert_, 1, entry.due.time_since_epoch().count());
        sqlite3_bind_int64(insert_, 2, job);
        for (const int zero : {3, 4, 5, 9}) sqlite3_bind_int64(insert_, zero, 0);
        sqlite3_bind_blob(insert_, 6, entry.id.bytes.data(), 16, SQLITE_STATIC);
        for (const int one : {7, 8, 10, 16}) sqlite3_bind_int64(insert_, one, 1);
        sqlite3_bind_int64(insert_, 12, claimed);
        sqlite3_bind_int64(insert_, 13, claimed);
        step(insert_);
    }
    void finish(const Entry& entry) {
        sqlite3_bind_blob(finish_, 1, entry.id.bytes.data(), 16, SQLITE_STATIC);
        sqlite3_bind_int64(finish_, 2, 2);
        sqlite3_bind_int64(finish_, 3, 1);
        sqlite3_bind_int64(finish_, 4, entry.due.time_since_epoch().count() + 20'000);
        sqlite3_bind_int64(finish_, 5, 0);
        sqlite3_bind_int64(finish_, 8, 20'000);
        step(finish_);
    }

    Directory directory_;
    Load load_;
    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* finish_ = nullptr;
    sqlite3_stmt* state_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    std::int64_t batch_ = 0;
    std::vector<Entry> entries_;
    std::vector<Entry> open_;
};

}  // namespace

std::unique_ptr<Way> bare_way(std::size_t group) { return std::make_unique<Bare>(group); }

}  // namespace quantum
