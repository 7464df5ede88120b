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
    std::optional<pid_t> process{};  ///< where it has said so
};

/// Of an open ledger. Takes nothing.
[[nodiscard]] Holding holding_of_ledger(int descriptor);
/// True if this process holds the ledger: then it is not to be opened and closed again, which would
/// take away the locks that SQLite has on it.
[[nodiscard]] bool is_held_here(const FileIdentity& ledger);

/// Held by the one instance that may write to a state directory, until it is destroyed or the
/// process ends in whatever way.
///
/// There are two locks: of the file `lock`, which says who holds it, and of the ledger itself, for
/// whoever finds the other file gone. Both are those of an open file (OFD), in a place of the
/// ledger that SQLite knows nothing of: they neither meet its own locks nor end with them.
///
/// Thread-safety: `in_place` and what tells something from any thread, the rest from the owner's.
class InstanceLock {
public:
    /// Makes the directory (0700) where it is missing. Touches nothing where another instance holds
    /// it.
    /// Errors: `unavailable` where another instance holds it (the message names its process),
    /// `io_error`.
    [[nodiscard]] static Result<InstanceLock> take(const std::filesystem::path& directory);
    InstanceLock(InstanceLock&& other) noexcept;
    InstanceLock& operator=(InstanceLock&&) = delete;
    InstanceLock(const InstanceLock&) = delete;
    InstanceLock& operator=(const InstanceLock&) = delete;
    /// What has the ledger open in this process must have closed it.
    ~InstanceLock();

    /// Locks the ledger, where `take` did not find one. Errors as of `take`.
    [[nodiscard]] Status hold_ledger();

    /// The ledger in it.
    [[nodiscard]] PlacedFile ledger() const {
        return {directory(), StatePaths::ledger_name, path_ / StatePaths::ledger_name};
    }
    /// The directory as it was opened, whatever its name leads to by now.
    [[nodiscard]] int directory() const { return directory_.get(); }
    /// Its name then, absolute.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Whether the directory, the ledger and the lock still stand under their names: three calls of
    /// the kernel. Error: `unavailable`, with what is gone, has been replaced or emptied.
    [[nodiscard]] Status in_place() const;
    /// From now on the ledger has something in it.
    void ledger_is_filled() { is_filled_ = true; }

    /// For `instance_status`, in whatever process it is called. From any thread.
    void tell_degraded(WallTime since, std::string reason) const;
    void tell_healed() const;
    void tell_bad_files(std::vector<std::string> reasons) const;

private:
    /// What the lock file says, each part told by another.
    struct Told {
        Mutex mutex;  // a leaf
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
