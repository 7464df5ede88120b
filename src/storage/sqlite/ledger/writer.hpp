#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "quantum/storage/storage.hpp"

#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/jobs/names.hpp"

namespace quantum::sqlite {

/// A batch contradicts what is stored: a bug or two schedulers, never the disk.
class Contradiction : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Writes batches over one connection with statements that are prepared once.
///
/// Thread-safety: none; the storage holds its lock.
class Writer {
public:
    /// `boot` is remembered with the first batch that changes jobs.
    Writer(Database& database, const std::string& boot);

    /// Begins a transaction and puts the whole batch into it. Throws Contradiction or Failure; the
    /// caller then rolls back.
    void apply(const Batch& batch);
    void commit() { commit_.run(); }
    /// Undoes what `apply` did, as far as SQLite has not done so itself. Does not throw.
    void roll_back() noexcept;

    [[nodiscard]] std::uint64_t last_batch();

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
    // One open entry must have been changed by the statement that ran last.
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
    std::vector<Claim> order_;  // of the claims of the batch at hand; kept for its memory
};

}  // namespace quantum::sqlite
