#include <system_error>
#include <utility>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/file/connect.hpp"
#include "storage/sqlite/file/instance_lock.hpp"
#include "storage/sqlite/file/state_directory.hpp"
#include "storage/sqlite/storage_core.hpp"

namespace quantum {

SqliteStorage::SqliteStorage(std::unique_ptr<Core> core) : core_(std::move(core)) {}

SqliteStorage::~SqliteStorage() = default;

Result<std::unique_ptr<SqliteStorage>> SqliteStorage::open(const std::filesystem::path& directory,
                                                           SqliteOptions options) {
    auto lock = sqlite::InstanceLock::take(directory);
    if (!lock) return tl::unexpected(std::move(lock).error());
    // Absolute: whoever calls may change the directory that it works in.
    const std::filesystem::path place = lock->path();
    const sqlite::PlacedFile file = lock->ledger();
    const bool is_new = options.new_ledger ||
                        !sqlite::identity_of(lock->directory(), sqlite::StatePaths::life_name);
    // SQLite is not even asked: beside an empty file it removes the log.
    if (!is_new && sqlite::is_blank(file)) {
        return fail(ErrorCode::corrupt, file.shown.string() + ": " + sqlite::lost_ledger);
    }
    if (auto made = sqlite::prepare_file(file); !made) {
        return tl::unexpected(std::move(made).error());
    }
    if (auto held = lock->hold_ledger(); !held) {
        return tl::unexpected(std::move(held).error());
    }
    try {
        auto core = std::make_unique<Core>(
            std::move(options), std::move(*lock),
            is_new ? sqlite::Blank::becomes_ledger : sqlite::Blank::is_refused);
        core->open();
        core->mark_life();
        auto ledger = SqliteLedger::open(place);
        if (!ledger) return tl::unexpected(std::move(ledger).error());
        core->ledger = std::move(*ledger);
        return std::unique_ptr<SqliteStorage>(new SqliteStorage(std::move(core)));
    } catch (const sqlite::Failure& failure) {
        return tl::unexpected(sqlite::to_error(failure, file.shown));
    }
}

Result<Snapshot> SqliteStorage::load() { return core_->load(); }

CommitResult SqliteStorage::commit(const Batch& batch) { return core_->commit(batch); }

Result<std::vector<Entry>> SqliteStorage::entries(const EntryQuery& query) const {
    return core_->ledger->entries(query);
}

Result<Entry> SqliteStorage::entry(std::string_view text) const {
    return core_->ledger->entry(text);
}

Status SqliteStorage::each(const EntryQuery& query,
                           const std::function<bool(const Entry&)>& visit) const {
    return core_->ledger->each(query, visit);
}

Result<std::vector<JobRevision>> SqliteStorage::revisions(
    const std::optional<std::string>& job) const {
    return core_->ledger->revisions(job);
}

Result<std::vector<Entry>> SqliteStorage::entries_about(const std::string& job, WallTime from,
                                                        WallTime until) const {
    return core_->ledger->entries_about(job, from, until);
}

Result<std::vector<JobRevision>> SqliteStorage::revisions_around(const std::string& job,
                                                                 WallTime from,
                                                                 WallTime until) const {
    return core_->ledger->revisions_around(job, from, until);
}

Result<std::vector<std::string>> SqliteStorage::job_names() const {
    return core_->ledger->job_names();
}

Result<std::vector<StepNote>> SqliteStorage::clock_steps() const {
    return core_->ledger->clock_steps();
}

Result<LedgerBounds> SqliteStorage::bounds() const { return core_->ledger->bounds(); }

Result<std::vector<Attempt>> SqliteStorage::attempts(const ExecutionId& id) const {
    return core_->ledger->attempts(id);
}

Result<CapturedOutput> SqliteStorage::output(const ExecutionId& id,
                                             std::optional<std::uint32_t> attempt) const {
    return core_->ledger->output(id, attempt);
}

Result<std::vector<AuditNote>> SqliteStorage::audit(std::size_t limit) const {
    return core_->ledger->audit(limit);
}

Result<std::vector<AuditNote>> SqliteStorage::notes(const NoteQuery& query) const {
    return core_->ledger->notes(query);
}

const SqliteLedger& SqliteStorage::ledger() const { return *core_->ledger; }

bool SqliteStorage::was_stopped_cleanly() const { return core_->was_clean; }

const std::string& SqliteStorage::earlier_boot() const { return core_->earlier_boot; }

std::vector<std::string> SqliteStorage::problems() const { return core_->problems(); }

void SqliteStorage::tell_bad_files(std::vector<std::string> reasons) {
    core_->lock().tell_bad_files(std::move(reasons));
}

std::uint64_t SqliteStorage::kept_output() const { return core_->kept_output(); }

Result<bool> SqliteStorage::prune(const Retention& retention) { return core_->prune(retention); }

}  // namespace quantum
