#include "storage/sqlite/ledger/history.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "storage/attempts.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {
namespace {

constexpr std::int64_t hour = 3'600'000'000;
constexpr std::int64_t no_job = -1;

// A place in the order of the entries: what stands before it is wanted.
struct Place {
    std::int64_t due = INT64_MAX;
    std::int64_t job = 0;
    std::int64_t pass = 0;
    std::int64_t target = 0;
    std::int64_t kind = 0;
};

std::string select(std::string_view rest) {
    std::string sql = "SELECT ";
    sql += entry_columns;
    sql += " FROM entry e ";
    sql += rest;
    return sql;
}

// The number of the name; `no_job` where nothing ever had it.
std::int64_t number_of(Database& database, const std::string& name) {
    Statement find = database.prepare("SELECT id FROM name WHERE text = ?1");
    find.bind(1, name);
    return find.step() ? find.integer(0) : no_job;
}

Place end_of(Database& database, const EntryQuery& query) {
    Place end;
    if (query.before) {
        Statement find =
            database.prepare("SELECT due, job, pass, target, kind FROM entry WHERE id = ?1");
        find.bind_blob(1, bytes_of(*query.before));
        if (!find.step()) throw NotFound("no execution " + query.before->text());
        end = {find.integer(0), find.integer(1), find.integer(2), find.integer(3), find.integer(4)};
    }
    // Job, pass, target and kind of 0 or more: the place before all entries of that instant.
    if (query.until && micros(*query.until) <= end.due)
        end = {micros(*query.until) + (mutated(SqliteMutant::until_included) ? 1 : 0), 0, 0, 0, 0};
    return end;
}

void bind_state(Statement& statement, int index, const EntryQuery& query) {
    if (query.state) {
        statement.bind(index, static_cast<int>(*query.state));
    } else {
        statement.bind_null(index);
    }
}

// The first due time whose quotient by an hour, rounded to zero as SQLite does, is `bucket`.
std::int64_t first_of(std::int64_t bucket) {
    return bucket > 0 || mutated(SqliteMutant::hour_before_1970) ? bucket * hour
                                                                 : bucket * hour - (hour - 1);
}

// The index by job is cut into hours: newest hour first, the hours without any entry skipped.
std::vector<Entry> of_job(Database& database, const EntryQuery& query, std::int64_t job) {
    std::vector<Entry> found;
    const Place end = end_of(database, query);
    const std::int64_t from = query.from ? micros(*query.from) : INT64_MIN;
    Statement newest = database.prepare(
        "SELECT due FROM entry WHERE due <= ?1 AND due >= ?2 ORDER BY due DESC LIMIT 1");
    Statement rows = database.prepare(
        select("WHERE e.due / 3600000000 = ?1 AND e.job = ?2 "
               "AND (e.due, e.pass, e.target, e.kind) < (?3, ?4, ?5, ?6) AND e.due >= ?7 "
               "AND (?8 IS NULL OR e.state = ?8) "
               "ORDER BY e.due DESC, e.pass DESC, e.target DESC, e.kind DESC LIMIT ?9"));
    std::int64_t last = end.due;
    while (found.size() < query.limit) {
        newest.bind(1, last).bind(2, from);
        if (!newest.step()) break;
        const std::int64_t bucket = newest.integer(0) / hour;
        newest.reset();
        rows.bind(1, bucket).bind(2, job).bind(3, end.due).bind(4, end.pass);
        rows.bind(5, end.target).bind(6, end.kind).bind(7, from);
        bind_state(rows, 8, mutated(SqliteMutant::state_forgotten_by_job) ? EntryQuery{} : query);
        rows.bind(9, static_cast<std::int64_t>(
                         std::min<std::size_t>(query.limit - found.size(), INT64_MAX)));
        while (rows.step()) found.push_back(read_entry(rows));
        if (first_of(bucket) == INT64_MIN) break;
        last = first_of(bucket) - 1;
    }
    return found;
}

// All jobs. What did not end well has an index of its own; the rest is dense in any range.
std::vector<Entry> of_all(Database& database, const EntryQuery& query) {
    const Place end = end_of(database, query);
    std::string where =
        "WHERE (e.due, e.job, e.pass, e.target, e.kind) < (?1, ?2, ?3, ?4, ?5) AND e.due >= ?6 ";
    // The second term of each is what the partial index is declared with.
    if (query.state && *query.state > EntryState::succeeded) {
        where += "AND e.state = ?7 AND e.state > 2 ";
    } else if (query.state && *query.state < EntryState::succeeded) {
        where += "AND e.state = ?7 AND e.state < 2 ";
    } else {
        where += "AND (?7 IS NULL OR e.state = ?7) ";
    }
    where += "ORDER BY e.due DESC, e.job DESC, e.pass DESC, e.target DESC, e.kind DESC LIMIT ?8";
    Statement rows = database.prepare(select(where));
    rows.bind(1, end.due).bind(2, end.job).bind(3, end.pass).bind(4, end.target);
    rows.bind(5, end.kind).bind(6, query.from ? micros(*query.from) : INT64_MIN);
    bind_state(rows, 7, query);
    rows.bind(8, static_cast<std::int64_t>(std::min<std::size_t>(query.limit, INT64_MAX)));
    std::vector<Entry> found;
    while (rows.step()) found.push_back(read_entry(rows));
    return found;
}

}  // namespace

