#include "storage/sqlite/ledger/records.hpp"

#include <algorithm>
#include <cstdint>

#include "storage/sqlite/jobs/job_row.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/ledger/history.hpp"

namespace quantum::sqlite {

std::vector<JobRevision> read_revisions(Database& database, const std::optional<std::string>& job) {
    const std::function<Status(Job&)> nobody;
    JobRowReader reader(nobody);
    std::vector<std::string> problems;  // a definition that cannot be restored is still listed
    std::string sql = "SELECT ";
    sql += job_columns;
    sql +=
        ", j.superseded_at, j.name, j.sequence FROM past_job j WHERE ?1 IS NULL OR j.name = "
        "(SELECT id FROM name WHERE text = ?1) UNION ALL SELECT ";
    sql += job_columns;
    sql +=
        ", NULL, j.name, 9223372036854775807 FROM job j WHERE ?1 IS NULL OR j.name = "
        "(SELECT id FROM name WHERE text = ?1) ORDER BY 14, 15";
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
        if (!rows.is_null(12)) revision.until = wall_time(rows.integer(12));
    }
    return revisions;
}

std::vector<StepNote> read_clock_steps(Database& database) {
    Statement rows = database.prepare(
        "SELECT before, after, pass, repeated_until, used_until, begun, begun_until FROM "
        "clock_step ORDER BY sequence");
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

LedgerCounts read_counts(Database& database) {
    Statement row = database.prepare(
        "SELECT (SELECT count(*) FROM job), "
        "(SELECT count(*) FROM entry WHERE state < 2 AND state = 1), "
        "(SELECT count(*) FROM entry WHERE state < 2 AND state = 0), "
        "(SELECT kept_output FROM state), (SELECT outputs_cut FROM state)");
    LedgerCounts counts;
    if (!row.step()) return counts;
    counts.jobs = static_cast<std::size_t>(row.integer(0));
    counts.started = static_cast<std::size_t>(row.integer(1));
    counts.claimed = static_cast<std::size_t>(row.integer(2));
    counts.kept_output = static_cast<std::uint64_t>(row.integer(3));
    counts.outputs_cut = static_cast<std::uint64_t>(row.integer(4));
    return counts;
}

CapturedOutput read_output(Database& database, const ExecutionId& id,
                           std::optional<std::uint32_t> attempt) {
    Statement row = database.prepare(
        "SELECT bytes, head, tail FROM output WHERE id = ?1 AND (?2 IS NULL OR attempt = ?2) "
        "ORDER BY attempt DESC LIMIT 1");
    row.bind_blob(1, bytes_of(id));
    if (attempt) {
        row.bind(2, *attempt);
    } else {
        row.bind_null(2);
    }
    if (!row.step()) {
        const std::string of = attempt ? "attempt " + std::to_string(*attempt) + " of " : "";
        throw NotFound("no output of " + of + "execution " + id.text() + " is kept");
    }
    return {std::string(row.blob(1)), std::string(row.blob(2)),
            static_cast<std::uint64_t>(row.integer(0))};
}

std::vector<AuditNote> read_audit(Database& database, std::size_t limit) {
    Statement rows = database.prepare(
        "SELECT at, actor, action, job, detail FROM audit ORDER BY sequence DESC LIMIT ?1");
    rows.bind(1, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
    std::vector<AuditNote> notes;
    while (rows.step()) {
        notes.push_back({wall_time(rows.integer(0)), std::string(rows.text(1)),
                         std::string(rows.text(2)), std::string(rows.text(3)),
                         std::string(rows.text(4))});
    }
    std::reverse(notes.begin(), notes.end());
    return notes;
}

}  // namespace quantum::sqlite
