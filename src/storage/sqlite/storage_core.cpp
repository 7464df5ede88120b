#include "storage/sqlite/storage_core.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "storage/sqlite/file/connect.hpp"
#include "storage/sqlite/file/log_file.hpp"
#include "storage/sqlite/ledger/retention.hpp"
#include "storage/sqlite/ledger/snapshot.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum {
namespace {

constexpr int frames_a_checkpoint = 1000;  // of 4 KiB: what SQLite itself does by default
// A transaction may take as many pages as the cache has room for; between two, these are enough
// for the ends of the trees.
constexpr int kept_page_bytes = 2 << 20;

constexpr const char* log_name = "ledger.db-wal";
constexpr const char* log_index_name = "ledger.db-shm";

// After these nothing that the connection remembers is to be trusted.
bool spoils_connection(const sqlite::Failure& failure) {
    switch (failure.primary_code()) {
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
            return true;
        default:
            return false;
    }
}

bool is_damage(const sqlite::Failure& failure) {
    return failure.primary_code() == SQLITE_CORRUPT || failure.primary_code() == SQLITE_NOTADB;
}

}  // namespace

SqliteStorage::Core::Core(SqliteOptions options, sqlite::InstanceLock lock, sqlite::Blank blank)
    : paths_(lock.path()), options_(std::move(options)), lock_(std::move(lock)), blank_(blank) {}

