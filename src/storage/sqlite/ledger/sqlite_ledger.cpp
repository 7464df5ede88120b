#include <string>
#include <utility>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/file/backup.hpp"
#include "storage/sqlite/file/check.hpp"
#include "storage/sqlite/file/connect.hpp"
#include "storage/sqlite/file/state_directory.hpp"
#include "storage/sqlite/ledger/entry_row.hpp"
#include "storage/sqlite/ledger/history.hpp"
#include "storage/sqlite/ledger/ledger_reader.hpp"
#include "storage/sqlite/ledger/records.hpp"
#include "storage/sqlite/ledger/snapshot.hpp"

namespace quantum {
namespace {

// What the adapter throws inside is a value outside.
template <class Question>
auto answer(const std::filesystem::path& file, Question question) -> Result<decltype(question())> {
    try {
        if constexpr (std::is_void_v<decltype(question())>) {
            question();
            return {};
        } else {
            return question();
        }
    } catch (const sqlite::NotFound& missing) {
        return fail(ErrorCode::not_found, missing.what());
    } catch (const sqlite::Failure& failure) {
        return tl::unexpected(sqlite::to_error(failure, file));
    }
}

// The same over the connection that all questions share.
template <class Reader, class Question>
auto ask(Reader& reader, Question question) {
    return answer(reader.file, [&] {
        const base::MutexLock lock(reader.mutex);
        return question(reader.database());
    });
}

}  // namespace

SqliteLedger::SqliteLedger(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}

SqliteLedger::~SqliteLedger() = default;

Result<std::unique_ptr<SqliteLedger>> SqliteLedger::open(const std::filesystem::path& directory) {
    const auto file = sqlite::StatePaths(directory).ledger;
    auto place = sqlite::open_state_directory(directory, false);
    if (!place && place.error().code != ErrorCode::not_found) {
        return tl::unexpected(std::move(place).error());
    }
    const char* const name = sqlite::StatePaths::ledger_name;
    if (!place || !sqlite::identity_of(place->get(), name)) {
        return fail(ErrorCode::not_found, file.string() + ": there is no ledger");
    }
    // SQLite is not even asked: beside an empty file it removes the log.
    if (sqlite::is_blank({place->get(), name, file})) {
        return fail(ErrorCode::corrupt,
                    file.string() + ": it is empty and does not contain a ledger");
    }
    return answer(file, [&] {
        auto reader = std::make_unique<Reader>(file, std::move(*place));
        {
            const base::MutexLock lock(reader->mutex);
            (void)reader->database();
        }
        return std::unique_ptr<SqliteLedger>(new SqliteLedger(std::move(reader)));
    });
}

void SqliteLedger::while_closed(const std::function<void()>& work) const {
    reader_->while_closed(work);
}

Result<std::vector<Entry>> SqliteLedger::entries(const EntryQuery& query) const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_entries(database, query); });
}

Result<Entry> SqliteLedger::entry(std::string_view text) const {
    const auto range = ids_beginning_with(text);
    if (!range) return tl::unexpected(range.error());
    const auto ending = storage::IdEnding::of(text);
    auto found = ask(*reader_, [&](sqlite::Database& database) {
        return sqlite::entries_with(database, *range, ending);
    });
    if (!found) return tl::unexpected(std::move(found).error());
    if (found->empty()) return tl::unexpected(storage::no_execution(text));
    if (found->size() > 1) return tl::unexpected(storage::several_executions(text));
    return std::move(found->front());
}

Status SqliteLedger::each(const EntryQuery& query,
                          const std::function<bool(const Entry&)>& visit) const {
    return ask(*reader_,
               [&](sqlite::Database& database) { sqlite::visit_entries(database, query, visit); });
}

Result<std::vector<JobRevision>> SqliteLedger::revisions(
    const std::optional<std::string>& job) const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_revisions(database, job); });
}

