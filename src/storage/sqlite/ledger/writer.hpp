#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "quantum/storage/storage.hpp"

#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/jobs/names.hpp"

namespace quantum::sqlite {

/// A batch contradicts what is stored: because of a bug or two schedulers, never because of the
/// disk.
class Contradiction : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Writes batches over one connection, with statements that are prepared once.
///
/// Thread-safety: none; protected by the storage's lock.
class Writer {
public:
    /// `boot` is stored with the first batch that changes jobs.
    Writer(Database& database, const std::string& boot);

    /// Begins a transaction and writes the whole batch. Throws Contradiction or Failure; the caller
    /// then rolls back.
    void apply(const Batch& batch);
    void commit() { commit_.run(); }
    /// Undoes what `apply` did, unless SQLite has already done so. Does not throw.
    void roll_back() noexcept;

    [[nodiscard]] std::uint64_t last_batch();
    /// Bytes of output that are kept.
    [[nodiscard]] std::uint64_t kept_output();

private:
    void apply(const JobChange& change);
    void supersede(std::int64_t name, WallTime at);
    void apply_jobs(const Batch& batch);
    void apply(const StepNote& step);
    void apply(const Finish& finish);
    void add_attempt(const Finish& finish);
    void apply_claims(const std::vector<Entry>& claims);
    void apply(const Start& start);
    void apply(const Skip& skip);
    void apply(const AuditNote& note);
    void apply_state(const Batch& batch);
    // Checks that exactly one open entry was changed by the last statement.
    void expect_one_open(std::string_view what, const ExecutionId& id) const;

    struct Claim {
        WallTime due;
        std::int64_t job;
        const Entry* entry;
    };

    Database& database_;
    const std::string boot_;
    Names names_;
    Statement begin_;
    Statement commit_;
    Statement roll_back_;
    Statement insert_entry_;
    Statement finish_;
    Statement retry_;
    Statement add_attempt_;
    Statement start_;
    Statement skip_;
    Statement set_state_;
    Statement holds_jobs_;
    Statement put_job_;
    Statement keep_job_;
    Statement delete_job_;
    Statement keep_all_jobs_;
    Statement delete_all_jobs_;
    Statement add_step_;
    Statement add_output_;
    Statement add_audit_;
    Statement last_batch_;
    Statement kept_output_;
    std::vector<Claim> order_;  // order of the claims of the current batch; kept for its memory
};

}  // namespace quantum::sqlite
