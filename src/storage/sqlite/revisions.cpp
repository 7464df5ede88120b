#include "storage/sqlite/revisions.hpp"

#include <cstdint>

#include "storage/sqlite/entry_row.hpp"
#include "storage/sqlite/job_row.hpp"

namespace quantum::sqlite {

std::vector<JobRevision> read_revisions(Database& database, const std::optional<std::string>& job) {
    const std::function<Status(Job&)> nobody;
    JobReader reader(nobody);
    std::vector<std::string> problems;  // a definition that cannot be restored is still listed
    std::string sql = "SELECT ";
    sql += job_columns;
    sql +=
        ", j.superseded_at, j.name, j.sequence FROM past_job j WHERE ?1 IS NULL OR j.name = "
        "(SELECT id FROM name WHERE text = ?1) UNION ALL SELECT ";
    sql += job_columns;
    sql +=
        ", NULL, j.name, 9223372036854775807 FROM job j WHERE ?1 IS NULL OR j.name = "
        "(SELECT id FROM name WHERE text = ?1) ORDER BY 12, 13";
    Statement rows = database.prepare(sql);
    if (job) {
        rows.bind(1, *job);
    } else {
        rows.bind_null(1);
    }
    std::vector<JobRevision> revisions;
    while (rows.step()) {
        JobRevision& revision = revisions.emplace_back();
        revision.name = rows.text(0);
        revision.stored = reader.read(rows, problems);
        if (!rows.is_null(10)) revision.until = wall_time(rows.integer(10));
    }
    return revisions;
}

std::vector<StepNote> read_clock_steps(Database& database) {
    Statement rows = database.prepare(
        "SELECT before, after, pass, repeated_until, used_until FROM clock_step ORDER BY sequence");
    std::vector<StepNote> steps;
    while (rows.step()) steps.push_back(read_step(rows));
    return steps;
}

LedgerBounds read_bounds(Database& database) {
    Statement row = database.prepare("SELECT ledger_from, watermark FROM state");
    LedgerBounds bounds;
    if (!row.step()) throw Failure(SQLITE_CORRUPT, "the row of the table 'state' is missing");
    if (!row.is_null(0)) bounds.from = wall_time(row.integer(0));
    if (!row.is_null(1)) bounds.watermark = wall_time(row.integer(1));
    return bounds;
}

}  // namespace quantum::sqlite
