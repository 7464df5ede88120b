#include "storage/sqlite/ledger/writer.hpp"

#include <algorithm>
#include <tuple>

#include "storage/outcome_state.hpp"
#include "storage/sqlite/jobs/job_row.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {
namespace {

// Until when a definition held; the watermark stands in where nobody said it.
void bind_end(Statement& statement, int index, WallTime at) {
    if (at == WallTime{}) {
        statement.bind_null(index);
    } else {
        statement.bind(index, micros(at));
    }
}

}  // namespace

Writer::Writer(Database& database, const std::string& boot)
    : database_(database),
      boot_(boot),
      names_(database),
      begin_(database.prepare("BEGIN IMMEDIATE")),
      commit_(database.prepare("COMMIT")),
      roll_back_(database.prepare("ROLLBACK")),
      insert_entry_(database.prepare(insert_entry)),
      finish_(database.prepare("UPDATE entry SET state = ?2, attempt = ?3, ended_at = ?4, "
                               "outcome = ?5, exit_code = ?6, signal = ?7, duration = ?8, "
                               "why = ?9, result = ?10, peak_memory = ?11, cpu = ?12, "
                               "started_at = coalesce(started_at, ?13) "
                               "WHERE id = ?1 AND state < 2")),
      retry_(database.prepare("UPDATE entry SET state = ?2, attempt = ?3, retry_at = ?4, "
                              "outcome = ?5, exit_code = ?6, signal = ?7, duration = ?8, "
                              "why = ?9, result = ?10, peak_memory = ?11, cpu = ?12, "
                              "started_at = coalesce(started_at, ?13) "
                              "WHERE id = ?1 AND state < 2")),
      add_attempt_(database.prepare(
          "INSERT OR IGNORE INTO attempt(id, number, due, planned, started_at, ended_at, outcome, "
          "exit_code, signal, duration, why, result, peak_memory, cpu) SELECT ?1, ?2, due, "
          "CASE ?2 WHEN 1 THEN coalesce(not_before, due) ELSE coalesce(retry_at, due) END, "
          "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM entry WHERE id = ?1")),
      start_(database.prepare("UPDATE entry SET state = 1, handed_at = ?2 "
                              "WHERE id = ?1 AND state < 2")),
      skip_(database.prepare("UPDATE entry SET state = ?4, reason = ?2, ended_at = ?3, "
                             "covered_by = ?5 WHERE id = ?1 AND state < 2")),
      set_state_(database.prepare("UPDATE state SET last_batch = ?1, "
                                  "watermark = coalesce(?2, watermark) WHERE one = 1")),
      holds_jobs_(database.prepare("UPDATE state SET holds_jobs = 1, boot = ?1 WHERE one = 1")),
      put_job_(database.prepare("INSERT INTO job(name, revision, effective_from, schedule, "
                                "dialect, zone, anchor, state, source, definition, note, "
                                "zone_data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                                "?11, ?12)")),
      keep_job_(database.prepare(
          "INSERT INTO past_job(name, revision, effective_from, schedule, dialect, zone, anchor, "
          "state, source, definition, note, zone_data, superseded_at) SELECT name, revision, "
          "effective_from, schedule, dialect, zone, anchor, state, source, definition, note, "
          "zone_data, coalesce(?2, (SELECT watermark FROM state), 0) FROM job "
          "WHERE name = ?1")),
      delete_job_(database.prepare("DELETE FROM job WHERE name = ?1")),
      keep_all_jobs_(database.prepare(
          "INSERT INTO past_job(name, revision, effective_from, schedule, dialect, zone, anchor, "
          "state, source, definition, note, zone_data, superseded_at) SELECT name, revision, "
          "effective_from, schedule, dialect, zone, anchor, state, source, definition, note, "
          "zone_data, coalesce(?1, (SELECT watermark FROM state), 0) FROM job")),
      delete_all_jobs_(database.prepare("DELETE FROM job")),
      add_step_(database.prepare("INSERT INTO clock_step(before, after, pass, repeated_until, "
                                 "used_until, begun, begun_until) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")),
      add_output_(database.prepare("INSERT INTO output(id, attempt, due, job, bytes, head, tail) "
                                   "SELECT ?1, ?2, due, job, ?3, ?4, ?5 FROM entry WHERE id = ?1")),
      add_audit_(database.prepare("INSERT INTO audit(at, actor, action, job, detail) "
                                  "VALUES (?1, ?2, ?3, ?4, ?5)")),
      last_batch_(database.prepare("SELECT last_batch FROM state")),
      kept_output_(database.prepare("SELECT kept_output FROM state")) {}

std::uint64_t Writer::kept_output() {
    kept_output_.step();
    const std::int64_t bytes = kept_output_.integer(0);
    kept_output_.reset();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
}

std::uint64_t Writer::last_batch() {
    last_batch_.step();
    const auto id = static_cast<std::uint64_t>(last_batch_.integer(0));
    last_batch_.reset();
    return id;
}

void Writer::apply(const Batch& batch) {
    begin_.run();
    apply_jobs(batch);
    for (const StepNote& step : batch.steps) apply(step);
    if (mutated(SqliteMutant::finish_after_claims)) apply_claims(batch.claims);
    for (const Finish& finish : batch.finishes) apply(finish);
    if (!mutated(SqliteMutant::finish_after_claims)) apply_claims(batch.claims);
    for (const Start& start : batch.starts) apply(start);
    for (const Skip& skip : batch.skips) apply(skip);
    for (const AuditNote& note : batch.audit) {
        if (!mutated(SqliteMutant::audit_dropped)) apply(note);
    }
    apply_state(batch);
}

void Writer::roll_back() noexcept {
    if (!mutated(SqliteMutant::name_kept_after_rollback)) names_.forget();
    if (sqlite3_get_autocommit(database_.handle()) != 0) return;
    try {
        roll_back_.run();
    } catch (const Failure&) {
        // The connection is dropped by whoever sees the first error.
    }
}

void Writer::apply_jobs(const Batch& batch) {
    if (batch.jobs.empty()) return;
    for (const JobChange& change : batch.jobs) apply(change);
    holds_jobs_.bind(1, mutated(SqliteMutant::boot_not_stored) ? std::string() : boot_).run();
}

void Writer::apply(const JobChange& change) {
    const bool defines =
        change.kind == JobChangeKind::added || change.kind == JobChangeKind::updated;
    const WallTime at = change.stored.effective_from;
    if (change.kind == JobChangeKind::purged_all) {
        bind_end(keep_all_jobs_, 1, at);
        keep_all_jobs_.run();
        delete_all_jobs_.run();
        return;
    }
    const std::int64_t name = names_.number_once(change.name);
    supersede(name, at);
    if (!defines) return;

    JobTexts texts;
    bind_job(put_job_, name, change.stored, texts);
    put_job_.run();
}

void Writer::supersede(std::int64_t name, WallTime at) {
    keep_job_.bind(1, name);
    bind_end(keep_job_, 2, at);
    if (!mutated(SqliteMutant::old_revision_dropped)) keep_job_.run();
    delete_job_.bind(1, name).run();
}

void Writer::apply(const StepNote& step) {
    add_step_.bind(1, micros(step.before)).bind(2, micros(step.after)).bind(3, step.pass);
    add_step_.bind(4, micros(step.repeated_until)).bind(5, micros(step.fixed_times_done_until));
    add_step_.bind(6, mutated(SqliteMutant::begun_not_stored) ? 0 : step.rewind_pass)
        .bind(7, micros(step.rewind_until))
        .run();
}

void Writer::apply(const Finish& finish) {
    if ((finish.retry_at || finish.attempt > 1) && !mutated(SqliteMutant::attempt_without_row))
        add_attempt(finish);
    Statement& end = finish.retry_at ? retry_ : finish_;
    end.bind_blob(1, bytes_of(finish.id));
    if (finish.retry_at) {
        end.bind(2, static_cast<int>(EntryState::claimed))
            .bind(3, finish.attempt + (mutated(SqliteMutant::attempt_lost) ? 0 : 1));
        end.bind(4, micros(*finish.retry_at));
    } else {
        end.bind(2, static_cast<int>(storage::state_of(finish.outcome.kind)))
            .bind(3, finish.attempt);
        end.bind(4, micros(finish.ended_at));
    }
    bind_outcome(end, 5, finish.outcome);
    bind_time(end, 13,
              finish.attempt == 1 || mutated(SqliteMutant::later_start_is_the_first)
                  ? finish.started_at
                  : std::nullopt);
    end.run();
    expect_one_open("end", finish.id);
    if (!finish.output) return;
    add_output_.bind_blob(1, bytes_of(finish.id)).bind(2, finish.attempt);
    add_output_.bind(3, static_cast<std::int64_t>(finish.output->bytes));
    add_output_.bind_blob(4, finish.output->head).bind_blob(5, finish.output->tail).run();
}

// Where the next attempt is not made after all, the last one comes again, and has its row already.
void Writer::add_attempt(const Finish& finish) {
    add_attempt_.bind_blob(1, bytes_of(finish.id)).bind(2, finish.attempt);
    bind_time(add_attempt_, 3, finish.started_at);
    add_attempt_.bind(4, micros(finish.ended_at));
    bind_outcome(add_attempt_, 5, finish.outcome);
    add_attempt_.run();
}

void Writer::apply_claims(const std::vector<Entry>& claims) {
    order_.clear();
    for (const Entry& entry : claims) {
        order_.push_back({entry.due, names_.number(entry.job), &entry});
    }
    // In the order of the key, so that rows are appended and not strewn over the tree.
    std::sort(order_.begin(), order_.end(), [](const Claim& a, const Claim& b) {
        return std::tie(a.due, a.job) < std::tie(b.due, b.job);
    });
    for (const Claim& claim : order_) {
        const Entry& entry = *claim.entry;
        const std::int64_t target = entry.target == "*" ? 0 : names_.number(entry.target);
        bind_entry(insert_entry_, entry, claim.job, target);
        try {
            insert_entry_.run();
        } catch (const Failure& failure) {
            if (failure.primary_code() != SQLITE_CONSTRAINT ||
                mutated(SqliteMutant::duplicate_is_a_failure))
                throw;
            throw Contradiction("job '" + entry.job + "': due time " +
                                std::to_string(micros(entry.due)) + " us, execution " +
                                entry.id.text() + ", is stored already: " + failure.what());
        }
    }
}

void Writer::apply(const Start& start) {
    start_.bind_blob(1, bytes_of(start.id)).bind(2, micros(start.handed_at)).run();
    expect_one_open("start", start.id);
}

void Writer::apply(const Skip& skip) {
    skip_.bind_blob(1, bytes_of(skip.id)).bind(2, static_cast<int>(skip.reason));
    skip_.bind(3, micros(skip.ended_at));
    const EntryState state = skip.covered_by ? EntryState::coalesced : EntryState::skipped;
    skip_.bind(4, static_cast<int>(state));
    if (skip.covered_by && !mutated(SqliteMutant::cover_of_a_claim_lost)) {
        skip_.bind_blob(5, bytes_of(*skip.covered_by));
    } else {
        skip_.bind_null(5);
    }
    skip_.run();
    expect_one_open("skip", skip.id);
}

void Writer::apply(const AuditNote& note) {
    add_audit_.bind(1, micros(note.at)).bind(2, note.actor).bind(3, note.action);
    add_audit_.bind(4, note.job).bind(5, note.detail).run();
}

void Writer::expect_one_open(std::string_view what, const ExecutionId& id) const {
    if (database_.changes() == 1 || mutated(SqliteMutant::end_of_unknown_taken)) return;
    throw Contradiction(std::string(what) + " of execution " + id.text() + ", which is not open");
}

void Writer::apply_state(const Batch& batch) {
    set_state_.bind(1, static_cast<std::int64_t>(batch.id));
    if (batch.watermark && !mutated(SqliteMutant::watermark_not_stored)) {
        set_state_.bind(2, micros(*batch.watermark));
    } else {
        set_state_.bind_null(2);
    }
    set_state_.run();
}

}  // namespace quantum::sqlite
