#include "storage/sqlite/file/schema.hpp"

#include <array>

#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {
namespace {

// Each element brings the tables from the version that is its index to the next one. An element
// that was released is never edited again.
//
// Instants are microseconds UTC. Job names and targets are numbers of `name`. Words of the ledger
// are the numbers of entry_row.cpp.
//
// `entry` is one tree in the order of its unique key, which begins with the due time: claims are
// appended at its end. The index by job is kept hour by hour (entry_by_job) because a plain
// (job, due) touches a page a row and costs two thirds of the speed; a reader seeks once an hour.
constexpr std::array migrations{
    R"sql(
CREATE TABLE state(
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last_batch INTEGER NOT NULL,
    watermark INTEGER,
    holds_jobs INTEGER NOT NULL,
    stopped_cleanly INTEGER NOT NULL,
    ledger_from INTEGER
) STRICT;
INSERT INTO state VALUES (1, 0, NULL, 0, 1, NULL);

CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO name VALUES (0, '*');

CREATE TABLE job(
    name INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    effective_from INTEGER NOT NULL,
    schedule TEXT,
    dialect TEXT,
    zone TEXT,
    anchor INTEGER,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    definition TEXT NOT NULL
) STRICT;

CREATE TABLE past_job(
    sequence INTEGER PRIMARY KEY,
    name INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    effective_from INTEGER NOT NULL,
    schedule TEXT,
    dialect TEXT,
    zone TEXT,
    anchor INTEGER,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    definition TEXT NOT NULL,
    superseded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX past_job_by_name ON past_job(name, sequence);

CREATE TABLE entry(
    due INTEGER NOT NULL,
    job INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    target INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    covered_by BLOB,
    claimed_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    until INTEGER,
    count INTEGER NOT NULL,
    outcome INTEGER,
    exit_code INTEGER,
    signal INTEGER,
    duration INTEGER,
    why TEXT,
    result TEXT,
    PRIMARY KEY (due, job, pass, target, kind)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_by_id ON entry(id);
CREATE INDEX entry_by_job ON entry(due / 3600000000, job, due);
CREATE INDEX entry_open ON entry(due) WHERE state < 2;
CREATE INDEX entry_unhappy ON entry(state, due) WHERE state > 2;
CREATE INDEX entry_stretch ON entry(until) WHERE until IS NOT NULL;

CREATE TABLE clock_step(
    sequence INTEGER PRIMARY KEY,
    before INTEGER NOT NULL,
    after INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    repeated_until INTEGER NOT NULL,
    used_until INTEGER NOT NULL
) STRICT;
)sql",
    R"sql(
ALTER TABLE job ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN zone_data TEXT NOT NULL DEFAULT '';
ALTER TABLE past_job ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE past_job ADD COLUMN zone_data TEXT NOT NULL DEFAULT '';

CREATE TABLE output(
    id BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    due INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    head BLOB NOT NULL,
    tail BLOB NOT NULL,
    PRIMARY KEY (id, attempt)
) STRICT;
CREATE INDEX output_by_due ON output(due);

CREATE TABLE audit(
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    job TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
)sql",
    R"sql(
ALTER TABLE state ADD COLUMN boot TEXT NOT NULL DEFAULT '';
)sql",
    R"sql(
ALTER TABLE entry ADD COLUMN peak_memory INTEGER;
ALTER TABLE entry ADD COLUMN cpu INTEGER;
)sql",
    R"sql(
ALTER TABLE entry ADD COLUMN not_before INTEGER;
ALTER TABLE entry ADD COLUMN key TEXT;
CREATE INDEX entry_keyed ON entry(claimed_at) WHERE key IS NOT NULL;
)sql",
    R"sql(
ALTER TABLE clock_step ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clock_step ADD COLUMN begun_until INTEGER NOT NULL DEFAULT 0;
UPDATE clock_step SET begun = pass, begun_until = repeated_until;
)sql",
    // What was called the start was the decision to start. The true one is not known of old rows.
    // Attempts have rows of their own where an execution had more than one.
    R"sql(
