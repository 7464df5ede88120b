#include "run/output/output_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trusted_file.hpp"

namespace quantum {
namespace {

constexpr std::uint64_t least_size = 4096;
constexpr std::uint32_t most_kept = 1000;

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
    return fail(ErrorCode::io_error, "cannot write the output file " + path + ": " + why);
}

std::string errno_text(int error) { return std::generic_category().message(error); }

std::string numbered(const std::string& path, std::uint32_t number) {
    return path + '.' + std::to_string(number);
}

struct OpenLogs {
    Mutex mutex;  // a leaf
    std::map<std::string, std::weak_ptr<OutputLog>> by_path QUANTUM_GUARDED_BY(mutex);
};

// A file is one, however many runners write to it.
OpenLogs& open_logs() {
    static OpenLogs all;
    return all;
}

}  // namespace

Status check_output_file(const OutputFile& file) {
    const auto wrong = [](std::string message) {
        return fail(ErrorCode::invalid_argument, "output_file: " + std::move(message));
    };
    if (!file.path.starts_with('/') || file.path.ends_with('/')) {
        return wrong("its path must be absolute and name a file");
    }
    if (std::any_of(file.path.begin(), file.path.end(),
                    [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
        return wrong("its path holds a control character");
    }
    if (file.max_size < least_size) {
        return wrong("max_size is " + std::to_string(file.max_size) + " bytes, at least " +
                     std::to_string(least_size) + " are wanted");
    }
    if (file.keep > most_kept) {
        return wrong("keep is " + std::to_string(file.keep) + ", at most " +
                     std::to_string(most_kept) + " are allowed");
    }
    return {};
}

std::shared_ptr<OutputLog> OutputLog::of(const OutputFile& file) {
    OpenLogs& all = open_logs();
    const MutexLock lock(all.mutex);
    std::erase_if(all.by_path, [](const auto& log) { return log.second.expired(); });
    auto& known = all.by_path[file.path];
    auto log = known.lock();
    // A definition that has changed meanwhile holds for the runs that begin now.
    if (!log || !(log->file_ == file)) {
        log = std::make_shared<OutputLog>(file);
        known = log;
    }
    return log;
}

Status OutputLog::write(std::string_view bytes) {
    const MutexLock lock(mutex_);
    if (broken_) return {};
    Status written = append(bytes);
    if (!written) {
        broken_ = true;
        descriptor_.reset();
    }
    return written;
}

Status OutputLog::append(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!descriptor_) {
            if (auto opened = open(); !opened) return opened;
        }
        if (size_ > 0 && size_ + bytes.size() > file_.max_size) {
            if (auto rotated = rotate(); !rotated) return rotated;
            continue;
        }
        const std::string_view part = bytes.substr(0, file_.max_size);
        const ssize_t put = ::write(descriptor_.get(), part.data(), part.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return refuse(file_.path, errno_text(put < 0 ? errno : ENOSPC));
        size_ += static_cast<std::uint64_t>(put);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Status OutputLog::open() {
    // What is checked is what is open, not its name.
    constexpr int how =
        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    FileDescriptor file(::open(file_.path.c_str(), how, 0600));
    if (!file) {
        return refuse(file_.path, errno == ELOOP ? "it is a symbolic link" : errno_text(errno));
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) return refuse(file_.path, errno_text(errno));
    if (!S_ISREG(status.st_mode)) return refuse(file_.path, "it is no regular file");
    if (status.st_uid != geteuid()) {
        return refuse(file_.path, "it belongs to uid " + std::to_string(status.st_uid) +
                                      ", not to this program's user");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return refuse(file_.path, "it is writable by others than its owner");
    }
    if (status.st_nlink != 1) return refuse(file_.path, "it has more than one name");
    if (auto checked = check_directories(file_.path, geteuid()); !checked) {
        return refuse(file_.path, checked.error().message);
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
    descriptor_ = std::move(file);
    return {};
}

Status OutputLog::rotate() {
    descriptor_.reset();
    for (std::uint32_t number = file_.keep; number > 0; --number) {
        const std::string from = number == 1 ? file_.path : numbered(file_.path, number - 1);
        if (rename(from.c_str(), numbered(file_.path, number).c_str()) != 0 && errno != ENOENT) {
            return refuse(file_.path, "cannot rename " + from + ": " + errno_text(errno));
        }
    }
    if (file_.keep == 0 && unlink(file_.path.c_str()) != 0 && errno != ENOENT) {
        return refuse(file_.path, "cannot begin anew: " + errno_text(errno));
    }
    return {};
}

}  // namespace quantum
