#include "storage/sqlite/ledger/retention.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {
namespace {

bool prune_output(Database& database, std::int64_t before, std::int64_t step) {
    // The output of an earlier attempt stays as long as its entry is open.
    Statement outputs = database.prepare(
        "DELETE FROM output WHERE rowid IN (SELECT o.rowid FROM output o WHERE o.due < ?1 "
        "AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.id = o.id AND e.state < 2) "
        "ORDER BY o.due LIMIT ?2)");
    outputs.bind(1, before).bind(2, step).run();
    return database.changes() == step;
}

// So much of it goes in one transaction.
constexpr std::int64_t most_output_a_step = std::int64_t{8} * 1024 * 1024;

/// Removes output until so many bytes are gone, oldest first: of one job, or of all.
std::int64_t cut_output(Database& database, std::optional<std::int64_t> job, std::int64_t excess,
                        std::int64_t watermark, std::int64_t step) {
    Statement oldest = database.prepare(
        "DELETE FROM output WHERE rowid IN (SELECT row FROM (SELECT row, sum(size) OVER "
        "(ORDER BY due, row) - size AS earlier FROM (SELECT o.rowid AS row, o.due AS due, "
        "length(o.head) + length(o.tail) + 256 AS size FROM output o WHERE o.due <= ?1 "
        "AND (?2 IS NULL OR o.job = ?2) AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.id = o.id "
        "AND e.state < 2) ORDER BY o.due LIMIT ?3)) WHERE earlier < ?4)");
    oldest.bind(1, watermark).bind(3, step);
    oldest.bind(4, std::min(excess, most_output_a_step));
    if (job) {
        oldest.bind(2, *job);
    } else {
        oldest.bind_null(2);
    }
    oldest.run();
    return database.changes();
}

/// Down to `limit` bytes in all, and a quarter of that of each job.
bool prune_output_size(Database& database, std::int64_t limit, std::int64_t watermark,
                       std::int64_t step) {
    const std::int64_t share = limit / 4;
    const std::int64_t kept = database.integer("SELECT kept_output FROM state");
    std::int64_t cut = 0;
    if (kept > share && !mutated(SqliteMutant::one_job_takes_all_output)) {
        Statement greatest =
            database.prepare("SELECT job, bytes FROM kept_output ORDER BY bytes DESC LIMIT 1");
        if (greatest.step() && greatest.integer(1) > share) {
            const std::int64_t job = greatest.integer(0);
            const std::int64_t excess = greatest.integer(1) - share;
            greatest.reset();
            cut = cut_output(database, job, excess, watermark, step);
        }
    }
    if (cut == 0 && kept > limit) {
        cut = cut_output(database, std::nullopt, kept - limit, watermark, step);
    }
    if (cut == 0) return false;
    Statement count = database.prepare("UPDATE state SET outputs_cut = outputs_cut + ?1");
    count.bind(1, cut).run();
    return true;
}

// What ended before, and was due before. A run that ended later may be the reason why due times
// after the edge were skipped, and a stretch may reach over it: what justifies a row stays as long
// as the row.
constexpr std::string_view is_over =
    "due < ?1 AND state >= 2 AND (until IS NULL OR until < ?1) "
    "AND (ended_at IS NULL OR ended_at < ?1)";

std::string with_over(std::string_view before, std::string_view after) {
    std::string sql(before);
    sql += is_over;
    sql += after;
    return sql;
}

bool prune_entries(Database& database, std::int64_t before, std::int64_t step) {
    // Said before it is true: a reader never trusts what is half removed.
    Statement edge = database.prepare(
        with_over("UPDATE state SET ledger_from = ?1 WHERE (ledger_from IS NULL OR "
                  "ledger_from < ?1) AND (EXISTS (SELECT 1 FROM entry WHERE ",
                  ") OR EXISTS (SELECT 1 FROM past_job WHERE superseded_at < ?1))"));
    Statement entries = database.prepare(with_over(
        "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE ", " ORDER BY due LIMIT ?2)"));
    if (!mutated(SqliteMutant::edge_not_told)) edge.bind(1, before).run();
    entries.bind(1, before).bind(2, step).run();
    return database.changes() == step;
}

// Definitions, notes and attempts, after the entries that they belong to.
bool prune_what_explained(Database& database, std::int64_t before, std::int64_t step) {
    // In the order they were superseded, but for steps of the clock: the oldest first.
    Statement revisions = database.prepare(
        "DELETE FROM past_job WHERE sequence IN (SELECT sequence FROM (SELECT * FROM past_job "
        "ORDER BY sequence LIMIT ?2) p WHERE superseded_at < ?1 AND NOT EXISTS (SELECT 1 FROM "
        "entry e WHERE e.due < ?1 AND e.job = p.name AND e.revision = p.revision))");
    Statement audit = database.prepare(
        "DELETE FROM audit WHERE sequence IN (SELECT sequence FROM (SELECT sequence, at FROM audit "
        "ORDER BY sequence LIMIT ?2) WHERE at < ?1)");
    Statement attempts = database.prepare(
        "DELETE FROM attempt WHERE (id, number) IN (SELECT a.id, a.number FROM attempt a "
        "WHERE a.due < ?1 AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.id = a.id) "
        "ORDER BY a.due LIMIT ?2)");
    bool more = false;
    for (Statement* statement : {&revisions, &audit, &attempts}) {
        statement->bind(1, before).bind(2, step).run();
        more = more || database.changes() == step;
    }
    return more;
}

bool prune_ledger(Database& database, std::int64_t before, std::int64_t step) {
    bool more = prune_entries(database, before, step);
    if (!more) more = prune_what_explained(database, before, step);
    return prune_output(database, before, step) || more;
}

}  // namespace

bool prune(Database& database, const Retention& retention) {
    const auto step = static_cast<std::int64_t>(std::max<std::size_t>(retention.step, 1));
    bool more = false;
    Transaction transaction(database, Transaction::Kind::write);
    Statement state = database.prepare("SELECT watermark FROM state WHERE watermark IS NOT NULL");
    if (state.step()) {
        const std::int64_t watermark = state.integer(0);
        state.reset();
        // What is above the watermark says which due times are decided.
        const auto up_to = [watermark](WallTime before) {
            if (mutated(SqliteMutant::prunes_above_watermark)) return micros(before);
            return std::min(micros(before), watermark);
        };
        if (retention.output_before) {
            more = prune_output(database, up_to(*retention.output_before), step);
        }
        if (retention.ledger_before) {
            more = prune_ledger(database, up_to(*retention.ledger_before), step) || more;
        }
        if (retention.output_size && !mutated(SqliteMutant::output_without_end)) {
            const auto limit = static_cast<std::int64_t>(*retention.output_size);
            more = prune_output_size(database, limit, watermark, step) || more;
        }
    }
    transaction.commit();
    return more && !mutated(SqliteMutant::one_step_a_pass);
}

}  // namespace quantum::sqlite