std::vector<Entry> read_entries(Database& database, const EntryQuery& query) {
    Transaction transaction(database, Transaction::Kind::read);
    std::vector<Entry> found;
    if (query.job) {
        const std::int64_t job = number_of(database, *query.job);
        if (job != no_job) found = of_job(database, query, job);
    } else {
        found = of_all(database, query);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

void visit_entries(Database& database, const EntryQuery& query,
                   const std::function<bool(const Entry&)>& visit) {
    Transaction transaction(database, Transaction::Kind::read);
    Statement rows =
        database.prepare(select("WHERE e.due >= ?1 AND e.due < ?2 AND (?3 IS NULL OR e.job = ?3) "
                                "AND (?4 IS NULL OR e.state = ?4) "
                                "ORDER BY e.due, e.job, e.pass, e.target, e.kind"));
    rows.bind(1, query.from ? micros(*query.from) : INT64_MIN);
    rows.bind(2, query.until ? micros(*query.until) : INT64_MAX);
    if (query.job) {
        rows.bind(3, number_of(database, *query.job));
    } else {
        rows.bind_null(3);
    }
    bind_state(rows, 4, query);
    while (rows.step()) {
        if (!visit(read_entry(rows))) return;
    }
}

std::vector<Entry> entries_in(Database& database, const IdRange& range) {
    Statement rows = database.prepare(select("WHERE e.id >= ?1 AND e.id <= ?2 LIMIT 2"));
    rows.bind_blob(1, bytes_of(range.first)).bind_blob(2, bytes_of(range.last));
    std::vector<Entry> found;
    while (rows.step()) found.push_back(read_entry(rows));
    return found;
}

std::vector<Attempt> read_attempts(Database& database, const ExecutionId& id) {
    Transaction transaction(database, Transaction::Kind::read);
    const auto entry = entries_in(database, {id, id});
    if (entry.empty()) throw NotFound("no execution " + id.text());
    Statement rows = database.prepare(
        "SELECT number, planned, started_at, ended_at, outcome, exit_code, signal, duration, why, "
        "result, peak_memory, cpu FROM attempt WHERE id = ?1 ORDER BY number");
    rows.bind_blob(1, bytes_of(id));
    std::vector<Attempt> found;
    while (rows.step()) {
        Attempt& attempt = found.emplace_back();
        attempt.number = static_cast<std::uint32_t>(rows.integer(0));
        attempt.planned = wall_time(rows.integer(1));
        attempt.started_at = read_time(rows, 2);
        attempt.ended_at = read_time(rows, 3);
        attempt.outcome = read_outcome(rows, 4);
    }
    return storage::with_latest_attempt(entry.front(), std::move(found));
}

}  // namespace quantum::sqlite
