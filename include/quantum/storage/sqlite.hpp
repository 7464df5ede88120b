#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/storage/ledger.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum {

/// The number of rows currently in a ledger.
struct LedgerCounts {
    std::size_t jobs = 0;     ///< current definitions
    std::size_t started = 0;  ///< open entries
    std::size_t claimed = 0;
    std::uint64_t kept_output = 0;  ///< bytes of captured output, including its overhead
    std::uint64_t outputs_cut = 0;  ///< runs whose output was removed because of its size
};

/// Read access to the ledger of a state directory: history, checks, backups. Works alongside a
/// running scheduler, in the same or another process, and never blocks it.
///
///     auto ledger = SqliteLedger::open("/var/lib/quantum");
///     auto failed = (*ledger)->entries({.job = "report", .state = EntryState::failed});
///
/// Thread-safety: every method may be called from any thread.
class SqliteLedger final : public Ledger {
public:
    /// Errors: `not_found` (no ledger there), `corrupt` (not a ledger, damaged, of a newer version,
    /// or of an older version that a scheduler must upgrade first), `io_error`.
    [[nodiscard]] static Result<std::unique_ptr<SqliteLedger>> open(
        const std::filesystem::path& directory);
    ~SqliteLedger() override;

    [[nodiscard]] Result<std::vector<Entry>> entries(const EntryQuery& query) const override;
    [[nodiscard]] Result<Entry> entry(std::string_view text) const override;
    [[nodiscard]] Status each(const EntryQuery& query,
                              const std::function<bool(const Entry&)>& visit) const override;
    [[nodiscard]] Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const override;
    [[nodiscard]] Result<std::vector<Entry>> entries_about(const std::string& job, WallTime from,
                                                           WallTime until) const override;
    [[nodiscard]] Result<std::vector<JobRevision>> revisions_around(const std::string& job,
                                                                    WallTime from,
                                                                    WallTime until) const override;
    [[nodiscard]] Result<std::vector<std::string>> job_names() const override;
    [[nodiscard]] Result<std::vector<StepNote>> clock_steps() const override;
    [[nodiscard]] Result<LedgerBounds> bounds() const override;
    [[nodiscard]] Result<std::vector<Attempt>> attempts(const ExecutionId& id) const override;
    [[nodiscard]] Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const override;
    [[nodiscard]] Result<std::vector<AuditNote>> audit(std::size_t limit) const override;
    [[nodiscard]] Result<std::vector<AuditNote>> notes(const NoteQuery& query) const override;

    [[nodiscard]] Result<LedgerCounts> counts() const;

    /// What a scheduler that started now would load (see `Storage::load`), without taking the
    /// directory. Functions and other things of the program's own are missing from its jobs.
    [[nodiscard]] Result<Snapshot> snapshot() const;

    /// Calls `work` with the ledger as of one instant: whatever it reads is as of then, regardless
    /// of later writes. The write-ahead log grows until `work` returns.
    ///
    ///     ledger.at_one_instant([](const Ledger& then) { return use(then); });
    ///
    /// Errors: those of `work`; `unavailable` if it was interrupted because the writer had to
    /// reopen the file; `io_error`, `corrupt`.
    [[nodiscard]] Status at_one_instant(const std::function<Status(const Ledger&)>& work) const;

    /// Reads every page and checks whatever can be checked without sorting, which takes seconds
    /// where `integrity_check` takes minutes. Errors: `corrupt` with what was found; `unavailable`
    /// if it was interrupted by `stop` or because the writer had to reopen the file.
    [[nodiscard]] Status quick_check(const std::stop_token& stop = {}) const;
    /// Checks every page, and every index against its table. Errors: `corrupt` with what was found.
    [[nodiscard]] Status integrity_check() const;

    /// Copies the ledger as of the call, even while it is being written, to a file that only its
    /// owner can read. The file appears under its name once it is complete and on disk. `progress`
    /// is called with the pages copied and the total. Errors: `already_exists`, `io_error`.
    [[nodiscard]] Status backup(
        const std::filesystem::path& file,
        const std::function<void(std::size_t, std::size_t)>& progress = {}) const;

private:
    friend class SqliteStorage;
    class Reader;
    void while_closed(const std::function<void()>& work) const;
    explicit SqliteLedger(std::unique_ptr<Reader> reader);
    std::unique_ptr<Reader> reader_;
};

struct SqliteOptions {
    /// Called with each stored job that contains something that cannot be stored as text (a
    /// function, or a schedule or run strategy of the program's own), to set it again based on the
    /// job's name. Without it, such a job is loaded without that part, and the scheduler takes it
    /// from the program's own jobs: see docs/reference/durable-schedules.md.
    std::function<Status(Job&)> rebind{};

    /// How long a write waits for another process that has locked the file (such as a backup tool
    /// or a shell).
    std::chrono::milliseconds busy_timeout = std::chrono::seconds(5);

    /// Identifies the boot of the machine, for programs that need it: stored with the first batch
    /// that changes jobs, in the same transaction.
    std::string boot{};

    /// Allows a new ledger in a directory that has had one but does not have one now.
    bool new_ledger = false;
};

