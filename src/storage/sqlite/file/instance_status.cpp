// Who holds a state directory, asked from outside: by the locks, and by what the holder wrote into
// the lock file.
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "quantum/storage/sqlite.hpp"

#include "base/process.hpp"
#include "storage/sqlite/file/holder_report.hpp"
#include "storage/sqlite/file/instance_lock.hpp"
#include "storage/sqlite/file/state_directory.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum {
namespace {

using namespace sqlite;
namespace fs = std::filesystem;

/// A special file in its place holds nobody up.
Descriptor open_to_read(int directory, const char* name) {
    return Descriptor(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

Holding holding_of(int directory) {
    const FileIdentity ledger = identity_of(directory, StatePaths::ledger_name);
    if (!ledger) return {};
    if (is_held_here(ledger)) return {true, ::getpid()};
    const Descriptor fd = open_to_read(directory, StatePaths::ledger_name);
    return fd ? holding_of_ledger(fd.get()) : Holding{};
}

Result<bool> is_locked(const Descriptor& file, const fs::path& path) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file.get(), F_OFD_GETLK, &whole) != 0) return io_failure(path, errno);
    return whole.l_type != F_UNLCK;
}

/// As `holder` said it, if the number is still its own and not, seen from another namespace,
/// somebody else's.
bool is_stopped(const HolderReport& holder) {
    if (!holder.process || mutated(sqlite::SqliteMutant::stopped_holder_unseen)) return false;
    const base::Process process = base::read_process(*holder.process);
    return process.is_stopped() && (holder.started == 0 || holder.started == process.started);
}

/// Nobody has the file that stands under the name of the lock: it may be another one by now.
InstanceStatus status_by_ledger(const Holding& holding, const fs::path& lock) {
    InstanceStatus status;
    if (!holding.held || mutated(sqlite::SqliteMutant::lost_lock_unseen)) return status;
    status.is_held = true;
    status.process = holding.process;
    status.is_suspended = is_stopped({.process = holding.process});
    status.is_degraded = true;
    status.reason = lock.string() + " is not the file that the instance locked";
    return status;
}

InstanceStatus status_by_report(const HolderReport& report) {
    InstanceStatus status;
    status.is_held = true;
    status.process = report.process;
    status.is_suspended = is_stopped(report);
    status.is_degraded = report.degraded_since.has_value();
    status.degraded_since = report.degraded_since;
    status.reason = report.reason;
    status.bad_files = report.bad_files;
    return status;
}

}  // namespace

Result<InstanceStatus> instance_status(const fs::path& directory) {
    const fs::path path = StatePaths(directory).lock;
    auto opened = sqlite::open_state_directory(directory, false);
    if (!opened && opened.error().code == ErrorCode::not_found) {
        return fail(
            ErrorCode::not_found,
            directory.string() +
                ": no such directory: it was never created, or has been removed or moved away");
    }
    if (!opened) return tl::unexpected(std::move(opened).error());
    const Descriptor place = std::move(*opened);
    const Descriptor file = open_to_read(place.get(), StatePaths::lock_name);
    if (!file && errno != ENOENT) return io_failure(path, errno);
    const Result<bool> locked = file ? is_locked(file, path) : Result<bool>(false);
    if (!locked) return tl::unexpected(locked.error());
    if (!*locked) {
        const Holding holding = holding_of(place.get());
        if (!file && !holding.held && !identity_of(place.get(), StatePaths::ledger_name)) {
            return fail(ErrorCode::not_found, directory.string() + ": not a state directory");
        }
        return status_by_ledger(holding, path);
    }
    const HolderReport report = read_report(file.get());
    InstanceStatus status = status_by_report(report);
    // An instance that has not decided anything since does not know it yet. One of an earlier
    // version does not lock the ledger.
    if (!status.is_degraded && report.started != 0 && !holding_of(place.get()).held) {
        status.is_degraded = true;
        status.reason =
            StatePaths(directory).ledger.string() + " is not the file that the instance locked";
    }
    return status;
}

}  // namespace quantum