ALTER TABLE entry RENAME COLUMN started_at TO handed_at;
ALTER TABLE entry ADD COLUMN started_at INTEGER;
ALTER TABLE entry ADD COLUMN retry_at INTEGER;
UPDATE entry SET retry_at = not_before, not_before = NULL WHERE state < 2 AND attempt > 1;
CREATE TABLE attempt(
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    due INTEGER NOT NULL,
    planned INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    exit_code INTEGER,
    signal INTEGER,
    duration INTEGER,
    why TEXT,
    result TEXT,
    peak_memory INTEGER,
    cpu INTEGER,
    PRIMARY KEY (id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_due ON attempt(due);
)sql",
    // How many bytes of output are kept, in all and of each job, with what a row takes besides.
    R"sql(
ALTER TABLE output ADD COLUMN job INTEGER NOT NULL DEFAULT 0;
UPDATE output SET job = coalesce((SELECT e.job FROM entry e WHERE e.id = output.id), 0);
CREATE INDEX output_by_job ON output(job, due);
CREATE TABLE kept_output(job INTEGER PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;
INSERT INTO kept_output
    SELECT job, sum(length(head) + length(tail) + 256) FROM output GROUP BY job;
ALTER TABLE state ADD COLUMN kept_output INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN outputs_cut INTEGER NOT NULL DEFAULT 0;
UPDATE state SET kept_output = (SELECT coalesce(sum(bytes), 0) FROM kept_output);
CREATE TRIGGER output_added AFTER INSERT ON output BEGIN
    INSERT INTO kept_output VALUES (new.job, length(new.head) + length(new.tail) + 256)
        ON CONFLICT(job) DO UPDATE SET bytes = bytes + excluded.bytes;
    UPDATE state SET kept_output = kept_output + length(new.head) + length(new.tail) + 256;
END;
CREATE TRIGGER output_removed AFTER DELETE ON output BEGIN
    UPDATE kept_output SET bytes = bytes - length(old.head) - length(old.tail) - 256
        WHERE job = old.job;
    DELETE FROM kept_output WHERE job = old.job AND bytes <= 0;
    UPDATE state SET kept_output = kept_output - length(old.head) - length(old.tail) - 256;
END;
)sql",
    // What is asked of one job and one instant: the range that covers it, and who did what then.
    // Ranges and notes are few.
    R"sql(
CREATE INDEX entry_stretch_by_job ON entry(job, until) WHERE until IS NOT NULL;
CREATE INDEX audit_by_job ON audit(job, at);
)sql",
};

}  // namespace

int newest_schema_version() { return static_cast<int>(migrations.size()); }

int schema_version(Database& database) {
    const auto version = static_cast<int>(database.integer("PRAGMA user_version"));
    if (version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0) return 0;
    if (database.integer("PRAGMA application_id") != application_id) {
        throw Failure(SQLITE_NOTADB, "it is a database, but not a ledger of quantum");
    }
    if (version > newest_schema_version() && !mutated(SqliteMutant::newer_tables_taken)) {
        throw Failure(SQLITE_SCHEMA, "its tables have version " + std::to_string(version) +
                                         ", but this program only knows versions up to " +
                                         std::to_string(newest_schema_version()));
    }
    return version;
}

void migrate(Database& database, int version) {
    if (schema_version(database) >= version) return;
    Transaction transaction(database, Transaction::Kind::write);
    // Read again: somebody else may have migrated while this one waited for the write lock.
    for (int at = schema_version(database); at < version; ++at) {
        database.execute(migrations.at(static_cast<std::size_t>(at)));
        if (mutated(SqliteMutant::retry_times_left_behind) && at == 6)
            database.execute("UPDATE entry SET retry_at = NULL");
        if (mutated(SqliteMutant::columns_of_steps_left_empty) && at == 5)
            database.execute("UPDATE clock_step SET begun = 0, begun_until = 0");
    }
    database.execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    database.execute(("PRAGMA user_version = " + std::to_string(version)).c_str());
    transaction.commit();
}

}  // namespace quantum::sqlite