SqliteStorage::Core::~Core() {
    ledger.reset();
    const base::MutexLock lock(mutex_);
    if (database_ == nullptr || commit_uncertain_) return;
    try {
        writer_.reset();
        if (marked_) database_->execute("UPDATE state SET stopped_cleanly = 1");
        sqlite3_db_config(database_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    } catch (const sqlite::Failure&) {
        // Then the next start looks closer, which is all that this mark is for.
    }
}

void SqliteStorage::Core::open() {
    const base::MutexLock lock(mutex_);
    reconnect();
    blank_ = sqlite::Blank::is_refused;
    try {
        was_clean = database_->integer("SELECT stopped_cleanly FROM state") != 0;
        earlier_boot = database_->text("SELECT boot FROM state");
        mark_in_use();
    } catch (const sqlite::Failure& failure) {
        // A disk that is full can be read: whoever starts may wait until there is room.
        if (failure.primary_code() == SQLITE_FULL) return;
        disconnect();
        throw;
    }
}

void SqliteStorage::Core::mark_life() {
    const base::MutexLock lock(mutex_);
    if (sqlite::identity_of(lock_.directory(), sqlite::StatePaths::life_name)) {
        lock_.ledger_is_filled();
        return;
    }
    try {
        if (database_ == nullptr) return;
        // All of it in the ledger itself: the log alone is no ledger.
        empty_log(*database_);
        static_cast<void>(sqlite::mark_life(lock_.directory(), lock_.path()));
        lock_.ledger_is_filled();
    } catch (const sqlite::Failure& failure) {
        if (spoils_connection(failure)) disconnect();
    }
}

// Before anything else is written: a start after this one did not end cleanly looks closer.
void SqliteStorage::Core::mark_in_use() {
    if (std::exchange(marked_, true)) return;
    try {
        database_->execute("UPDATE state SET stopped_cleanly = 0");
    } catch (const sqlite::Failure& failure) {
        marked_ = false;
        commit_uncertain_ = commit_uncertain_ || spoils_connection(failure);  // a commit of its own
        throw;
    }
}

void SqliteStorage::Core::reconnect() {
    if (database_ == nullptr)
        with_readers_closed([this]() QUANTUM_NO_THREAD_SAFETY_ANALYSIS { open_connection(); });
}

void SqliteStorage::Core::disconnect() {
    if (database_ != nullptr)
        with_readers_closed([this]() QUANTUM_NO_THREAD_SAFETY_ANALYSIS { close_connection(); });
}

void SqliteStorage::Core::with_readers_closed(const std::function<void()>& work) const {
    if (ledger == nullptr) {
        work();
    } else {
        ledger->while_closed(work);
    }
}

void SqliteStorage::Core::open_connection() {
    // What stands under the name may be another file than the one that is locked.
    if (const Status place = lock_.in_place();
        !place && !mutated(sqlite::SqliteMutant::another_ledger_taken)) {
        throw sqlite::Failure(SQLITE_CANTOPEN, place.error().message);
    }
    if (!mutated(sqlite::SqliteMutant::log_not_written_again))
        sqlite::write_log_again(lock_.ledger());
    auto database = sqlite::connect_writer(lock_.ledger(), options_.busy_timeout, blank_);
    if (commit_uncertain_) {
        empty_log(*database);
        commit_uncertain_ = false;
    }
    log_ = sqlite::identity_of(lock_.directory(), log_name);
    log_index_ = sqlite::identity_of(lock_.directory(), log_index_name);
    auto writer = std::make_unique<sqlite::Writer>(*database, options_.boot);
    last_batch_ = writer->last_batch();
    kept_output_ = writer->kept_output();
    log_frames_ = 0;
    checkpoint_at_ = frames_a_checkpoint;
    sqlite3_wal_hook(
        database->handle(),
        [](void* frames, sqlite3*, const char*, int count) {
            *static_cast<int*>(frames) = count;
            return SQLITE_OK;
        },
        &log_frames_);
    database_ = std::move(database);
    writer_ = std::move(writer);
    unsettled_.reset();
}

void SqliteStorage::Core::empty_log(sqlite::Database& database) const {
    int in_log = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(database.handle(), nullptr,
                                               SQLITE_CHECKPOINT_TRUNCATE, &in_log, &copied);
    if (code == SQLITE_OK) return;
    const int why = sqlite3_extended_errcode(database.handle());
    throw sqlite::Failure(
        why == SQLITE_OK ? code : why,
        std::string("emptying the write-ahead log: ") + sqlite3_errmsg(database.handle()));
}

Status SqliteStorage::Core::in_place() {
    if (Status place = lock_.in_place(); !place) return place;
    if (database_ == nullptr) return {};
    const bool same = log_ == sqlite::identity_of(lock_.directory(), log_name) &&
                      log_index_ == sqlite::identity_of(lock_.directory(), log_index_name);
    return same || mutated(sqlite::SqliteMutant::lost_log_unseen) ? Status{} : renew_log();
}

// What the log holds is still in the file that was opened, whoever has removed its name: in the
// ledger it is found again, and the next log has a name.
Status SqliteStorage::Core::renew_log() {
    try {
        empty_log(*database_);
        disconnect();
        reconnect();
        return {};
    } catch (const sqlite::Failure& failure) {
        return fail(ErrorCode::unavailable,
                    paths_.ledger.string() +
                        ": its write-ahead log is gone or has been replaced, "
                        "and could not be recreated: " +
                        failure.what());
    }
}

void SqliteStorage::Core::close_connection() {
    writer_.reset();
    database_.reset();
}

void SqliteStorage::Core::recover_from(const sqlite::Failure& failure) {
    writer_->roll_back();
    if (spoils_connection(failure)) disconnect();
}

Error SqliteStorage::Core::error(const sqlite::Failure& failure) const {
    return sqlite::to_error(failure, paths_.ledger);
}

CommitResult SqliteStorage::Core::commit(const Batch& batch) {
    const base::MutexLock lock(mutex_);
    CommitResult result = store(batch);
    publish_health(result);
    return result;
}

void SqliteStorage::Core::publish_health(const CommitResult& result) {
    const bool degraded = result.status != CommitStatus::done || result.starts_nothing;
    std::string told = degraded ? result.reason : std::string();
    if (degraded && told.empty()) told = "no reason was given";
    if (told == told_) return;
    if (!degraded) {
        if (!mutated(sqlite::SqliteMutant::told_degraded_for_good)) lock_.tell_healed();
    } else {
        if (told_.empty()) {
            degraded_since_ = std::chrono::floor<Duration>(std::chrono::system_clock::now());
        }
        lock_.tell_degraded(degraded_since_, told);
    }
    told_ = std::move(told);
}

CommitResult SqliteStorage::Core::store(const Batch& batch) {
    const Status place = in_place();
    if (!place && !batch.only_ends() && !mutated(sqlite::SqliteMutant::starts_in_a_lost_place))
        return {CommitStatus::failed, place.error().message};
    CommitResult result = store_in_place(batch);
    if (!place && result.status == CommitStatus::done) {
        result.reason = place.error().message;
        result.starts_nothing = true;
    }
    return result;
}

CommitResult SqliteStorage::Core::store_in_place(const Batch& batch) {
    try {
        reconnect();
    } catch (const sqlite::Failure& failure) {
        if (is_damage(failure)) return {CommitStatus::fatal, error(failure).message};
        return {unsettled_ ? CommitStatus::unknown : CommitStatus::failed, error(failure).message};
    }
    if (batch.id == last_batch_ && batch.id != 0) return {};
    if (batch.id < last_batch_) {
        return {CommitStatus::fatal, "batch " + std::to_string(batch.id) + " comes after batch " +
                                         std::to_string(last_batch_)};
    }
    return write(batch);
}

CommitResult SqliteStorage::Core::write(const Batch& batch) {
    try {
        mark_in_use();
        writer_->apply(batch);
    } catch (const sqlite::Contradiction& contradiction) {
        writer_->roll_back();
        return {CommitStatus::fatal, contradiction.what()};
    } catch (const sqlite::Failure& failure) {
        recover_from(failure);
        return {is_damage(failure) ? CommitStatus::fatal : CommitStatus::failed,
                error(failure).message};
    } catch (const std::exception& exception) {  // out of memory
        writer_->roll_back();
        return {CommitStatus::failed, exception.what()};
    }
    try {
        writer_->commit();
    } catch (const sqlite::Failure& failure) {
        if (!spoils_connection(failure)) {
            // The log was not written to its end: the transaction is as if it had never been.
            writer_->roll_back();
            return {CommitStatus::failed, error(failure).message};
        }
        return resolve_uncertain_commit(batch, failure);
    }
    last_batch_ = batch.id;
    const bool had_output =
        std::any_of(batch.finishes.begin(), batch.finishes.end(),
                    [](const Finish& finish) { return static_cast<bool>(finish.output); });
    if (had_output) kept_output_ = writer_->kept_output();
    checkpoint_when_due();
    forget_pages_when_many();
    return {};
}

// The sync failed: what of the log is on disk nobody can say, and a second sync of the same file
// would succeed without having written anything. So the file is closed, the log read anew and
// copied into the database, which is another write and another sync.
CommitResult SqliteStorage::Core::resolve_uncertain_commit(const Batch& batch,
                                                           const sqlite::Failure& failure) {
    disconnect();
    commit_uncertain_ = true;
    unsettled_ = batch.id;
    try {
        reconnect();
    } catch (const sqlite::Failure& again) {
        return {CommitStatus::unknown, error(failure).message + "; then " + again.what()};
    }
    if (last_batch_ == batch.id) {
        return {CommitStatus::done, error(failure).message + "; stored after it was reopened"};
    }
    return {CommitStatus::failed, error(failure).message};
}

void SqliteStorage::Core::checkpoint_when_due() {
    if (log_frames_ < checkpoint_at_) return;
    int in_log = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(database_->handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
    // All copied: the next commit begins the log anew. Else (a reader holds an old state, the disk
    // is full) it is tried again when the log has grown by as much.
    const bool whole = code == SQLITE_OK && copied == in_log;
    checkpoint_at_ = whole ? frames_a_checkpoint : log_frames_ + frames_a_checkpoint;
    // The batch itself is safe in the log, which was synced; only the copying failed.
    if ((code & 0xFF) == SQLITE_IOERR) disconnect();
}

void SqliteStorage::Core::forget_pages_when_many() {
    if (database_ != nullptr && database_->page_bytes() > kept_page_bytes) {
        database_->forget_pages();
    }
}

Result<Snapshot> SqliteStorage::Core::load() {
    const base::MutexLock lock(mutex_);
    try {
        reconnect();
        problems_.clear();
        Snapshot snapshot = sqlite::read_snapshot(*database_, options_.rebind, problems_);
        database_->forget_pages();  // the definitions were all read, and are not read again
        return snapshot;
    } catch (const sqlite::Failure& failure) {
        if (spoils_connection(failure)) disconnect();
        return tl::unexpected(error(failure));
    }
}

std::vector<std::string> SqliteStorage::Core::problems() const {
    const base::MutexLock lock(mutex_);
    return problems_;
}

Result<bool> SqliteStorage::Core::prune(const Retention& retention) {
    const base::MutexLock lock(mutex_);
    try {
        reconnect();
    } catch (const sqlite::Failure& failure) {
        return tl::unexpected(error(failure));
    }
    try {
        mark_in_use();
        const bool is_more = sqlite::prune(*database_, retention);
        kept_output_ = writer_->kept_output();
        return is_more;
    } catch (const sqlite::Failure& failure) {
        // Whether these rows are gone may be in doubt; nobody was promised either.
        commit_uncertain_ = commit_uncertain_ || spoils_connection(failure);
        recover_from(failure);
        return tl::unexpected(error(failure));
    }
}

}  // namespace quantum