/// Which instance holds a state directory, and its state.
struct InstanceStatus {
    bool is_held = false;                      ///< by an instance; if not, the rest is empty
    std::optional<int> process{};              ///< its process ID; none: not reported
    bool is_suspended = false;                 ///< currently stopped by a signal or a debugger
    bool is_degraded = false;                  ///< nothing new starts
    std::optional<WallTime> degraded_since{};  ///< if reported by the holder itself
    std::string reason{};                      ///< why it is degraded
    /// Why job files are bad, one text per file, if the holder reads such files and has reported
    /// it.
    std::vector<std::string> bad_files{};
};

/// Based on the locks and what the holder last reported. The ledger is not read, so this also works
/// for a process that cannot write to its ledger. The holder also counts as degraded if the files
/// it has locked are not the ones in the directory. Errors: `not_found` if there is no such
/// directory, or it is not a state directory; `io_error`.
[[nodiscard]] Result<InstanceStatus> instance_status(const std::filesystem::path& directory);

/// What may be removed. Open entries and those due above the watermark are always kept.
struct Retention {
    std::optional<WallTime> output_before{};  ///< captured output of entries due before this
    std::optional<WallTime> ledger_before{};  ///< ended entries due before this
    /// The maximum number of bytes of captured output in total; the oldest is removed first. A
    /// single job keeps at most a quarter of it, so that it cannot displace the output of others.
    std::optional<std::uint64_t> output_size{};
    std::size_t step = 500;  ///< maximum number of rows per call
};

/// Jobs and the ledger in an SQLite database in a state directory: the durable adapter.
///
/// A batch is one transaction, on disk before `commit` returns `done` (write-ahead log, synchronous
/// = FULL). If a batch cannot be stored, the result is `failed` and nothing is left behind. After a
/// failed sync, the file is closed, opened and read again before the result is known: until that
/// succeeds, it is `unknown`.
/// While the directory, the ledger or the lock is missing, or another file has its name, every
/// batch is `failed`, except those that only contain ends: nothing starts where nobody would find
/// it.
///
///     auto storage = SqliteStorage::open("/var/lib/quantum");
///     if (!storage) return std::move(storage).error();
///
/// Thread-safety: every method may be called from any thread; `commit` and `prune` exclude each
/// other.
class SqliteStorage final : public Storage, public Ledger {
public:
    /// Creates the directory and the file if they do not exist, and upgrades older tables. Once the
    /// first ledger is on disk, this is recorded in a file `life`; from then on, a missing or empty
    /// ledger is an error (`corrupt`) and is not replaced, unless `new_ledger` is set.
    /// Errors: `unavailable` if another instance holds the directory or the ledger (the message
    /// names its process), `corrupt` (damaged, not a ledger, or of a newer version), `io_error`.
    [[nodiscard]] static Result<std::unique_ptr<SqliteStorage>> open(
        const std::filesystem::path& directory, SqliteOptions options = {});
    ~SqliteStorage() override;

    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;

    [[nodiscard]] Result<std::vector<Entry>> entries(const EntryQuery& query) const override;
    [[nodiscard]] Result<Entry> entry(std::string_view text) const override;
    [[nodiscard]] Status each(const EntryQuery& query,
                              const std::function<bool(const Entry&)>& visit) const override;
    [[nodiscard]] Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const override;
    [[nodiscard]] Result<std::vector<Entry>> entries_about(const std::string& job, WallTime from,
                                                           WallTime until) const override;
    [[nodiscard]] Result<std::vector<JobRevision>> revisions_around(const std::string& job,
                                                                    WallTime from,
                                                                    WallTime until) const override;
    [[nodiscard]] Result<std::vector<std::string>> job_names() const override;
    [[nodiscard]] Result<std::vector<StepNote>> clock_steps() const override;
    [[nodiscard]] Result<LedgerBounds> bounds() const override;
    [[nodiscard]] Result<std::vector<Attempt>> attempts(const ExecutionId& id) const override;
    [[nodiscard]] Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const override;
    [[nodiscard]] Result<std::vector<AuditNote>> audit(std::size_t limit) const override;
    [[nodiscard]] Result<std::vector<AuditNote>> notes(const NoteQuery& query) const override;

    /// For operations on a state directory: checks and backups.
    [[nodiscard]] const SqliteLedger& ledger() const;

    /// False after a crash or a power failure, when a `ledger().quick_check()` in the background is
    /// advisable.
    [[nodiscard]] bool was_stopped_cleanly() const;

    /// The previously stored boot; empty: none.
    [[nodiscard]] const std::string& earlier_boot() const;

    /// What could not be restored of the stored jobs at the last `load`, one line each.
    [[nodiscard]] std::vector<std::string> problems() const;

    /// For `instance_status`: why job files are bad; empty: all are good. Does not wait for a
    /// commit.
    void tell_bad_files(std::vector<std::string> reasons);

    /// The number of bytes of captured output, as of the last commit.
    [[nodiscard]] std::uint64_t kept_output() const;

    /// Removes a few rows; returns true while more are left. Each call is a short transaction of
    /// its own, so that batches can run in between.
    [[nodiscard]] Result<bool> prune(const Retention& retention);

private:
    class Core;
    explicit SqliteStorage(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace quantum
