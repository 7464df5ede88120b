#include "run/output/output_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace quantum {
namespace {

constexpr std::uint64_t least_size = 4096;
constexpr std::uint32_t most_kept = 1000;

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
        return wrong("its path contains a control character");
    }
    if (file.max_size < least_size) {
        return wrong("max_size is " + std::to_string(file.max_size) + " bytes, at least " +
                     std::to_string(least_size) + " are required");
    }
    if (file.keep > most_kept) {
        return wrong("keep is " + std::to_string(file.keep) + ", at most " +
                     std::to_string(most_kept) + " are allowed");
    }
    return {};
}

}  // namespace quantum

namespace quantum::run {
namespace {

tl::unexpected<Error> cannot_write(const std::string& path, const std::string& why) {
    return fail(ErrorCode::io_error, "cannot write the output file " + path + ": " + why);
}

std::string errno_text(int error) { return std::generic_category().message(error); }

std::string numbered(const std::string& path, std::uint32_t number) {
    return path + '.' + std::to_string(number);
}

struct OpenLogs {
    base::Mutex mutex;  // a leaf
    std::map<std::string, std::weak_ptr<OutputLog>> by_path QUANTUM_GUARDED_BY(mutex);
};

// A file is one, however many runners write to it. Never destroyed: a thread that hung in a file
// may come back while the program ends.
OpenLogs& open_logs() {
    static auto& all = *new OpenLogs;
    return all;
}

}  // namespace

std::shared_ptr<OutputLog> OutputLog::of(const OutputFile& file) {
    OpenLogs& all = open_logs();
    const base::MutexLock lock(all.mutex);
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

void OutputLog::prepare() {
    const base::MutexLock lock(mutex_);
    if (!broken_ && !descriptor_ && prepared_) prepared_ = open();
}

Status OutputLog::write(std::string_view bytes) {
    const base::MutexLock lock(mutex_);
    if (broken_) return {};
    Status written = prepared_ ? append(bytes) : prepared_;
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
        if (put <= 0) return cannot_write(file_.path, errno_text(put < 0 ? errno : ENOSPC));
        size_ += static_cast<std::uint64_t>(put);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Status OutputLog::open() {
    const uid_t user = geteuid();
    auto found = base::FoundPath::find(file_.path, {.user = user, .follows_last_link = false});
    if (!found) return refuse(found.error());
    auto file = found->open_or_make_file(O_WRONLY | O_APPEND, 0600);
    if (!file) return refuse(file.error());
    if (found->status().st_uid != user) {
        return cannot_write(file_.path, "it is owned by uid " +
                                            std::to_string(found->status().st_uid) +
                                            ", not by this program's user");
    }
    size_ = static_cast<std::uint64_t>(found->status().st_size);
    place_.emplace(std::move(*found));
    descriptor_ = std::move(*file);
    return {};
}

Status OutputLog::rotate() {
    descriptor_.reset();
    const base::FoundPath place = std::move(*std::exchange(place_, std::nullopt));
    for (std::uint32_t number = file_.keep; number > 0; --number) {
        const std::string from = number == 1 ? place.name() : numbered(place.name(), number - 1);
        const int error = place.rename(from, numbered(place.name(), number));
        if (error != 0 && error != ENOENT) {
            return cannot_write(file_.path, "cannot rename " + from + ": " + errno_text(error));
        }
    }
    const int error = file_.keep == 0 ? place.remove(place.name()) : 0;
    if (error != 0 && error != ENOENT) {
        return cannot_write(file_.path, "cannot be truncated: " + errno_text(error));
    }
    return {};
}

Status OutputLog::refuse(const Error& error) {
    return fail(ErrorCode::io_error, "cannot write the output file " + error.message);
}

}  // namespace quantum::run
