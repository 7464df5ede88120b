#include "storage/sqlite/ledger/history.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
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

// What is open has an index of its own, with few rows.
std::vector<Entry> open_of_job(Database& database, const EntryQuery& query, std::int64_t job) {
    const Place end = end_of(database, query);
    Statement rows = database.prepare(
        select("WHERE e.state < 2 AND e.state = ?1 AND e.job = ?2 AND e.due >= ?3 "
               "AND (e.due, e.pass, e.target, e.kind) < (?4, ?5, ?6, ?7) "
               "ORDER BY e.due DESC, e.pass DESC, e.target DESC, e.kind DESC LIMIT ?8"));
    rows.bind(1, static_cast<int>(*query.state)).bind(2, job);
    rows.bind(3, query.from ? micros(*query.from) : INT64_MIN);
    rows.bind(4, end.due).bind(5, end.pass).bind(6, end.target).bind(7, end.kind);
    rows.bind(8, static_cast<std::int64_t>(std::min<std::size_t>(query.limit, INT64_MAX)));
    std::vector<Entry> found;
    while (rows.step()) found.push_back(read_entry(rows));
    return found;
}

// Ranges that begin before `from` and reach into it or beyond. Those of a target do not overlap, so
// that the ones wanted are the first in the order of their ends.
std::vector<Entry> ranges_over(Database& database, std::int64_t job, WallTime from) {
    constexpr std::int64_t most = 4096;
    Statement rows = database.prepare(
        select("WHERE e.job = ?1 AND e.until IS NOT NULL AND e.until >= ?2 AND e.due < ?2 "
               "ORDER BY e.until LIMIT ?3"));
    rows.bind(1, job).bind(2, micros(from)).bind(3, most);
    std::vector<Entry> found;
    while (rows.step()) found.push_back(read_entry(rows));
    std::stable_sort(found.begin(), found.end(),
                     [](const Entry& a, const Entry& b) { return a.due < b.due; });
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
        const bool is_open = query.state && *query.state < EntryState::succeeded;
        if (job != no_job) {
            found = is_open ? open_of_job(database, query, job) : of_job(database, query, job);
        }
    } else {
        found = of_all(database, query);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

std::vector<Entry> read_entries_about(Database& database, const std::string& job, WallTime from,
                                      WallTime until) {
    Transaction transaction(database, Transaction::Kind::read);
    const std::int64_t number = number_of(database, job);
    if (number == no_job) return {};
    std::vector<Entry> found;
    if (!mutated(SqliteMutant::ranges_by_their_begin)) {
        found = ranges_over(database, number, from);
    }
    EntryQuery query{.from = from, .limit = std::numeric_limits<std::size_t>::max()};
    if (until < WallTime::max()) query.until = until + Duration(1);
    const std::vector<Entry> due = of_job(database, query, number);
    found.insert(found.end(), due.rbegin(), due.rend());
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

namespace {

std::vector<Entry> entries_in(Database& database, const IdRange& range) {
    Statement rows = database.prepare(select("WHERE e.id >= ?1 AND e.id <= ?2 LIMIT 2"));
    rows.bind_blob(1, bytes_of(range.first)).bind_blob(2, bytes_of(range.last));
    std::vector<Entry> found;
    while (rows.step()) found.push_back(read_entry(rows));
    return found;
}

}  // namespace

std::vector<Entry> entries_with(Database& database, const IdRange& range,
                                const std::optional<storage::IdEnding>& ending) {
    Transaction transaction(database, Transaction::Kind::read);
    std::vector<Entry> found = entries_in(database, range);
    if (!ending || found.size() > 1 || mutated(SqliteMutant::endings_not_looked_for)) return found;
    // No index is in the order of endings, which would cost each claim a page of its own; that of
    // the IDs is at least narrow.
    const std::string bytes = ending->bytes();
    Statement ids = database.prepare(
        "SELECT e.id FROM entry e INDEXED BY entry_by_id WHERE substr(e.id, ?1) = ?2");
    ids.bind(1, -static_cast<std::int64_t>(bytes.size())).bind_blob(2, bytes);
    while (found.size() < 2 && ids.step()) {
        const ExecutionId id = id_from(ids.blob(0));
        const bool is_known = !found.empty() && found.front().id == id;
        if (is_known || !ending->ends(id)) continue;
        const std::vector<Entry> one = entries_in(database, {id, id});
        found.insert(found.end(), one.begin(), one.end());
    }
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
