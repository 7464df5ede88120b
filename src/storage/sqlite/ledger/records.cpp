#include "storage/sqlite/ledger/records.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "storage/revisions_around.hpp"
#include "storage/sqlite/jobs/job_row.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/ledger/history.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {

namespace {

constexpr const char* past_columns = ", j.superseded_at, j.name, j.sequence FROM past_job j ";
constexpr const char* current_columns = ", NULL, j.name, 9223372036854775807 FROM job j ";
constexpr const char* of_that_name = "WHERE j.name = (SELECT id FROM name WHERE text = ?1) ";

std::string select_job(const char* rest, const char* where) {
    return std::string("SELECT ") + job_columns + rest + where;
}

// What cannot be restored of a definition is left out; it is still listed.
class RevisionReader {
public:
    JobRevision read(const Statement& row) {
        JobRevision revision;
        revision.name = row.text(0);
        revision.stored = reader_.read(row, problems_);
        if (!row.is_null(12)) revision.until = wall_time(row.integer(12));
        return revision;
    }

private:
    const std::function<Status(Job&)> nobody_;
    JobRowReader reader_{nobody_};
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<JobRevision> read_revisions(Database& database, const std::optional<std::string>& job) {
    const char* const where = job ? of_that_name : "";
    Statement rows = database.prepare(select_job(past_columns, where) + " UNION ALL " +
                                      select_job(current_columns, where) + " ORDER BY 14, 15");
    if (job) rows.bind(1, *job);
    RevisionReader reader;
    std::vector<JobRevision> revisions;
    while (rows.step()) revisions.push_back(reader.read(rows));
    return revisions;
}

std::vector<JobRevision> read_revisions_around(Database& database, const std::string& job,
                                               WallTime from, WallTime until) {
    Transaction transaction(database, Transaction::Kind::read);
    // Of thousands a few are wanted: only these are read as a whole.
    Statement past = database.prepare(
        std::string("SELECT j.effective_from, j.superseded_at, j.sequence FROM past_job j ") +
        of_that_name + "ORDER BY j.sequence");
    past.bind(1, job);
    std::vector<storage::Period> periods;
    std::vector<std::int64_t> sequences;
    while (past.step()) {
        periods.push_back({wall_time(past.integer(0)), wall_time(past.integer(1))});
        sequences.push_back(past.integer(2));
    }
    Statement current = database.prepare(select_job(current_columns, of_that_name));
    current.bind(1, job);
    RevisionReader reader;
    std::optional<JobRevision> last;
    if (current.step()) {
        last = reader.read(current);
        periods.push_back({last->stored.effective_from, std::nullopt});
    }
    Statement one = database.prepare(select_job(past_columns, "WHERE j.sequence = ?1"));
    std::vector<JobRevision> revisions;
    for (const std::size_t at : storage::revisions_around(periods, from, until)) {
        if (at == sequences.size()) {
            revisions.push_back(*std::move(last));
            continue;
        }
        one.bind(1, sequences[at]);
        if (one.step()) revisions.push_back(reader.read(one));
        one.reset();
    }
    return revisions;
}

std::vector<std::string> read_job_names(Database& database) {
    Statement rows = database.prepare(
        "SELECT text FROM name WHERE id IN (SELECT name FROM job UNION SELECT name FROM past_job) "
        "ORDER BY text");
    std::vector<std::string> names;
    while (rows.step()) names.emplace_back(rows.text(0));
    return names;
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

namespace {

std::vector<AuditNote> read_notes(Statement& rows) {
    std::vector<AuditNote> notes;
    while (rows.step()) {
        notes.push_back({wall_time(rows.integer(0)), std::string(rows.text(1)),
                         std::string(rows.text(2)), std::string(rows.text(3)),
                         std::string(rows.text(4))});
    }
    return notes;
}

std::int64_t limit_of(std::size_t most) {
    return static_cast<std::int64_t>(std::min<std::size_t>(most, INT64_MAX));
}

}  // namespace

std::vector<AuditNote> read_audit(Database& database, std::size_t limit) {
    Statement rows = database.prepare(
        "SELECT at, actor, action, job, detail FROM audit ORDER BY sequence DESC LIMIT ?1");
    rows.bind(1, limit_of(limit));
    std::vector<AuditNote> notes = read_notes(rows);
    std::reverse(notes.begin(), notes.end());
    return notes;
}

std::vector<AuditNote> read_notes(Database& database, const NoteQuery& query) {
    std::string sql = "SELECT at, actor, action, job, detail FROM audit WHERE ";
    // All of them in the order in which they were written, which needs no sorting.
    if (query.job) {
        sql += mutated(SqliteMutant::notes_of_all_jobs) ? "?4 IS NOT NULL AND " : "job = ?4 AND ";
    }
    sql += "at >= ?1 AND at < ?2 ORDER BY ";
    if (query.job) sql += query.oldest ? "at, " : "at DESC, ";
    sql += query.oldest ? "sequence LIMIT ?3" : "sequence DESC LIMIT ?3";
    Statement rows = database.prepare(sql);
    rows.bind(1, query.from ? micros(*query.from) : INT64_MIN);
    rows.bind(2, query.until ? micros(*query.until) : INT64_MAX);
    rows.bind(3, limit_of(query.limit));
    if (query.job) rows.bind(4, *query.job);
    std::vector<AuditNote> notes = read_notes(rows);
    if (!query.oldest) std::reverse(notes.begin(), notes.end());
    return notes;
}

}  // namespace quantum::sqlite
