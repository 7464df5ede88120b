#include "storage/sqlite/ledger/snapshot.hpp"

#include <string>
#include <utility>
#include <vector>

#include "storage/sqlite/jobs/job_row.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {
namespace {

constexpr std::size_t rows_between_pages = 4096;

std::vector<Entry> read_entries(Statement& query) {
    std::vector<Entry> entries;
    while (query.step()) entries.push_back(read_entry(query));
    return entries;
}

std::string select_entries(std::string_view where) {
    std::string sql = "SELECT ";
    sql += entry_columns;
    sql += " FROM entry e ";
    sql += where;
    return sql;
}

}  // namespace

Snapshot read_snapshot(Database& database, const std::function<Status(Job&)>& rebind,
                       std::vector<std::string>& problems) {
    Transaction transaction(database, Transaction::Kind::read);
    Snapshot snapshot;
    Statement state = database.prepare("SELECT last_batch, watermark, holds_jobs FROM state");
    if (!state.step()) throw Failure(SQLITE_CORRUPT, "the row of the table 'state' is missing");
    snapshot.last_batch = static_cast<std::uint64_t>(state.integer(0));
    if (!state.is_null(1)) snapshot.watermark = wall_time(state.integer(1));
    const bool holds_jobs = state.integer(2) != 0;
    state.reset();

    if (holds_jobs) {
        auto& jobs = snapshot.jobs.emplace();
        jobs.reserve(static_cast<std::size_t>(database.integer("SELECT count(*) FROM job")));
        JobRowReader reader(rebind);
        Statement rows = database.prepare(std::string("SELECT ") + job_columns + " FROM job j");
        while (rows.step()) {
            // Each page is read once.
            if (jobs.size() % rows_between_pages == 0) database.forget_pages();
            StoredJob stored = reader.read(rows, problems);
            // A name that is none cannot be told apart from others; it stands in `problems`.
            if (!stored.job->name().empty()) jobs.push_back(std::move(stored));
        }
    }

    Statement open = database.prepare(select_entries("WHERE e.state < 2 ORDER BY e.due, e.id"));
    snapshot.open = read_entries(open);

    // A stretch may begin below the watermark and reach it; there are few of them.
    Statement decided = database.prepare(select_entries(
        "WHERE e.state >= 2 AND e.due >= ?1 UNION ALL " +
        select_entries("WHERE e.state >= 2 AND e.due < ?1 AND e.until >= ?1") + " ORDER BY 1"));
    decided.bind(1, snapshot.watermark ? micros(*snapshot.watermark) +
                                             (mutated(SqliteMutant::decided_above_only) ? 1 : 0)
                                       : INT64_MIN);
    snapshot.decided = read_entries(decided);

    Statement step = database.prepare(
        "SELECT before, after, pass, repeated_until, used_until, begun, begun_until FROM "
        "clock_step "
        "ORDER BY sequence DESC LIMIT 1");
    if (step.step() && !mutated(SqliteMutant::step_not_told)) snapshot.step = read_step(step);

    Statement keys = database.prepare(
        "SELECT (SELECT text FROM name WHERE id = job), key, id, claimed_at FROM entry "
        "WHERE key IS NOT NULL AND claimed_at >= (SELECT max(claimed_at) FROM entry "
        "WHERE key IS NOT NULL) - ?1 ORDER BY claimed_at");
    keys.bind(
        1, (mutated(SqliteMutant::keys_kept_for_good) ? 7 : 1) *
               Duration(std::chrono::hours(mutated(SqliteMutant::keys_kept_for_an_hour) ? 1 : 24))
                   .count());
    while (keys.step()) {
        snapshot.keys.push_back({std::string(keys.text(0)), std::string(keys.text(1)),
                                 id_from(keys.blob(2)), wall_time(keys.integer(3))});
    }
    return snapshot;
}

}  // namespace quantum::sqlite
