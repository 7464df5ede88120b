#include "storage/sqlite/retention.hpp"

#include <algorithm>
#include <cstdint>

#include "storage/sqlite/entry_row.hpp"

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

bool prune_ledger(Database& database, std::int64_t before, std::int64_t step) {
    // Said before it is true: a reader never trusts what is half removed.
    Statement edge = database.prepare(
        "UPDATE state SET ledger_from = ?1 WHERE (ledger_from IS NULL OR ledger_from < ?1) "
        "AND (EXISTS (SELECT 1 FROM entry WHERE due < ?1) "
        "OR EXISTS (SELECT 1 FROM past_job WHERE superseded_at < ?1))");
    Statement entries = database.prepare(
        "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE due < ?1 AND state >= 2 "
        "AND (until IS NULL OR until < ?1) ORDER BY due LIMIT ?2)");
    // In the order they were superseded, but for steps of the clock: the oldest first.
    Statement revisions = database.prepare(
        "DELETE FROM past_job WHERE sequence IN (SELECT sequence FROM (SELECT sequence, "
        "superseded_at FROM past_job ORDER BY sequence LIMIT ?2) WHERE superseded_at < ?1)");
    Statement audit = database.prepare(
        "DELETE FROM audit WHERE sequence IN (SELECT sequence FROM (SELECT sequence, at FROM audit "
        "ORDER BY sequence LIMIT ?2) WHERE at < ?1)");
    Statement attempts = database.prepare(
        "DELETE FROM attempt WHERE (id, number) IN (SELECT a.id, a.number FROM attempt a "
        "WHERE a.due < ?1 AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.id = a.id) "
        "ORDER BY a.due LIMIT ?2)");
    edge.bind(1, before).run();
    entries.bind(1, before).bind(2, step).run();
    bool more = database.changes() == step;
    revisions.bind(1, before).bind(2, step).run();
    more = more || database.changes() == step;
    audit.bind(1, before).bind(2, step).run();
    more = more || database.changes() == step;
    attempts.bind(1, before).bind(2, step).run();
    more = more || database.changes() == step;
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
        if (retention.output_before) {
            more =
                prune_output(database, std::min(micros(*retention.output_before), watermark), step);
        }
        if (retention.ledger_before) {
            more =
                prune_ledger(database, std::min(micros(*retention.ledger_before), watermark), step);
        }
    }
    transaction.commit();
    return more;
}

}  // namespace quantum::sqlite
