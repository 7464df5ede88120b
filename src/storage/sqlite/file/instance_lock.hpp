#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/mutex.hpp"
#include "storage/sqlite/file/holder_report.hpp"
#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::sqlite {

/// Which process holds a file by the lock of an instance.
struct Holding {
    bool held = false;
    std::optional<pid_t> process{};  ///< if it has said so
};

/// For an open ledger. Does not lock anything.
[[nodiscard]] Holding holding_of_ledger(int descriptor);
/// True if this process holds the ledger: it must then not be opened and closed again, because that
/// would release SQLite's locks on it.
[[nodiscard]] bool is_held_here(const FileIdentity& ledger);

/// Held by the only instance that may write to a state directory, until it is destroyed or the
/// process ends in whatever way.
///
/// There are two locks: on the file `lock`, which says who holds it, and on the ledger itself, in
/// case the other file is gone. Both are open file description (OFD) locks, in a region of the
/// ledger that SQLite does not use: they neither conflict with its own locks nor end with them.
///
/// Thread-safety: `in_place` and the reporting methods may be called from any thread, the rest from
/// the owner's.
class InstanceLock {
public:
    /// Creates the directory (0700) if it does not exist. Changes nothing if another instance holds
    /// it.
    /// Errors: `unavailable` if another instance holds it (the message names its process),
    /// `io_error`.
    [[nodiscard]] static Result<InstanceLock> take(const std::filesystem::path& directory);
    InstanceLock(InstanceLock&& other) noexcept;
    InstanceLock& operator=(InstanceLock&&) = delete;
    InstanceLock(const InstanceLock&) = delete;
    InstanceLock& operator=(const InstanceLock&) = delete;
    /// Everything in this process that has the ledger open must have closed it.
    ~InstanceLock();

    /// Locks the ledger if `take` did not find one. Errors: those of `take`.
    [[nodiscard]] Status hold_ledger();

    /// The ledger in it.
    [[nodiscard]] PlacedFile ledger() const {
        return {directory(), StatePaths::ledger_name, path_ / StatePaths::ledger_name};
    }
    /// The directory as it was opened, whatever its name refers to now.
    [[nodiscard]] int directory() const { return directory_.get(); }
    /// Its absolute path at that time.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Checks whether the directory, the ledger and the lock still have their names, with three
    /// system calls. Error: `unavailable`, with what is gone or has been replaced or emptied.
    [[nodiscard]] Status in_place() const;
    /// From now on, the ledger is not empty.
    void ledger_is_filled() { is_filled_ = true; }

    /// For `instance_status`, called in any process. From any thread.
    void tell_degraded(WallTime since, std::string reason) const;
    void tell_healed() const;
    void tell_bad_files(std::vector<std::string> reasons) const;

private:
    /// The contents of the lock file, whose parts are set by different callers.
    struct Told {
        base::Mutex mutex;  // a leaf
        HolderReport report QUANTUM_GUARDED_BY(mutex) = own_report();
    };

    InstanceLock(std::filesystem::path path, Descriptor directory);
    [[nodiscard]] Status lock_ledger();
    [[nodiscard]] Status lock_file();
    [[nodiscard]] Status know_directory();
    [[nodiscard]] tl::unexpected<Error> held_by(const std::optional<pid_t>& process) const;

    std::filesystem::path path_;  // absolute
    Descriptor directory_;
    Descriptor ledger_;
    Descriptor file_;
    FileIdentity directory_identity_;
    FileIdentity ledger_identity_;
    FileIdentity file_identity_;
    bool is_filled_ = false;
    std::unique_ptr<Told> told_;
};

}  // namespace quantum::sqlite
