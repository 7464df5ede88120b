// A disk that loses power or refuses, for processes that are started with this library in
// LD_PRELOAD. It stands between the process and the files whose paths begin with
// QUANTUM_DISK_FILES, and keeps for each of them what a real disk would hold: the bytes as of the
// last sync, and the writes since. A name that was made is in its directory for good once that is
// synced.
//
//   QUANTUM_DISK_FILES   path prefix; files ending in -shm are left alone (shared memory, no disk)
//   QUANTUM_DISK_SEED    seeds everything that is drawn
//   QUANTUM_DISK_AT      the operation (write, truncation or sync, from 1) at which it happens
//   QUANTUM_DISK_FAULT   cut:     the power fails. The operation is torn at a sector; of the writes
//                                 not yet synced any may be lost, whole or by sectors; exit 42
//                        enospc, eio:  that operation fails
//                        eio_on:  that operation and all after it fail
//                        sync_eio: the first sync from there on fails, and what it should have
//                                 written never reaches the disk, whatever later syncs say
//                        stall:   each sync waits while the file of QUANTUM_DISK_WHILE exists; that
//                                 it waits is said on standard error
//   QUANTUM_DISK_WHILE   a path: enospc, eio and sync_eio do not happen once at QUANTUM_DISK_AT,
//   but
//                        at every operation while that file exists
//   QUANTUM_DISK_CUT_AT  a power cut at this operation, whatever the fault before it
//   QUANTUM_DISK_CUT_AT_EXIT  1: a power cut right after the process has ended well; nothing that
//                        is not synced stays
//   QUANTUM_DISK_LIES    1: syncs answer at once and write nothing
//
// A sync of a descriptor whose last sync failed ends the process with 43: it must not be retried.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

constexpr std::size_t sector = 512;
constexpr int power_cut = 42;
constexpr int sync_retried = 43;

enum class Fault { none, cut, enospc, eio, eio_on, sync_eio, stall };

struct Operation {
    bool truncation = false;
    std::size_t offset = 0;  // or the new size
    std::string bytes;
};

struct File {
    std::string path;
    std::string durable;
    std::vector<Operation> pending;

    void apply(const Operation& operation) {
        if (operation.truncation) {
            durable.resize(operation.offset);
            return;
        }
        const std::size_t end = operation.offset + operation.bytes.size();
        if (durable.size() < end) durable.resize(end);
        std::memcpy(durable.data() + operation.offset, operation.bytes.data(),
                    operation.bytes.size());
    }
};

std::uint64_t number_of(const char* name) {
    const char* const text = std::getenv(name);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

Fault fault_of() {
    const char* const text = std::getenv("QUANTUM_DISK_FAULT");
    const std::string_view word = text == nullptr ? "" : text;
    if (word == "cut") return Fault::cut;
    if (word == "enospc") return Fault::enospc;
    if (word == "eio") return Fault::eio;
    if (word == "eio_on") return Fault::eio_on;
    if (word == "sync_eio") return Fault::sync_eio;
    if (word == "stall") return Fault::stall;
    return Fault::none;
}

class Disk {
public:
    static Disk& instance() {
        static Disk* const disk = new Disk;  // outlives every static of the process
        return *disk;
    }

    ssize_t write(int fd, const void* bytes, std::size_t count, off_t offset) {
        const std::lock_guard lock(mutex_);
        File* const file = file_of(fd);
        if (file == nullptr) return ::syscall(SYS_pwrite64, fd, bytes, count, offset);
        Operation operation{false, static_cast<std::size_t>(offset),
                            std::string(static_cast<const char*>(bytes), count)};
        if (!happens(*file, &operation)) return -1;
        const ssize_t written = ::syscall(SYS_pwrite64, fd, bytes, count, offset);
        if (written > 0) {
            operation.bytes.resize(static_cast<std::size_t>(written));
            file->pending.push_back(std::move(operation));
        }
        return written;
    }

    int truncate(int fd, off_t size) {
        const std::lock_guard lock(mutex_);
        File* const file = file_of(fd);
        if (file != nullptr) {
            Operation operation{true, static_cast<std::size_t>(size), {}};
            if (!happens(*file, &operation)) return -1;
            file->pending.push_back(std::move(operation));
        }
        return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
    }

    int sync(int fd, long number) {
        if (fault_ == Fault::stall && is_under_test(fd)) stall();
        const std::lock_guard lock(mutex_);
        File* const file = file_of(fd);
        if (file == nullptr) {
            const int done = static_cast<int>(::syscall(number, fd));
            if (done == 0) keep_names_in(fd);
            return done;
        }
        if (sync_failed_.count(fd) != 0) ::_exit(sync_retried);
        if (!happens(*file, nullptr)) {
            sync_failed_.insert(fd);
            if (fault_ == Fault::sync_eio) file->pending.clear();
            return -1;
        }
        if (lies_) return 0;
        for (const Operation& operation : file->pending) file->apply(operation);
        file->pending.clear();
        return 0;  // the machine keeps its power: nothing needs the real disk
    }

    // The number of a file that is gone is soon that of another.
    int unlink(int directory, const char* path, int flags) {
        const std::lock_guard lock(mutex_);
        struct stat status {};
        const bool is_last = ::fstatat(directory, path, &status, 0) == 0 && status.st_nlink == 1;
        const std::string name = absolute(directory, path);
        const auto result = static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags));
        if (result == 0 && is_last) files_.erase(status.st_ino);
        if (result == 0) fresh_.erase(name);
        return result;
    }

    int open(int directory, const char* path, int flags, mode_t mode) {
        const std::lock_guard lock(mutex_);
        const bool makes = (flags & O_CREAT) != 0 && ::faccessat(directory, path, F_OK, 0) != 0;
        const auto fd = static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
        if (fd >= 0 && makes) made(path_of(fd));
        return fd;
    }

    int link(int from_directory, const char* from, int to_directory, const char* to, int flags) {
        const std::lock_guard lock(mutex_);
        const long done = ::syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
        if (done == 0) made(absolute(to_directory, to));
        return static_cast<int>(done);
    }

    void cut_at_exit() {
        const std::lock_guard lock(mutex_);
        if (!cut_at_exit_) return;
        for (auto& [inode, file] : files_) {
            if (!file.path.empty()) write_out(file);
        }
        for (const std::string& name : fresh_) ::syscall(SYS_unlink, name.c_str());
    }

    int close(int fd) {
        const std::lock_guard lock(mutex_);
        sync_failed_.erase(fd);
        return static_cast<int>(::syscall(SYS_close, fd));
    }