Result<std::vector<Entry>> SqliteLedger::entries_about(const std::string& job, WallTime from,
                                                       WallTime until) const {
    return ask(*reader_, [&](sqlite::Database& database) {
        return sqlite::read_entries_about(database, job, from, until);
    });
}

Result<std::vector<JobRevision>> SqliteLedger::revisions_around(const std::string& job,
                                                                WallTime from,
                                                                WallTime until) const {
    return ask(*reader_, [&](sqlite::Database& database) {
        return sqlite::read_revisions_around(database, job, from, until);
    });
}

Result<std::vector<std::string>> SqliteLedger::job_names() const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_job_names(database); });
}

Result<std::vector<StepNote>> SqliteLedger::clock_steps() const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_clock_steps(database); });
}

Result<LedgerBounds> SqliteLedger::bounds() const {
    return ask(*reader_, [&](sqlite::Database& database) { return sqlite::read_bounds(database); });
}

Result<LedgerCounts> SqliteLedger::counts() const {
    return ask(*reader_, [&](sqlite::Database& database) { return sqlite::read_counts(database); });
}

Result<Snapshot> SqliteLedger::snapshot() const {
    return ask(*reader_, [&](sqlite::Database& database) {
        const std::function<Status(Job&)> nobody;
        std::vector<std::string> problems;  // such a job is inactive
        return sqlite::read_snapshot(database, nobody, problems);
    });
}

Result<std::vector<Attempt>> SqliteLedger::attempts(const ExecutionId& id) const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_attempts(database, id); });
}

Result<CapturedOutput> SqliteLedger::output(const ExecutionId& id,
                                            std::optional<std::uint32_t> attempt) const {
    return ask(*reader_, [&](sqlite::Database& database) {
        return sqlite::read_output(database, id, attempt);
    });
}

Result<std::vector<AuditNote>> SqliteLedger::audit(std::size_t limit) const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_audit(database, limit); });
}

Result<std::vector<AuditNote>> SqliteLedger::notes(const NoteQuery& query) const {
    return ask(*reader_,
               [&](sqlite::Database& database) { return sqlite::read_notes(database, query); });
}

Status SqliteLedger::at_one_instant(const std::function<Status(const Ledger&)>& work) const {
    try {
        Reader::Side side(*reader_);
        const std::function<bool()> broken_off = [&side] { return side.broken_off(); };
        sqlite::break_off_when(side.database(), broken_off);
        const sqlite::Transaction instant(side.database(), sqlite::Transaction::Kind::read);
        // It is that of the first question.
        (void)side.database().integer("SELECT last_batch FROM state");
        const SqliteLedger then(std::make_unique<Reader>(reader_->file, side.database()));
        return work(then);
    } catch (const sqlite::Failure& failure) {
        return tl::unexpected(sqlite::to_error(failure, reader_->file));
    }
}

// Checks and backups take long: each has a connection of its own and holds nobody up.
Status SqliteLedger::quick_check(const std::stop_token& stop) const {
    return answer(reader_->file, [&] {
        Reader::Side side(*reader_);
        sqlite::check(side.database(), sqlite::Depth::quick,
                      [&] { return side.broken_off() || stop.stop_requested(); });
    });
}

Status SqliteLedger::integrity_check() const {
    return answer(reader_->file, [&] {
        Reader::Side side(*reader_);
        sqlite::check(side.database(), sqlite::Depth::full, [&] { return side.broken_off(); });
    });
}

Status SqliteLedger::backup(const std::filesystem::path& file,
                            const std::function<void(std::size_t, std::size_t)>& progress) const {
    try {
        Reader::Side side(*reader_);
        return sqlite::back_up(side.database(), file, [&](std::size_t copied, std::size_t pages) {
            if (side.broken_off()) {
                throw sqlite::Failure(SQLITE_INTERRUPT, "the writer had to reopen the file");
            }
            if (progress) progress(copied, pages);
        });
    } catch (const sqlite::Failure& failure) {
        return tl::unexpected(sqlite::to_error(failure, reader_->file));
    }
}

}  // namespace quantum
