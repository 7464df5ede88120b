#include "storage/sqlite/file/log_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"
#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {
namespace {

[[noreturn]] void raise(int code, const std::string& path, const char* what) {
    const int number = errno;
    throw Failure(number == ENOSPC || number == EDQUOT ? SQLITE_FULL : code,
                  path + ": " + what + ": " + std::generic_category().message(number));
}

void write_over(int log, const char* bytes, std::size_t count, off_t offset,
                const std::string& path) {
    while (count != 0) {
        const ssize_t written = ::pwrite(log, bytes, count, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) raise(SQLITE_IOERR_WRITE, path, "cannot be written again");
        bytes += written;
        count -= static_cast<std::size_t>(written);
        offset += written;
    }
}

}  // namespace

void write_log_again(const PlacedFile& ledger) {
    const std::string path = ledger.shown.string() + "-wal";
    const base::FileDescriptor log(::openat(ledger.directory, (ledger.name + "-wal").c_str(),
                                            O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!log) {
        if (errno == ENOENT) return;
        raise(SQLITE_CANTOPEN, path, "cannot be opened");
    }
    std::array<char, 65536> bytes;
    for (off_t offset = 0;;) {
        const ssize_t count = ::pread(log.get(), bytes.data(), bytes.size(), offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) raise(SQLITE_IOERR_READ, path, "cannot be read");
        if (count == 0) break;
        write_over(log.get(), bytes.data(), static_cast<std::size_t>(count), offset, path);
        offset += count;
    }
    if (::fdatasync(log.get()) != 0) raise(SQLITE_IOERR_FSYNC, path, "cannot be synced");
}

}  // namespace quantum::sqlite
