#include "storage/sqlite/file/state_directory.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "storage/sqlite/mutant.hpp"

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

std::string PlacedFile::kernel_path() const {
    const std::string open = "/proc/self/fd/" + std::to_string(directory);
    return ::access(open.c_str(), F_OK) == 0 ? open + '/' + name : shown.string();
}

namespace {

/// What others could have written is not believed as root's: it says whose commands run as whom.
Status check_believed(int directory, const char* name, const fs::path& path) {
    struct stat status {};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? Status{} : io_failure(path, errno);
    }
    const auto refuse = [&](const std::string& why) {
        return fail(ErrorCode::io_error, path.string() + ": " + why);
    };
    if (!S_ISREG(status.st_mode)) return refuse("is not a regular file");
    if (status.st_uid != 0) {
        return refuse("is owned by uid " + std::to_string(status.st_uid) +
                      "; it must be owned by root, or be read as that user");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return refuse("is writable by others than root, who could have written anything into it");
    }
    if (status.st_nlink != 1) return refuse("has more than one hard link");
    return {};
}

}  // namespace

Result<Descriptor> open_state_directory(const fs::path& directory, bool make) {
    auto opened = base::open_directory(directory.string(), base::own_rules(), make);
    if (!opened) return tl::unexpected(std::move(opened).error());
    Descriptor fd(opened->release());
    if (::geteuid() != 0 || mutated(SqliteMutant::forged_ledger_believed)) return fd;
    for (const char* name : {StatePaths::ledger_name, "ledger.db-wal", "ledger.db-shm",
                             "ledger.db-journal", StatePaths::lock_name, StatePaths::life_name}) {
        if (Status believed = check_believed(fd.get(), name, directory / name); !believed) {
            return tl::unexpected(std::move(believed).error());
        }
    }
    return fd;
}

// The file is not opened where it is there: closing it again would take away the locks that
// SQLite holds on it in this process.
Status prepare_file(const PlacedFile& file) {
    struct stat status {};
    if (::fstatat(file.directory, file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) return io_failure(file.shown, errno);
        const Descriptor made(::openat(file.directory, file.name.c_str(),
                                       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                                       mutated(SqliteMutant::files_for_everybody) ? 0644 : 0600));
        if (!made || ::fsync(file.directory) != 0) return io_failure(file.shown, errno);
        return {};
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorCode::io_error, file.shown.string() + ": is not a regular file");
    }
    if ((status.st_mode & 0077U) != 0 && !mutated(SqliteMutant::files_for_everybody) &&
        ::fchmodat(file.directory, file.name.c_str(), 0600, 0) != 0) {
        return io_failure(file.shown, errno);
    }
    return {};
}

bool is_blank(const PlacedFile& file) {
    struct stat status {};
    if (::fstatat(file.directory, file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT;
    }
    return S_ISREG(status.st_mode) && status.st_size == 0;
}

Status mark_life(int directory, const fs::path& path) {
    constexpr std::string_view text =
        "A scheduler has kept its ledger here. With this file, a start rejects a ledger.db that "
        "is\n"
        "missing or empty instead of creating a new one: see quantum run --new-ledger.\n";
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

}  // namespace quantum::sqlite
