#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantum/storage/ledger.hpp"
#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Implements the queries of `Ledger` that are not about entries. They throw Failure.
[[nodiscard]] std::vector<JobRevision> read_revisions(Database& database,
                                                      const std::optional<std::string>& job);
[[nodiscard]] std::vector<JobRevision> read_revisions_around(Database& database,
                                                             const std::string& job, WallTime from,
                                                             WallTime until);
[[nodiscard]] std::vector<std::string> read_job_names(Database& database);
[[nodiscard]] std::vector<StepNote> read_clock_steps(Database& database);
[[nodiscard]] LedgerCounts read_counts(Database& database);
[[nodiscard]] LedgerBounds read_bounds(Database& database);
/// Also throws NotFound.
[[nodiscard]] CapturedOutput read_output(Database& database, const ExecutionId& id,
                                         std::optional<std::uint32_t> attempt);
[[nodiscard]] std::vector<AuditNote> read_audit(Database& database, std::size_t limit);
[[nodiscard]] std::vector<AuditNote> read_notes(Database& database, const NoteQuery& query);

}  // namespace quantum::sqlite
