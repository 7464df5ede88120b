#pragma once

#include <chrono>
#include <cstddef>
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

/// How much a ledger holds just now.
struct LedgerCounts {
    std::size_t jobs = 0;     ///< definitions in force
    std::size_t started = 0;  ///< open entries
    std::size_t claimed = 0;
};

/// The ledger of a state directory, to be read: history, checks, backups. Works beside a running
/// scheduler, in its process or in another, and never holds it up.
///
///     auto ledger = SqliteLedger::open("/var/lib/quantum");
///     auto failed = (*ledger)->entries({.job = "report", .state = EntryState::failed});
///
/// Thread-safety: every method may be called from any thread.
class SqliteLedger final : public Ledger {
public:
    /// Errors: `not_found` (no ledger there), `corrupt` (not ours, damaged, of a newer version, or
    /// of an older one that a scheduler has to bring forward first), `io_error`.
    [[nodiscard]] static Result<std::unique_ptr<SqliteLedger>> open(
        const std::filesystem::path& directory);
    ~SqliteLedger() override;

    [[nodiscard]] Result<std::vector<Entry>> entries(const EntryQuery& query) const override;
    [[nodiscard]] Result<Entry> entry(std::string_view prefix) const override;
    [[nodiscard]] Status each(const EntryQuery& query,
                              const std::function<bool(const Entry&)>& visit) const override;
    [[nodiscard]] Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const override;
    [[nodiscard]] Result<std::vector<StepNote>> clock_steps() const override;
    [[nodiscard]] Result<LedgerBounds> bounds() const override;
    [[nodiscard]] Result<std::vector<Attempt>> attempts(const ExecutionId& id) const override;
    [[nodiscard]] Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const override;
    [[nodiscard]] Result<std::vector<AuditNote>> audit(std::size_t limit) const override;

    [[nodiscard]] Result<LedgerCounts> counts() const;

    /// Gives `work` the ledger as it stands at one instant: what is asked of it there is answered
    /// as of then, whatever is written meanwhile. The write-ahead log grows until `work` returns.
    ///
    ///     ledger.at_one_instant([](const Ledger& then) { return use(then); });
    ///
    /// Errors: those of `work`; `unavailable` where it was broken off because the writer had to
    /// open the file anew; `io_error`, `corrupt`.
    [[nodiscard]] Status at_one_instant(const std::function<Status(const Ledger&)>& work) const;

    /// Reads every page and compares what can be compared without sorting: minutes become seconds
    /// against `integrity_check`. Error: `corrupt` with what was found; `unavailable` where it was
    /// broken off, by `stop` or because the writer had to open the file anew.
    [[nodiscard]] Status quick_check(const std::stop_token& stop = {}) const;
    /// Every page, every index against its table. Error: `corrupt` with what was found.
    [[nodiscard]] Status integrity_check() const;

    /// Copies the ledger as it stands at the call, also while it is being written, to a file that
    /// only its owner can read. The file appears under its name when it is whole and on disk.
    /// `progress` is told pages copied and pages in all. Error: `already_exists`, `io_error`.
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
    /// Gets each stored job that holds something no text can (a function, a schedule or a run
    /// strategy of the program's own) and sets it again by the job's name. Without it such a job is
    /// loaded without that part.
    std::function<Status(Job&)> rebind{};

    /// How long a write waits for another process that has the file locked (a backup tool, a
    /// shell).
    std::chrono::milliseconds busy_timeout = std::chrono::seconds(5);

    /// Names the boot of the machine, for programs to which it makes a difference: remembered with
    /// the first batch that changes jobs, in the same transaction.
    std::string boot{};

    /// Lets a new ledger begin in a directory that has had one, and has none now.
    bool new_ledger = false;
};

/// Who holds a state directory, and how it fares.
struct InstanceStatus {
    bool is_held = false;                      ///< by an instance; where not, the rest is empty
    std::optional<int> process{};              ///< which; none: it has not said so
    bool is_suspended = false;                 ///< stopped by a signal or a debugger, as of now
    bool is_degraded = false;                  ///< nothing new starts
    std::optional<WallTime> degraded_since{};  ///< where the holder itself has said so
    std::string reason{};                      ///< why it is degraded
    /// Why job files are bad, one text each, as far as the holder reads such files and has said so.
    std::vector<std::string> bad_files{};
};

