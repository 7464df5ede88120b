#include "storage/sqlite/state_directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "quantum/sqlite.hpp"

namespace quantum::sqlite {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> io_failure(const fs::path& path, int error) {
    return fail(ErrorCode::io_error, path.string() + ": " + std::generic_category().message(error));
}

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

// What the lock file says. It is as long from the beginning as it ever gets, so that even a full
// disk takes what is written over it: the process, where it fares badly since when and why, and a
// line for each file of jobs that is bad.
//
//     1234
//     degraded 1795814498585669 /var/lib/quantum/ledger.db: disk I/O error
//     bad jobs.toml:4:7: job 'x' has no schedule
constexpr std::size_t report_size = 4096;
constexpr std::size_t longest_line = 512;
constexpr std::string_view degraded_word = "degraded ";
constexpr std::string_view bad_word = "bad ";

bool write_report(int fd, std::string text) {
    text.resize(report_size - 1, ' ');
    text += '\n';
    return ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

// In one line of its own, cut where it is long.
void append_line(std::string& report, std::string line) {
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (line.size() > longest_line) line.replace(longest_line, std::string::npos, "...");
    report += line;
    report += '\n';
}

void read_line(InstanceStatus& status, std::string_view line) {
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    if (line.starts_with(bad_word)) {
        status.bad_files.emplace_back(line.substr(bad_word.size()));
    } else if (line.starts_with(degraded_word)) {
        std::istringstream words(std::string(line.substr(degraded_word.size())));
        std::int64_t since = 0;
        if (!(words >> since)) return;
        status.degraded_since = WallTime(Duration(since));
        std::getline(words >> std::ws, status.reason);
    }
}

InstanceStatus read_report(int fd) {
    std::array<char, report_size> buffer{};
    const ssize_t length = ::pread(fd, buffer.data(), buffer.size(), 0);
    std::istringstream report(
        std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))));
    InstanceStatus status;
    int process = 0;
    if (report >> process) status.process = process;
    for (std::string line; std::getline(report, line);) read_line(status, line);
    return status;
}

// True if the process that said it holds the lock is no more. What still has the file open is then
// a child that was being started when its parent was killed: it lets go when its program begins.
bool holder_is_gone(int fd) {
    const auto process = read_report(fd).process;
    if (!process) return false;
    const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *process, 0)));
    if (!pidfd) return errno == ESRCH;
    // Readable as soon as it has ended, also while nobody has asked how.
    pollfd end{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return ::poll(&end, 1, 0) > 0;
}

// The lock is one of the open file and not of the process: closing another descriptor of the file
// does not give it back, and unlike one by flock it can be asked for untaken. 0, or an errno.
int take_lock(int fd) {
    constexpr int tries = 500;
    constexpr int pause_ms = 10;
    for (int attempt = 0;; ++attempt) {
        struct flock whole = whole_file();
        if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) return 0;
        const int error = errno;
        if ((error != EAGAIN && error != EACCES) || attempt == tries || !holder_is_gone(fd)) {
            return error;
        }
        ::poll(nullptr, 0, pause_ms);
    }
}

std::string holder(int fd) {
    const auto process = read_report(fd).process;
    return process ? "process " + std::to_string(*process)
                   : "a process that has not yet said which";
}

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Result<InstanceLock> InstanceLock::take(const fs::path& directory) {
    std::error_code wrong;
    const bool made = fs::create_directories(directory, wrong);
    if (wrong) return io_failure(directory, wrong.value());
    if (made) fs::permissions(directory, fs::perms::owner_all, wrong);
    if (wrong) return io_failure(directory, wrong.value());

    const fs::path file = StatePaths(directory).lock;
    Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return io_failure(file, errno);
    if (const int error = take_lock(fd.get()); error == EAGAIN || error == EACCES) {
        return fail(ErrorCode::unavailable,
                    directory.string() +
                        ": another instance holds this state directory: " + holder(fd.get()));
    } else if (error != 0) {
        return io_failure(file, error);
    }
    if (::ftruncate(fd.get(), 0) != 0 ||
        !write_report(fd.get(), std::to_string(::getpid()) + "\n")) {
        return io_failure(file, errno);
    }
    return InstanceLock(std::move(fd));
}

// Who cannot even write this is still told by the log.
void InstanceLock::tell_degraded(WallTime since, std::string reason) const {
    const MutexLock lock(report_->mutex);
    report_->degraded_since = since;
    report_->reason = std::move(reason);
    static_cast<void>(write());
}

void InstanceLock::tell_healed() const {
    const MutexLock lock(report_->mutex);
    report_->degraded_since.reset();
    static_cast<void>(write());
}

void InstanceLock::tell_bad_files(std::vector<std::string> reasons) const {
    const MutexLock lock(report_->mutex);
    report_->bad_files = std::move(reasons);
    static_cast<void>(write());
}

bool InstanceLock::write() const {
    std::string text = std::to_string(::getpid()) + '\n';
    if (report_->degraded_since) {
        append_line(text, std::string(degraded_word) +
                              std::to_string(report_->degraded_since->time_since_epoch().count()) +
                              ' ' + report_->reason);
    }
    // Room for one line more, which then counts those that are left out.
    constexpr std::size_t room = report_size - 2 * (longest_line + 4);
    std::size_t told = 0;
    for (const std::string& reason : report_->bad_files) {
        if (text.size() > room) break;
        append_line(text, std::string(bad_word) + reason);
        ++told;
    }
    if (const std::size_t left = report_->bad_files.size() - told; left > 0) {
        append_line(text, std::string(bad_word) + "and " + std::to_string(left) + " more files");
    }
    return write_report(file_.get(), std::move(text));
}

// The file is not opened where it is there: closing it again would take away the locks that
// SQLite holds on it in this process.
Status prepare_file(const fs::path& file) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0) {
        if (errno != ENOENT) return io_failure(file, errno);
        const Descriptor made(
            ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!made) return io_failure(file, errno);
        return sync_directory(file.parent_path());
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorCode::io_error, file.string() + ": is not a regular file");
    }
    if ((status.st_mode & 0077U) != 0 && ::chmod(file.c_str(), 0600) != 0) {
        return io_failure(file, errno);
    }
    return {};
}

Status sync_directory(const fs::path& directory) {
    const fs::path where = directory.empty() ? fs::path(".") : directory;
    const Descriptor fd(::open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return io_failure(where, errno);
    return {};
}

}  // namespace quantum::sqlite

namespace quantum {

Result<InstanceStatus> instance_status(const std::filesystem::path& directory) {
    using namespace sqlite;
    const fs::path file = StatePaths(directory).lock;
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) {
        return fail(ErrorCode::not_found, directory.string() + ": is no state directory");
    }
    if (!fd) return io_failure(file, errno);
    struct flock whole = whole_file();
    if (::fcntl(fd.get(), F_OFD_GETLK, &whole) != 0) return io_failure(file, errno);
    if (whole.l_type == F_UNLCK) return InstanceStatus{};
    return read_report(fd.get());
}

}  // namespace quantum
