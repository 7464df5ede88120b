#include "storage/sqlite/file/instance_lock.hpp"

#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace quantum::sqlite {
namespace {

namespace fs = std::filesystem;

// Far beyond all that SQLite locks, and beyond any ledger: one byte that says that it is held, and
// after that the byte of the number of the process, which says by whom.
constexpr off_t held_byte = off_t{1} << 62;
constexpr off_t first_process_byte = held_byte + 1;

struct flock write_lock(off_t from, off_t length) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = from;
    lock.l_len = length;
    return lock;
}

struct flock whole_file() {
    return write_lock(0, 0);
}

struct Held {
    base::Mutex mutex;  // a leaf
    std::set<FileIdentity> ledgers QUANTUM_GUARDED_BY(mutex);
};

Held& held() {
    static Held here;
    return here;
}

// True if the process that said it holds the lock is no more. What still has the file open is then
// a child that was being started when its parent was killed: it lets go when its program begins.
bool is_gone(const std::optional<pid_t>& process) {
    if (!process) return false;
    const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *process, 0)));
    if (!pidfd) return errno == ESRCH;
    // Readable as soon as it has ended, also while nobody has asked how.
    pollfd end{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return ::poll(&end, 1, 0) > 0;
}

// The lock is one of the open file and not of the process: closing another descriptor of the file
// does not give it back, and unlike one by flock it can be asked for untaken. 0, or an errno.
template <class WhoHoldsIt>
int take_lock(int fd, struct flock wanted, const WhoHoldsIt& who_holds_it) {
    constexpr int tries = 500;
    constexpr int pause_ms = 10;
    for (int attempt = 0;; ++attempt) {
        struct flock lock = wanted;
        if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return 0;
        const int error = errno;
        if ((error != EAGAIN && error != EACCES) || attempt == tries || !is_gone(who_holds_it())) {
            return error;
        }
        ::poll(nullptr, 0, pause_ms);
    }
}

bool is_conflict(int error) { return error == EAGAIN || error == EACCES; }

}  // namespace

Holding holding_of_ledger(int descriptor) {
    Holding found;
    struct flock lock = write_lock(held_byte, 1);
    found.held = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    struct flock number = write_lock(first_process_byte, 0);
    if (found.held && ::fcntl(descriptor, F_OFD_GETLK, &number) == 0 && number.l_type != F_UNLCK) {
        found.process = static_cast<pid_t>(number.l_start - first_process_byte);
    }
    return found;
}

bool is_held_here(const FileIdentity& ledger) {
    Held& here = held();
    const base::MutexLock lock(here.mutex);
    return here.ledgers.contains(ledger);
}

InstanceLock::InstanceLock(fs::path path, Descriptor directory)
    : path_(std::move(path)), directory_(std::move(directory)), told_(std::make_unique<Told>()) {}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::move(other.directory_)),
      ledger_(std::move(other.ledger_)),
      file_(std::move(other.file_)),
      directory_identity_(other.directory_identity_),
      ledger_identity_(std::exchange(other.ledger_identity_, {})),
      file_identity_(other.file_identity_),
      is_filled_(other.is_filled_),
      told_(std::move(other.told_)) {}

InstanceLock::~InstanceLock() {
    if (!ledger_identity_) return;
    Held& here = held();
    const base::MutexLock lock(here.mutex);
    here.ledgers.erase(ledger_identity_);
}

Result<InstanceLock> InstanceLock::take(const fs::path& directory) {
    // Whoever calls may change the directory that it works in.
    std::error_code wrong;
    fs::path path = fs::absolute(directory, wrong);
    if (wrong) return io_failure(directory, wrong.value());
    auto fd = open_state_directory(path, true);
    if (!fd) return fail(ErrorCode::io_error, std::move(fd).error().message);

    InstanceLock lock(std::move(path), std::move(*fd));
    if (identity_of(lock.directory(), StatePaths::ledger_name)) {
        if (Status ledger = lock.lock_ledger(); !ledger) {
            return tl::unexpected(std::move(ledger).error());
        }
    }
    if (Status file = lock.lock_file(); !file) return tl::unexpected(std::move(file).error());
    if (Status known = lock.know_directory(); !known) return tl::unexpected(known.error());
    return lock;
}

// Not before there is a file of our own in it: a layered file system makes it another directory at
// its first change.
Status InstanceLock::know_directory() {
    struct stat status {};
    const fs::path file = path_ / StatePaths::lock_name;
    if (::stat(path_.c_str(), &status) != 0) return io_failure(path_, errno);
    if (identity_of(AT_FDCWD, file.c_str()) != file_identity_) {
        return fail(ErrorCode::unavailable, path_.string() + ": was replaced while it was opened");
    }
    directory_identity_ = {status.st_dev, status.st_ino};
    return {};
}