/// As the locks say, and as the holder last said: a process that cannot write to its ledger can
/// still be asked, since nothing of the ledger is read. It is degraded too where the files it has
/// locked are not the ones that stand in the directory. Error: `not_found` where there is no such
/// directory, or none of a scheduler; `io_error`.
[[nodiscard]] Result<InstanceStatus> instance_status(const std::filesystem::path& directory);

/// What may be forgotten. Open entries and what is due above the watermark never are.
struct Retention {
    std::optional<WallTime> output_before{};  ///< captured output of entries due before
    std::optional<WallTime> ledger_before{};  ///< entries that ended, due before
    std::size_t step = 500;                   ///< rows at most a call
};

/// Jobs and ledger in one SQLite database in a state directory: the durable adapter.
///
/// A batch is one transaction, on disk before `commit` answers `done` (write-ahead log,
/// synchronous = FULL). A batch that could not be stored is `failed` and leaves nothing behind.
/// After a sync that failed the file is closed, opened and read again before anything is said:
/// until that works the answer is `unknown`.
/// While the directory, the ledger or the lock is gone, or another file stands under its name,
/// every batch but one of ends alone is `failed`: nothing starts where nobody would find it.
///
///     auto storage = SqliteStorage::open("/var/lib/quantum");
///     if (!storage) return std::move(storage).error();
///
/// Thread-safety: every method may be called from any thread; `commit` and `prune` take turns.
class SqliteStorage final : public Storage, public Ledger {
public:
    /// Makes the directory and the file where they are missing, brings older tables forward. Once
    /// the first ledger is on disk a file `life` says so; from then on a ledger that is missing or
    /// empty is refused (`corrupt`) and not replaced, unless `new_ledger` says otherwise.
    /// Errors: `unavailable` where another instance holds the directory or the ledger (the message
    /// names its process), `corrupt` (damaged, not ours, or of a newer version), `io_error`.
    [[nodiscard]] static Result<std::unique_ptr<SqliteStorage>> open(
        const std::filesystem::path& directory, SqliteOptions options = {});
    ~SqliteStorage() override;

    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;

    [[nodiscard]] Result<std::vector<Entry>> entries(const EntryQuery& query) const override;
    [[nodiscard]] Result<Entry> entry(std::string_view prefix) const override;
    [[nodiscard]] Status each(const EntryQuery& query,
                              const std::function<bool(const Entry&)>& visit) const override;
    [[nodiscard]] Result<std::vector<JobRevision>> revisions(
        const std::optional<std::string>& job) const override;
    [[nodiscard]] Result<std::vector<StepNote>> clock_steps() const override;
    [[nodiscard]] Result<LedgerBounds> bounds() const override;
    [[nodiscard]] Result<std::vector<Attempt>> attempts(const ExecutionId& id) const override;
    [[nodiscard]] Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const override;
    [[nodiscard]] Result<std::vector<AuditNote>> audit(std::size_t limit) const override;

    /// For what only a state directory has: checks and backups.
    [[nodiscard]] const SqliteLedger& ledger() const;

    /// False after a crash or a power cut: worth a `ledger().quick_check()` in the background.
    [[nodiscard]] bool was_stopped_cleanly() const;

    /// The boot that was remembered before this one; empty: none.
    [[nodiscard]] const std::string& earlier_boot() const;

    /// What of the stored jobs could not be restored at the last `load`, a line each.
    [[nodiscard]] std::vector<std::string> problems() const;

    /// For `instance_status`: why the files are bad that jobs are read from; none: all are good.
    /// Waits for no commit.
    void tell_bad_files(std::vector<std::string> reasons);

    /// Forgets a few rows; true while more are left. Each call is a short transaction of its own,
    /// so that batches get their turn in between.
    [[nodiscard]] Result<bool> prune(const Retention& retention);

private:
    class Core;
    explicit SqliteStorage(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace quantum
