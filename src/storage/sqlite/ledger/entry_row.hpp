#pragma once

#include <string>

#include "quantum/storage/storage.hpp"

#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/file/times.hpp"

namespace quantum::sqlite {

/// The columns of `entry` in the order that `read_entry` expects; the names come from `name`.
inline constexpr const char* entry_columns =
    "e.due, (SELECT text FROM name WHERE id = e.job), e.pass, "
    "CASE e.target WHEN 0 THEN NULL ELSE (SELECT text FROM name WHERE id = e.target) END, "
    "e.kind, e.id, e.revision, e.state, e.reason, e.attempt, e.covered_by, e.claimed_at, "
    "e.handed_at, e.ended_at, e.until, e.count, e.outcome, e.exit_code, e.signal, e.duration, "
    "e.why, e.result, e.peak_memory, e.cpu, e.not_before, e.key, e.started_at, e.retry_at";

[[nodiscard]] Entry read_entry(const Statement& row);

/// Columns before, after, pass, repeated_until, fixed_times_done_until, begun, rewind_until of
/// `clock_step`.
[[nodiscard]] StepNote read_step(const Statement& row);

/// Writes one entry; see `bind_entry`.
inline constexpr const char* insert_entry =
    "INSERT INTO entry(due, job, pass, target, kind, id, revision, state, reason, attempt, "
    "covered_by, claimed_at, handed_at, ended_at, until, count, outcome, exit_code, signal, "
    "duration, why, result, peak_memory, cpu, not_before, key, started_at, retry_at) VALUES (?1, "
    "?2, "
    "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
    "?23, ?24, ?25, ?26, ?27, ?28)";

/// Binds everything to `insert_entry`; the numbers are those of the names of job and target.
void bind_entry(Statement& insert, const Entry& entry, std::int64_t job, std::int64_t target);

/// Binds an outcome to eight parameters from `first`: outcome, exit code, signal, duration, why,
/// result, peak memory, CPU time. What is 0 or empty is stored as NULL, but for the exit code.
void bind_outcome(Statement& statement, int first, const Outcome& outcome);

/// The same columns, read; `Outcome::started` is not among them.
[[nodiscard]] Outcome read_outcome(const Statement& row, int first);

[[nodiscard]] inline std::string_view bytes_of(const ExecutionId& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}
[[nodiscard]] ExecutionId id_from(std::string_view bytes);

}  // namespace quantum::sqlite