Status InstanceLock::hold_ledger() {
    if (ledger_) return {};
    return lock_ledger();
}

Status InstanceLock::lock_ledger() {
    const fs::path path = path_ / StatePaths::ledger_name;
    const FileIdentity named = identity_of(directory(), StatePaths::ledger_name);
    if (named && is_held_here(named)) return held_by(::getpid());
    // Not waiting, should it be no file but a pipe.
    Descriptor fd(::openat(directory(), StatePaths::ledger_name,
                           O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd && errno == ELOOP) {
        return fail(ErrorCode::io_error, path.string() + ": is not a regular file");
    }
    if (!fd) return io_failure(path, errno);
    const int error = take_lock(fd.get(), write_lock(held_byte, 1),
                                [&] { return holding_of_ledger(fd.get()).process; });
    if (is_conflict(error)) return held_by(holding_of_ledger(fd.get()).process);
    if (error != 0) return io_failure(path, error);
    struct flock number = write_lock(first_process_byte + ::getpid(), 1);
    if (::fcntl(fd.get(), F_OFD_SETLK, &number) != 0) return io_failure(path, errno);
    ledger_ = std::move(fd);
    ledger_identity_ = identity_of(ledger_.get());
    Held& here = held();
    const base::MutexLock lock(here.mutex);
    here.ledgers.insert(ledger_identity_);
    return {};
}

// Whoever removes the file while another waits for its lock leaves that one with the lock of a file
// without a name: so the name is looked at afterwards.
Status InstanceLock::lock_file() {
    constexpr int tries = 100;
    const fs::path path = path_ / StatePaths::lock_name;
    for (int attempt = 0; attempt < tries; ++attempt) {
        Descriptor fd(::openat(directory(), StatePaths::lock_name,
                               O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
        if (!fd) return io_failure(path, errno);
        const auto holder = [&] { return read_report(fd.get()).process; };
        const int error = take_lock(fd.get(), whole_file(), holder);
        if (is_conflict(error)) return held_by(holder());
        if (error != 0) return io_failure(path, error);
        if (identity_of(fd.get()) != identity_of(directory(), StatePaths::lock_name)) continue;
        if (!write_report(fd.get(), own_report())) return io_failure(path, errno);
        file_identity_ = identity_of(fd.get());
        file_ = std::move(fd);
        return {};
    }
    return fail(ErrorCode::io_error, path.string() + ": keeps being removed");
}

tl::unexpected<Error> InstanceLock::held_by(const std::optional<pid_t>& process) const {
    return fail(ErrorCode::unavailable,
                path_.string() + ": another instance holds this state directory: " +
                    (process ? "process " + std::to_string(*process)
                             : "a process that has not reported its ID yet"));
}

Status InstanceLock::in_place() const {
    struct stat found {};
    const auto look = [&](int failed, const FileIdentity& opened, const fs::path& path,
                          const char* what) -> Status {
        const auto trouble = [&](const char* how) {
            return fail(ErrorCode::unavailable, path.string() + what + how);
        };
        if (failed != 0) return trouble(" is gone: it was removed or moved away");
        if (FileIdentity{found.st_dev, found.st_ino} == opened) return {};
        return trouble(" has been replaced");
    };
    const auto look_at = [&](const char* name, const FileIdentity& opened) -> Status {
        return look(::fstatat(directory(), name, &found, AT_SYMLINK_NOFOLLOW), opened, path_ / name,
                    "");
    };
    Status place =
        look(::stat(path_.c_str(), &found), directory_identity_, path_, ": the state directory");
    if (place) place = look_at(StatePaths::lock_name, file_identity_);
    if (place) place = look_at(StatePaths::ledger_name, ledger_identity_);
    if (place && is_filled_ && found.st_size == 0) {
        return fail(ErrorCode::unavailable,
                    (path_ / StatePaths::ledger_name).string() + " has been emptied");
    }
    return place;
}

// Who cannot even write this is still told by the log.
void InstanceLock::tell_degraded(WallTime since, std::string reason) const {
    const base::MutexLock lock(told_->mutex);
    told_->report.degraded_since = since;
    told_->report.reason = std::move(reason);
    static_cast<void>(write_report(file_.get(), told_->report));
}

void InstanceLock::tell_healed() const {
    const base::MutexLock lock(told_->mutex);
    told_->report.degraded_since.reset();
    static_cast<void>(write_report(file_.get(), told_->report));
}

void InstanceLock::tell_bad_files(std::vector<std::string> reasons) const {
    const base::MutexLock lock(told_->mutex);
    told_->report.bad_files = std::move(reasons);
    static_cast<void>(write_report(file_.get(), told_->report));
}

}  // namespace quantum::sqlite
