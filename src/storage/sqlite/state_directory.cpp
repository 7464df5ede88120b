#include "storage/sqlite/state_directory.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace quantum::sqlite {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> io_failure(const fs::path& path, int error) {
    return fail(ErrorCode::io_error, path.string() + ": " + std::generic_category().message(error));
}

// The process that wrote its number into the lock file, as it stands there.
std::string holder(int fd) {
    std::array<char, 32> text{};
    const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
    std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    pid.erase(pid.find_last_not_of(" \n") + 1);
    return pid.empty() ? "a process that has not yet said which" : "process " + pid;
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
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return io_failure(file, errno);
        return fail(ErrorCode::unavailable,
                    directory.string() +
                        ": another instance holds this state directory: " + holder(fd.get()));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 ||
        ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return io_failure(file, errno);
    }
    return InstanceLock(std::move(fd));
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
