#include "storage/sqlite/file/state_directory.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace quantum::sqlite {

namespace fs = std::filesystem;

tl::unexpected<Error> io_failure(const fs::path& path, int error) {
    return fail(ErrorCode::io_error, path.string() + ": " + std::generic_category().message(error));
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

FileIdentity identity_of(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return {};
    return {status.st_dev, status.st_ino};
}

FileIdentity identity_of(int directory, const char* name) {
    struct stat status {};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
    return {status.st_dev, status.st_ino};
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

bool is_blank(const fs::path& file) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0) return errno == ENOENT;
    return S_ISREG(status.st_mode) && status.st_size == 0;
}

Status mark_life(int directory, const fs::path& path) {
    constexpr std::string_view text =
        "A scheduler has kept its ledger here. With this file, a start refuses a ledger.db that "
        "is\n"
        "missing or empty instead of beginning a new one: see quantum run --new-ledger.\n";
    const fs::path file = path / StatePaths::life_name;
    const Descriptor fd(::openat(directory, StatePaths::life_name,
                                 O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    // Not even half of the text is needed: that there is a file says it.
    if (!fd || ::write(fd.get(), text.data(), text.size()) < 0 || ::fsync(fd.get()) != 0 ||
        ::fsync(directory) != 0) {
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