private:
    Disk()
        : random_(number_of("QUANTUM_DISK_SEED")),
          fault_(fault_of()),
          at_(number_of("QUANTUM_DISK_AT")),
          cut_at_(number_of("QUANTUM_DISK_CUT_AT")),
          cut_at_exit_(number_of("QUANTUM_DISK_CUT_AT_EXIT") != 0),
          lies_(number_of("QUANTUM_DISK_LIES") != 0) {
        if (const char* const prefix = std::getenv("QUANTUM_DISK_FILES")) prefix_ = prefix;
        if (const char* const path = std::getenv("QUANTUM_DISK_WHILE")) while_ = path;
        if (fault_ == Fault::cut) cut_at_ = at_;
    }

    static std::string path_of(int fd) {
        std::array<char, 4096> path{};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
        return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
    }

    // By names, also where the path leads through an open directory.
    static std::string absolute(int directory, const char* path) {
        std::filesystem::path whole(path);
        if (whole.is_relative() && directory != AT_FDCWD) whole = path_of(directory) / whole;
        whole = std::filesystem::absolute(whole);
        std::error_code unknown;
        const auto parent = std::filesystem::canonical(whole.parent_path(), unknown);
        return unknown ? whole.string() : (parent / whole.filename()).string();
    }

    [[nodiscard]] bool is_ours(const std::string& path) const {
        return !prefix_.empty() && path.starts_with(prefix_) && !path.ends_with("-shm");
    }

    void made(const std::string& path) {
        if (is_ours(path)) fresh_.insert(path);
    }

    void keep_names_in(int directory) {
        struct stat status {};
        if (::fstat(directory, &status) != 0 || !S_ISDIR(status.st_mode)) return;
        const std::filesystem::path path = path_of(directory);
        std::erase_if(fresh_, [&](const std::string& name) {
            return std::filesystem::path(name).parent_path() == path;
        });
    }

    // Null: not one of the files under test.
    File* file_of(int fd) {
        struct stat status {};
        if (prefix_.empty() || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
            return nullptr;
        }
        const auto [place, is_new] = files_.try_emplace(status.st_ino);
        File& file = place->second;
        if (is_new) {
            file.path = path_of(fd);
            if (!is_ours(file.path)) {
                file.path.clear();
            } else {
                file.durable.resize(static_cast<std::size_t>(status.st_size));
                const ssize_t read = ::pread(fd, file.durable.data(), file.durable.size(), 0);
                file.durable.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
            }
        }
        return file.path.empty() ? nullptr : &file;
    }

    // False: the operation (none: a sync) fails, errno says how. Does not return from a power cut.
    bool happens(File& file, const Operation* operation) {
        const bool is_sync = operation == nullptr;
        ++count_;
        if (cut_at_ != 0 && count_ >= cut_at_) cut(file, operation);
        bool fails = false;
        switch (fault_) {
            case Fault::none:
            case Fault::cut:
            case Fault::stall:
                break;
            case Fault::enospc:
            case Fault::eio:
                fails = while_.empty() ? count_ == at_ : is_switched_on();
                break;
            case Fault::eio_on:
                fails = count_ >= at_;
                break;
            case Fault::sync_eio:
                fails = is_sync && (while_.empty() ? count_ >= at_ && !done_ : is_switched_on());
                done_ = done_ || fails;
                break;
        }
        if (fails) errno = fault_ == Fault::enospc ? ENOSPC : EIO;
        return !fails;
    }

    bool is_under_test(int fd) {
        const std::lock_guard lock(mutex_);
        return file_of(fd) != nullptr;
    }

    // Holds nothing that others could want.
    void stall() const {
        constexpr std::string_view word = "the disk stalls\n";
        const int removals = ::inotify_init1(IN_CLOEXEC);
        // Its removal is not missed: watched before it is looked at again.
        const bool is_watched =
            ::inotify_add_watch(removals, while_.c_str(), IN_ATTRIB | IN_DELETE_SELF) >= 0;
        if (is_watched && ::syscall(SYS_write, STDERR_FILENO, word.data(), word.size()) > 0) {
            std::array<char, 4096> event{};
            while (is_switched_on() &&
                   ::syscall(SYS_read, removals, event.data(), event.size()) > 0) {
            }
        }
        ::syscall(SYS_close, removals);
    }

    bool is_switched_on() const { return ::access(while_.c_str(), F_OK) == 0; }

    [[noreturn]] void cut(File& current, const Operation* operation) {
        if (operation != nullptr) current.pending.push_back(torn(*operation));
        // One cut loses nearly everything that was on its way, another hardly anything.
        const double kept = std::uniform_real_distribution<double>(0, 1)(random_);
        // Not by their inodes, which differ from run to run: what is drawn is the seed's alone.
        std::map<std::string, File*> by_path;
        for (auto& [inode, file] : files_) {
            if (!file.path.empty()) by_path[file.path] = &file;
        }
        for (const auto& [path, named] : by_path) {
            File& file = *named;
            for (const Operation& pending : file.pending) {
                if (!drawn(kept)) continue;
                if (drawn(0.9)) {
                    file.apply(pending);
                } else {
                    file.apply(torn(pending));
                }
            }
            write_out(file);
        }
        for (const std::string& name : fresh_) {
            if (!drawn(kept)) ::syscall(SYS_unlink, name.c_str());
        }
        ::_exit(power_cut);
    }

    bool drawn(double probability) {
        return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
    }

    // The first sectors of a write.
    Operation torn(const Operation& operation) {
        if (operation.truncation) return operation;
        const std::size_t sectors = operation.bytes.size() / sector;
        const std::size_t kept = std::uniform_int_distribution<std::size_t>(0, sectors)(random_);
        return {false, operation.offset,
                operation.bytes.substr(0, std::min(kept * sector, operation.bytes.size()))};
    }

    static void write_out(const File& file) {
        // Not by open(): that is ours, and the lock is held.
        const auto fd = static_cast<int>(
            ::syscall(SYS_openat, AT_FDCWD, file.path.c_str(), O_RDWR | O_CLOEXEC));
        if (fd < 0) return;
        std::size_t done = 0;
        while (done < file.durable.size()) {
            const long written = ::syscall(SYS_pwrite64, fd, file.durable.data() + done,
                                           file.durable.size() - done, done);
            if (written <= 0) ::abort();
            done += static_cast<std::size_t>(written);
        }
        if (::syscall(SYS_ftruncate, fd, file.durable.size()) != 0) ::abort();
        ::syscall(SYS_close, fd);
    }

    std::mutex mutex_;
    std::mt19937_64 random_;
    const Fault fault_;
    const std::uint64_t at_;
    std::uint64_t cut_at_;
    const bool cut_at_exit_;
    const bool lies_;
    std::string prefix_;
    std::string while_;
    std::map<ino_t, File> files_;
    std::set<int> sync_failed_;
    std::set<std::string> fresh_;  // names that their directory may forget
    std::uint64_t count_ = 0;
    bool done_ = false;
};

}  // namespace

// The declarations of the C library differ in noexcept from compiler to compiler; these are called
// by SQLite, which is C.
extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
    return Disk::instance().write(fd, bytes, count, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
    return Disk::instance().write(fd, bytes, count, offset);
}
int ftruncate(int fd, off_t size) noexcept { return Disk::instance().truncate(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return Disk::instance().truncate(fd, size); }
int fsync(int fd) { return Disk::instance().sync(fd, SYS_fsync); }
int fdatasync(int fd) { return Disk::instance().sync(fd, SYS_fdatasync); }
int unlink(const char* path) noexcept { return Disk::instance().unlink(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char* path, int flags) noexcept {
    return Disk::instance().unlink(directory, path, flags);
}
int close(int fd) { return Disk::instance().close(fd); }
int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return Disk::instance().open(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return Disk::instance().open(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return Disk::instance().open(directory, path, flags, mode);
}
int link(const char* from, const char* to) noexcept {
    return Disk::instance().link(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_directory, const char* from, int to_directory, const char* to,
           int flags) noexcept {
    return Disk::instance().link(from_directory, from, to_directory, to, flags);
}

__attribute__((destructor)) void power_fails_at_exit() { Disk::instance().cut_at_exit(); }

}  // extern "C"
